"""The ASGI application that a service is: FastAPI, behind what is kept of its public answers."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from interlinker_shared.http import problems
from interlinker_shared.http.cache import PublicCache


class Interlinker(FastAPI):
    """The application, behind what is kept of its public answers."""

    cache: PublicCache | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or the lifespan."""
        if self.cache is None:
            await super().__call__(scope, receive, send)
        else:
            await self.cache(scope, receive, send)

    async def unkept(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request without what is kept."""
        await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The description of the API, with the schema that every declared problem refers to."""
        return problems.describe(super().openapi())

    def take_in(self, router: APIRouter) -> None:
        """Add the routes of `router` as they are: `include_router` would build each a second time, and match it in two steps."""
        for route in router.routes:
            if isinstance(route, APIRoute):
                route.operation_id = route.operation_id or route.name
                route.responses = problems.DECLARED | route.responses
        self.router.routes.extend(router.routes)
