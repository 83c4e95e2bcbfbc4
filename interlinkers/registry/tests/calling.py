"""A registry under test: what services do with it over HTTP, and a clock to turn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from asgi_lifespan import LifespanManager
from fastapi import FastAPI

from interlinker_registry.app import create_app
from interlinker_registry.reaper import reap
from interlinker_registry.settings import RegistrySettings
from interlinker_shared.manifest import Manifest
from interlinker_shared.testing import recorded

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass
class Clock:
    """The time it is, for the registry under test."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Registry:
    """A registry, a client for it, and what a service does with it."""

    app: FastAPI
    client: httpx.AsyncClient
    clock: Clock
    owner: dict[str, str]
    digests: dict[str, str] = field(default_factory=dict)

    async def register(self, id: str = "forum-main", *, headers: Any = None, **changes: Any) -> httpx.Response:
        body = registration(id.partition("-")[0]) | changes
        self.digests[id] = body["manifest_digest"]
        return await self.client.put(f"/instances/{id}", json=body, headers=self.owner if headers is None else headers)

    async def renew(self, id: str = "forum-main", *, headers: Any = None, **changes: Any) -> httpx.Response:
        body = {"epoch": 1, "health": "passing", "manifest_digest": self.digests.get(id, "sha256:" + "0" * 64)}
        path = f"/instances/{id}/renewals"
        return await self.client.post(path, json=body | changes, headers=self.owner if headers is None else headers)

    async def state(self, id: str = "forum-main") -> str:
        state: str = (await self.client.get(f"/instances/{id}")).json()["state"]
        return state

    async def instances(self, **params: Any) -> dict[str, Any]:
        found: dict[str, Any] = (await self.client.get("/instances", params=params)).raise_for_status().json()
        return found

    async def pass_time(self, **span: float) -> None:
        """Turn the clock, and let the reaper look at the leases once."""
        self.clock.forward(**span)
        await reap(self.app.state.kit.db, self.app.state.directory.beats, self.clock())

    async def events(self) -> list[str]:
        return [event["type"].removeprefix("eu.interlinkers.registry.") for event in await recorded(self.app)]


@asynccontextmanager
async def running(settings: dict[str, Any], clock: Clock, owner: dict[str, str]) -> AsyncIterator[Registry]:
    """A registry that runs as long as the block; a second one on the same settings is the first one restarted."""
    app = create_app(RegistrySettings(**settings), clock=clock)
    async with LifespanManager(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield Registry(app, client, clock, owner)


def manifest_of(service: str = "forum", **changes: Any) -> Manifest:
    """What a service says about itself."""
    said: dict[str, Any] = {
        "id": service,
        "name": {"en": service.title(), "es": f"El {service}"},
        "description": {"en": f"The {service} of our town", "es": f"El {service} de nuestra ciudad"},
        "version": "1.2.3",
        "capabilities": [service],
    }
    return Manifest.model_validate(said | changes)


def registration(service: str = "forum", *, manifest: Manifest | None = None) -> dict[str, Any]:
    """The body with which an instance of a service registers."""
    said = manifest or manifest_of(service)
    return {
        "service": said.id,
        "base_url": "http://127.0.0.1:8002",
        "epoch": 1,
        "ttl": 30,
        "version": said.version,
        "manifest": said.model_dump(mode="json", exclude_none=True),
        "manifest_digest": said.digest(),
    }


def problem(answer: httpx.Response) -> str:
    """The slug of a problem document."""
    kind: str = answer.json()["type"]
    return kind.rpartition(":")[2]


def pointers(answer: httpx.Response) -> list[str]:
    """The fields that a problem document names."""
    return [field["pointer"] for field in answer.json()["errors"]]
