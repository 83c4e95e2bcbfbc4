"""Every route of every service says who may, pages and files too: what is for everybody is on a list, with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from interlinker_shared.http.dependencies import RequiredRole
from tests.conformance.conftest import create

FOR_EVERYBODY = {
    "/openapi.json": "what the service offers is no secret, and this is how programs learn it",
    "/static": "style sheets and scripts, the same for all",
    "/static/kit": "style sheets and scripts, the same for all",
}
SERVICES = sorted({entry.name for entry in entry_points(group="interlinkers.services")})


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_asks_for_a_role(service: str) -> None:
    assert without_role(create(service).routes) == []


def test_a_route_that_asks_for_none_is_found() -> None:
    app = create("template")
    app.add_api_route("/open-to-all", lambda: None)
    assert without_role(app.routes) == ["/open-to-all"]


def without_role(routes: Any) -> list[str]:
    """The addresses of those that let in whoever comes, and are on no list."""
    found = [context.original_route for context in iter_route_contexts(routes)]
    open_ = [route for route in found if not (isinstance(route, APIRoute) and any(_roles(route.dependant)))]
    return [path for route in open_ if (path := getattr(route, "path", "")) not in FOR_EVERYBODY]


def _roles(dependant: Dependant) -> Iterator[RequiredRole]:
    if isinstance(dependant.call, RequiredRole):
        yield dependant.call
    for one in dependant.dependencies:
        yield from _roles(one)
