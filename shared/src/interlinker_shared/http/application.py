"""The ASGI application that a service is: FastAPI, behind layers of our own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from interlinker_shared.http import problems
from interlinker_shared.http.cache import PublicCache

Layer = Callable[[ASGIApp], ASGIApp]


class Interlinker(FastAPI):
    """The application, behind the layers that were put in front of it.

    They stand outside FastAPI's own middleware: what they answer need not pass it.
    """

    cache: PublicCache | None = None

    def __init__(self, **description: Any) -> None:
        """What FastAPI takes."""
        super().__init__(**description)
        self._front: ASGIApp = super().__call__

    def put_in_front(self, layer: Layer) -> None:
        """Let `layer` see every request before whatever is there already does."""
        self._front = layer(self._front)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or the lifespan."""
        scope["app"] = self
        await self._front(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The description of the API, with the schema that every declared problem refers to."""
        return problems.describe(super().openapi())

    def take_in(self, router: APIRouter) -> None:
        """Add the routes of `router` as they are: `include_router` would build each a second time, and match it in two steps."""
        for route in router.routes:
            if isinstance(route, APIRoute):
                route.operation_id = route.operation_id or route.name
                route.responses = problems.answers_of(route)
        self.router.routes.extend(router.routes)
