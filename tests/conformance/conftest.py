"""Every installed service that has assets, found by its entry point and started once per module over ASGI."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import AsyncIterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from asgi_lifespan import LifespanManager
from fastapi import FastAPI
from starlette.types import ASGIApp

from interlinker_shared.testing import SECRET
from interlinker_shared.verify import Credentials, Service

GROUP = "interlinkers.services"
ADDRESS = "http://service.test"


def create(name: str, **settings: Any) -> FastAPI:
    """A service by the name of its entry point; with settings of its own class where some are given."""
    entry = next(entry for entry in entry_points(group=GROUP) if entry.name == name)
    create_app = getattr(importlib.import_module(entry.module), entry.attr)
    app: FastAPI = create_app()
    return create_app(type(app.state.settings)(**settings)) if settings else app


def with_assets() -> list[str]:
    """The names of the installed services whose manifest names assets."""
    names = sorted({entry.name for entry in entry_points(group=GROUP)})
    return [name for name in names if create(name).state.manifest.assets is not None]


@contextlib.asynccontextmanager
async def started(name: str, folder: Path) -> AsyncIterator[ASGIApp]:
    """The service, running."""
    unlimited = dict.fromkeys(("limit_reads", "limit_writes", "limit_costly", "limit_address"), 0)
    app = create(name, data_dir=folder, secret=SECRET, nats_url=None, registry_url=None, **unlimited)
    async with LifespanManager(app, startup_timeout=20) as manager:
        yield manager.app


@contextlib.asynccontextmanager
async def seen_through(transport: httpx.AsyncBaseTransport) -> AsyncIterator[Service]:
    """The service as `interlinkers verify` sees it."""
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
        yield Service(client, Credentials(secret=SECRET))


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=with_assets())
async def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """One service after the other."""
    async with started(request.param, tmp_path_factory.mktemp(request.param)) as app:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with seen_through(transport) as found:
            yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def template(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ASGIApp]:
    """The template, to be broken on the way out."""
    async with started("template", tmp_path_factory.mktemp("template")) as app:
        yield app
