"""The lease client against a small registry that writes down what it is told."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interlinker_shared.auth import Authenticator
from interlinker_shared.db import Database
from interlinker_shared.lease import Lease, run_lease
from interlinker_shared.manifest import Manifest
from interlinker_shared.services.key import PublicKey, ServiceName
from interlinker_shared.services.membership import Membership
from interlinker_shared.services.tokens import SERVICE_TYP, kid_of, read_token
from interlinker_shared.settings import ServiceSettings
from interlinker_shared.state import Kit
from interlinker_shared.testing import SECRET, eventually, free_port

CreateKit = Callable[..., Kit]
NAME = ServiceName("boxes", "two")
MANIFEST = Manifest(id="boxes", name={"en": "Boxes"}, description={"en": "Things in boxes."}, version="1")


@dataclass
class Registry:
    """Remembers every request; forgets instances, or keys, when it is told to."""

    url: str
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    keys: dict[str, PublicKey] = field(default_factory=dict)
    joins: list[Any] = field(default_factory=list)
    refuses: bool = False
    takes_keys: bool = True

    async def answer(self, request: Request) -> Response:
        if not self._trusts(request.headers["authorization"].removeprefix("Bearer ")):
            return Response(status_code=401)
        body = await request.json() if request.method != "DELETE" else dict(request.query_params)
        self.asked.append((request.method, request.url.path, body))
        instance = request.path_params["instance"]
        if self.refuses or (request.method == "POST" and instance not in self.known):
            return Response(status_code=403 if self.refuses else 404)
        (self.known.discard if request.method == "DELETE" else self.known.add)(instance)
        return Response(status_code=200)

    async def join(self, request: Request) -> Response:
        body = await request.json()
        key = PublicKey(body["key"]["x"])
        read_token(body["proof"], SERVICE_TYP, key, NAME, audience="registry", now=time.time())
        self.joins.append(body["token"])
        if self.takes_keys:
            self.keys[key.kid] = key
        return Response(status_code=201 if self.takes_keys else 403)

    def _trusts(self, token: str) -> bool:
        key = self.keys.get(kid_of(token, SERVICE_TYP))
        return key is not None and bool(read_token(token, SERVICE_TYP, key, NAME, audience="registry", now=time.time()))

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
        Route("/service-keys", found.join, methods=["POST"]),
        Route("/instances/{instance}", found.answer, methods=["PUT", "DELETE"]),
        Route("/instances/{instance}/renewals", found.answer, methods=["POST"]),
    ]
    async with serving(Starlette(routes=routes), port):
        yield found


@pytest.fixture
def create_kit(tmp_path: Path) -> CreateKit:
    def create(registry_url: str, **more: Any) -> Kit:
        said = {"registry_url": registry_url, "instance": "two", "port": 8123, "data_dir": tmp_path, **more}
        settings = ServiceSettings.model_validate(said)
        services = Membership("boxes", settings, Authenticator(SECRET, "boxes"), cast("Database", None))
        parts = {"manifest": MANIFEST, "settings": settings, "service": "boxes", "services": services}
        return cast("Kit", SimpleNamespace(**parts))

    return create


async def test_a_service_registers_with_its_manifest_then_renews(registry: Registry, create_kit: CreateKit) -> None:
    lease = Lease(create_kit(registry.url))
    assert [await lease.keep() for _ in range(3)] == [True, True, True]
    assert registry.methods == ["PUT", "POST", "POST"]
    method, path, body = registry.asked[0]
    assert (method, path, body["base_url"]) == ("PUT", "/instances/boxes-two", "http://127.0.0.1:8123")
    assert (body["service"], body["ttl"], body["manifest_digest"]) == ("boxes", 30, MANIFEST.digest())
    assert Manifest.model_validate(body["manifest"]) == MANIFEST
    assert {body["epoch"] for _, _, body in registry.asked} == {body["epoch"]}
    await lease.end()


async def test_a_forgotten_service_registers_anew(registry: Registry, create_kit: CreateKit) -> None:
    lease = Lease(create_kit(registry.url))
    await lease.keep()
    registry.known.clear()
    assert await lease.keep()
    assert registry.methods == ["PUT", "POST", "PUT"]
    await lease.end()


async def test_a_later_start_has_a_higher_epoch(registry: Registry, create_kit: CreateKit) -> None:
    for _ in range(2):
        lease = Lease(create_kit(registry.url))
        await lease.keep()
        await lease.end()
    first, second = [body["epoch"] for method, _, body in registry.asked if method == "PUT"]
    assert int(second) > int(first)


async def test_a_service_says_good_bye(registry: Registry, create_kit: CreateKit) -> None:
    task = asyncio.create_task(run_lease(create_kit(registry.url)))
    await eventually(lambda: _is(registry.known))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert registry.methods == ["PUT", "DELETE"]
    assert registry.asked[1][2] == {"epoch": str(registry.asked[0][2]["epoch"])}


async def test_without_a_registry_it_goes_on_trying(create_kit: CreateKit) -> None:
    lease = Lease(create_kit(f"http://127.0.0.1:{free_port()}"))
    assert [await lease.keep() for _ in range(2)] == [False, False]
    await lease.end()


async def test_a_refused_service_asks_again_when_its_time_comes_and_says_no_good_bye(
    registry: Registry, create_kit: CreateKit
) -> None:
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


async def test_a_service_joins_once_with_its_token(registry: Registry, create_kit: CreateKit) -> None:
    for _ in range(2):
        lease = Lease(create_kit(registry.url, join_token="a join token"))
        assert [await lease.keep() for _ in range(2)] == [True, True]
        await lease.end()
    assert registry.joins == ["a join token"]


async def test_a_key_that_was_taken_out_has_to_be_let_in_again(registry: Registry, create_kit: CreateKit) -> None:
    lease = Lease(create_kit(registry.url))
    await lease.keep()
    registry.keys.clear()
    registry.takes_keys = False
    await lease.keep()
    assert registry.methods == ["PUT"]
    registry.takes_keys = True
    await lease.keep()
    assert registry.methods == ["PUT", "PUT"]
    await lease.end()
