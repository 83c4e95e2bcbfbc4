"""Pytest plugin: a running app, a real nats-server per session, and headers for every role."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import pytest_asyncio
import structlog
from asgi_lifespan import LifespanManager
from fastapi import FastAPI

from interlinker_shared.assets.retention import retire
from interlinker_shared.auth import Channel, Role, mint_token
from interlinker_shared.events import outbox
from interlinker_shared.ids import new_id
from interlinker_shared.limits.challenge import solve
from interlinker_shared.nats_server import find_program, write_config
from interlinker_shared.postgres_server import PostgresServer, find_programs, running_postgres
from interlinker_shared.services.key import OwnKey, ServiceName, new_pem
from interlinker_shared.services.keyring import KeySet
from interlinker_shared.services.tokens import mint_service_token
from interlinker_shared.state import Kit

SECRET = "a secret for tests only, long enough for HS256"  # noqa: S105 - guards nothing
START_SECONDS = 10.0

LIMITS = ("READS", "WRITES", "COSTLY", "ADDRESS")

TokenHeaders = Callable[..., dict[str, str]]
RunApp = Callable[[FastAPI], Awaitable[httpx.AsyncClient]]


def pytest_configure() -> None:
    """Log plainly: the default renders the locals of every frame, which takes seconds for each expected 500."""
    plain = (structlog.processors.add_log_level, structlog.processors.format_exc_info)
    structlog.configure(processors=[*plain, structlog.processors.KeyValueRenderer()])


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the same tests run on either database."""
    parser.addoption("--database", choices=("sqlite", "postgresql"), default="sqlite", help="where services keep data")


def free_port() -> int:
    """A TCP port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def unlimited(prefix: str) -> dict[str, str]:
    """The environment of a service that counts what everybody asks for, and never finds it too much: for load from one address."""
    return {f"{prefix}_LIMIT_{name}": "1000000000" for name in LIMITS}


@contextlib.contextmanager
def nats_server(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A nats-server with JetStream that syncs every write, as in every configuration we ship."""
    with nats_running(write_config(folder, port), port) as process:
        yield process


@contextlib.contextmanager
def nats_running(config: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A nats-server with this configuration, which listens on `port`."""
    process = subprocess.Popen([find_program(), "-c", str(config)], stderr=subprocess.DEVNULL)  # noqa: S603 - our own server
    try:
        wait_for_port(port)
        yield process
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def wait_for_port(port: int) -> None:
    """Return once something listens on `port`; TimeoutError after ten seconds."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.2):
            return
        time.sleep(0.02)
    message = f"nothing listens on port {port}"
    raise TimeoutError(message)


@pytest.fixture(scope="session")
def nats_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real nats-server with an empty JetStream."""
    port = free_port()
    with nats_server(tmp_path_factory.mktemp("nats"), port):
        yield f"nats://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of these tests' own; skipped, and said so, where none is installed (never in CI, which must have one)."""
    try:
        find_programs()
    except RuntimeError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    with running_postgres(free_port(), durable=False) as server:
        yield server


@contextlib.contextmanager
def empty_database(server: PostgresServer) -> Iterator[str]:
    """The address of a database with nothing in it, for as long as the block."""
    name = f"test_{new_id().hex}"
    with psycopg.connect(server.url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        yield server.url.replace("/postgres", f"/{name}")
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The address of an empty database on it, dropped after the test."""
    with empty_database(postgres) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str | None:
    """None for SQLite, an address for PostgreSQL: who asks for this runs on both."""
    return None if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def test_settings(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """Keyword arguments for any ServiceSettings: data in a folder of the test, the tests' secret, nobody around, no challenges.

    With `--database postgresql` data is in PostgreSQL instead.
    """
    on_postgres = request.config.getoption("--database") == "postgresql"
    url = request.getfixturevalue("postgres_url") if on_postgres else None
    alone = {"database_url": url, "nats_url": None, "registry_url": None}
    return {"data_dir": tmp_path, "secret": SECRET, "guest_challenge": False, **alone}


@pytest.fixture
def token() -> TokenHeaders:
    """Make headers with `token(Role.MEMBER, "anna", audience="template")`: those of a request by that person."""

    def headers(
        role: Role = Role.OWNER,
        subject: str = "owner",
        *,
        audience: str,
        channel: Channel = Channel.API,
    ) -> dict[str, str]:
        signed = mint_token(SECRET, subject=subject, role=role, audience=audience, channel=channel)
        return {"Authorization": f"Bearer {signed}"}

    return headers


@pytest_asyncio.fixture
async def run_app() -> AsyncIterator[RunApp]:
    """Start an app by calling this fixture: its lifespan runs, and a client for it comes back; both end with the test."""
    async with contextlib.AsyncExitStack() as stack:

        async def run(app: FastAPI) -> httpx.AsyncClient:
            manager = await stack.enter_async_context(LifespanManager(app, startup_timeout=START_SECONDS))
            transport = httpx.ASGITransport(manager.app, raise_app_exceptions=False)
            return await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://test"))

        yield run


def introduced(kit: Kit, *names: str) -> list[OwnKey]:
    """New keys of services such as `forum/main`, all that the service under test knows from now on."""
    keys = [OwnKey(ServiceName.of(name), new_pem()) for name in names]
    kit.services.keyring.learn(KeySet.of([(key.name, key.public) for key in keys], kit.services.keyring.known.revision))
    return keys


def shown(key: OwnKey, audience: str) -> dict[str, str]:
    """The headers of a request by the service that has a key."""
    return {"Authorization": f"Bearer {mint_service_token(key, audience)}"}


async def solved(client: httpx.AsyncClient) -> dict[str, str]:
    """The header with which somebody without an account may write once."""
    return {"X-Altcha-Payload": solve((await client.get("/challenge")).raise_for_status().json())}


async def recorded(app: FastAPI, name: str | None = None) -> list[dict[str, Any]]:
    """The events that `app` has recorded so far, oldest first; only those of `name` (`asset.closed.v1`) when given."""
    kit: Kit = app.state.kit
    rows = await kit.db.read(outbox.list_events, 0, 100_000)
    events: list[dict[str, Any]] = [json.loads(text) for _, text in rows]
    return [event for event in events if name is None or event["type"].endswith(f".{name}")]


async def later(app: FastAPI, passed: timedelta) -> None:
    """Let so much time pass for `app`, then let it do what the passing of time is for: purge what is kept for long enough."""
    kit: Kit = app.state.kit
    now = kit.clock() + passed
    kit.clock = lambda: now
    await retire(kit)


def files_with(folder: Path, words: str) -> list[str]:
    """The names of the files below `folder` in whose bytes `words` stand."""
    sought = words.encode()
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and sought in path.read_bytes())


async def eventually(check: Callable[[], Awaitable[bool]], *, within: float = 5.0) -> None:
    """Return as soon as `check()` holds; AssertionError when it does not within so many seconds."""
    deadline = time.monotonic() + within
    while not await check():
        assert time.monotonic() < deadline, "it did not happen in time"  # noqa: S101 - this is a test
        await asyncio.sleep(0.02)
