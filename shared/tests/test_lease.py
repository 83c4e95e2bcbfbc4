"""The lease client against a small registry that writes down what it is told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interlinker_shared.auth import Authenticator, Role
from interlinker_shared.lease import Lease, run_lease
from interlinker_shared.manifest import Manifest
from interlinker_shared.settings import ServiceSettings
from interlinker_shared.state import Kit
from interlinker_shared.testing import SECRET, eventually, free_port

MANIFEST = Manifest(id="boxes", name={"en": "Boxes"}, description={"en": "Things in boxes."}, version="1")


@dataclass
class Registry:
    """Remembers every request; forgets instances when it is told to."""

    url: str
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    refuses: bool = False

    async def answer(self, request: Request) -> Response:
        principal = await Authenticator(SECRET, "registry").read(request.headers["authorization"])
        assert (principal.role, principal.service) == (Role.OWNER, True)
        body = await request.json() if request.method != "DELETE" else dict(request.query_params)
        self.asked.append((request.method, request.url.path, body))
        instance = request.path_params["instance"]
        if self.refuses or (request.method == "POST" and instance not in self.known):
            return Response(status_code=403 if self.refuses else 404)
        (self.known.discard if request.method == "DELETE" else self.known.add)(instance)
        return Response(status_code=200)

    @property
    def methods(self) -> list[str]:
        return [method for method, _, _ in self.asked]


@contextlib.asynccontextmanager
async def serving(app: Starlette, port: int) -> AsyncIterator[None]:
    """The application behind a real socket."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off", ws="none"))
    task = asyncio.create_task(server.serve())
    await eventually(lambda: _is(server.started))
    try:
        yield
    finally:
        server.should_exit = True
        await task


async def _is(value: object) -> bool:
    return bool(value)


@pytest.fixture
async def registry() -> AsyncIterator[Registry]:
    port = free_port()
    found = Registry(f"http://127.0.0.1:{port}")
    routes = [
        Route("/instances/{instance}", found.answer, methods=["PUT", "DELETE"]),
        Route("/instances/{instance}/renewals", found.answer, methods=["POST"]),
    ]
    async with serving(Starlette(routes=routes), port):
        yield found


def create_kit(registry_url: str) -> Kit:
    settings = ServiceSettings.model_validate({"registry_url": registry_url, "instance": "two", "port": 8123})
    parts = {"manifest": MANIFEST, "settings": settings, "secret": SECRET, "service": "boxes"}
    return cast("Kit", SimpleNamespace(**parts))


async def test_a_service_registers_with_its_manifest_then_renews(registry: Registry) -> None:
    lease = Lease(create_kit(registry.url))
    assert [await lease.keep() for _ in range(3)] == [True, True, True]
    assert registry.methods == ["PUT", "POST", "POST"]
    method, path, body = registry.asked[0]
    assert (method, path, body["base_url"]) == ("PUT", "/instances/boxes-two", "http://127.0.0.1:8123")
    assert (body["service"], body["ttl"], body["manifest_digest"]) == ("boxes", 30, MANIFEST.digest())
    assert Manifest.model_validate(body["manifest"]) == MANIFEST
    assert {body["epoch"] for _, _, body in registry.asked} == {body["epoch"]}
    await lease.end()


async def test_a_forgotten_service_registers_anew(registry: Registry) -> None:
    lease = Lease(create_kit(registry.url))
    await lease.keep()
    registry.known.clear()
    assert await lease.keep()
    assert registry.methods == ["PUT", "POST", "PUT"]
    await lease.end()


async def test_a_later_start_has_a_higher_epoch(registry: Registry) -> None:
    for _ in range(2):
        lease = Lease(create_kit(registry.url))
        await lease.keep()
        await lease.end()
    first, second = [body["epoch"] for method, _, body in registry.asked if method == "PUT"]
    assert int(second) > int(first)


async def test_a_service_says_good_bye(registry: Registry) -> None:
    task = asyncio.create_task(run_lease(create_kit(registry.url)))
    await eventually(lambda: _is(registry.known))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert registry.methods == ["PUT", "DELETE"]
    assert registry.asked[1][2] == {"epoch": str(registry.asked[0][2]["epoch"])}


async def test_without_a_registry_it_goes_on_trying() -> None:
    lease = Lease(create_kit(f"http://127.0.0.1:{free_port()}"))
    assert [await lease.keep() for _ in range(2)] == [False, False]
    await lease.end()


async def test_a_refused_service_asks_again_when_its_time_comes_and_says_no_good_bye(registry: Registry) -> None:
    registry.refuses = True
    refused, later = Lease(create_kit(registry.url)), Lease(create_kit(registry.url))
    assert await refused.keep()
    await refused.end()
    assert registry.methods == ["PUT"]
    await later.keep()
    registry.refuses = False
    await later.keep()
    await later.end()
    assert registry.methods == ["PUT", "PUT", "PUT", "DELETE"]
