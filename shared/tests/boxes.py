"""A block as small as can be, a person in front of it, and a clock that waits for the test."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import httpx
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel, Field
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from interlinker_shared import assets
from interlinker_shared.app import create_interlinker
from interlinker_shared.assets import Asset, AssetKind, Export, Item, ResultBody
from interlinker_shared.assets.store import ImportRow
from interlinker_shared.auth import Channel, Principal, Role
from interlinker_shared.background import Background
from interlinker_shared.db import Database
from interlinker_shared.events import Event, Handler, record
from interlinker_shared.http import Database as RequestDatabase
from interlinker_shared.http import MemberHere, Now
from interlinker_shared.ids import new_id
from interlinker_shared.manifest import Manifest
from interlinker_shared.pages import Pages
from interlinker_shared.settings import ServiceSettings
from interlinker_shared.testing import TokenHeaders
from interlinker_shared.text import Line, Wire

SERVICE = "boxes"
MOMENT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Clock:
    """The time, which stands still until it is told to pass."""

    def __init__(self) -> None:
        self.now = MOMENT

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class BoxFilled(Event):
    """Something was put in."""

    name: ClassVar[str] = "box.filled.v1"

    box: UUID
    number: int


class BoxConfig(Wire):
    size: int = Field(1, ge=0, le=10)


class Thing(Wire):
    name: Line


class Put(BaseModel):
    id: UUID


class Boxes:
    """What the block does, and what it was asked to do."""

    def __init__(self) -> None:
        self.withdrawn: list[str] = []
        self.erased: list[str] = []
        self.hidden = False

    def kind(self, **changes: Any) -> AssetKind:
        kind = AssetKind(
            path="/boxes",
            singular="box",
            config=BoxConfig,
            result_schema={},
            build_result=_contents,
            import_items=_import,
            withdraw_item=lambda _session, _asset, item, _now: self.withdrawn.append(item),
            result_hidden=lambda _asset: self.hidden,
            exports={"txt": Export("text/plain", lambda _session, asset: iter([asset.title.encode()]))},
            export_subject=lambda _session, subject: {"about": subject},
            erase_subject=lambda _session, subject, _now: self.erased.append(subject),
        )
        return replace(kind, **changes)


def _contents(session: Session, asset: Asset) -> ResultBody:
    rows = session.scalars(select(ImportRow.item).where(ImportRow.asset_id == asset.id).order_by(ImportRow.item))
    items = [Item(id=item) for item in rows]
    return ResultBody(items=items, counts={"things": len(items)})


def _import(_session: Session, _asset: Asset, items: Sequence[Item], _now: datetime) -> list[str]:
    return [str(new_id()) for _ in items]


def _put_in(session: Session, box: UUID, *, by: Principal, now: datetime) -> Put:
    asset = assets.require_open(session, box, now)
    thing = new_id()
    assets.contribute(session, asset, by, action="put", items=[thing], now=now, channel=Channel.DESK)
    return Put(id=thing)


async def put_in(asset_id: UUID, body: Thing, db: RequestDatabase, who: MemberHere, now: Now) -> Put:
    """Put something in."""
    return await db.write(_put_in, asset_id, by=who, now=now)


def create_box_app(
    settings: dict[str, Any],
    *,
    kind: AssetKind | None = None,
    clock: Callable[[], datetime] | None = None,
    handlers: Sequence[Handler] = (),
    exclusive: Sequence[Background] = (),
    routes: Callable[[APIRouter], None] = lambda _router: None,
    pages: Pages | None = None,
) -> FastAPI:
    """The block as an application; `routes` adds some to it."""
    router = APIRouter()
    router.add_api_route("/boxes/{asset_id}/things", put_in, methods=["POST"], status_code=201, name="put_in")
    routes(router)
    manifest = Manifest(id=SERVICE, name={"en": "Boxes"}, description={"en": "Things in boxes."}, version="1")
    return create_interlinker(
        manifest,
        ServiceSettings(**settings),
        package="interlinker_shared",
        routers=[router],
        assets=kind or Boxes().kind(),
        events=[BoxFilled],
        handlers=handlers,
        exclusive=exclusive,
        clock=clock or Clock(),
        pages=pages,
    )


def fill(session: Session, box: UUID, number: int) -> None:
    """Record that a box was filled."""
    record(session, BoxFilled(box=box, number=number), aggregate=box)


class Box:
    """One person in front of the block, and a box to work on."""

    def __init__(self, client: httpx.AsyncClient, token: TokenHeaders) -> None:
        self.client = client
        self._token = token

    def headers(self, role: Role = Role.OWNER, subject: str = "olga") -> dict[str, str]:
        return {} if role is Role.PUBLIC and subject == "olga" else self._token(role, subject, audience=SERVICE)

    async def ask(
        self, method: str, path: str, role: Role = Role.OWNER, subject: str = "olga", **more: Any
    ) -> httpx.Response:
        headers = self.headers(role, subject) | more.pop("headers", {})
        return await self.client.request(method, path, headers=headers, **more)

    async def create(self, **fields: Any) -> dict[str, Any]:
        answer = await self.ask("POST", "/boxes", json={"title": "A box"} | fields)
        asset: dict[str, Any] = answer.raise_for_status().json()
        return asset

    async def opened(self, **fields: Any) -> dict[str, Any]:
        return await self.step(await self.create(**fields), "open")

    async def change(self, asset: dict[str, Any], role: Role = Role.OWNER, **fields: Any) -> httpx.Response:
        match = {"If-Match": f'"{asset["version"]}"'}
        return await self.ask("PATCH", f"/boxes/{asset['id']}", role, json=fields, headers=match)

    async def step(self, asset: dict[str, Any], verb: str) -> dict[str, Any]:
        answer = await self.ask("POST", f"/boxes/{asset['id']}/{verb}")
        changed: dict[str, Any] = answer.raise_for_status().json()
        return changed


@contextlib.asynccontextmanager
async def held(db: Database) -> AsyncIterator[None]:
    """Keep the writers busy within the block: what is written there waits, and becomes one group."""
    go_on = threading.Event()
    tasks = [await _busy(db, go_on) for _ in range(db.writers)]
    try:
        yield
    finally:
        go_on.set()
        await asyncio.gather(*tasks)


async def _busy(db: Database, go_on: threading.Event) -> asyncio.Task[None]:
    started = threading.Event()

    def wait(_session: Session) -> None:
        started.set()
        go_on.wait(10)

    task = asyncio.create_task(db.write(wait))
    await asyncio.to_thread(started.wait, 10)
    return task


def run(statement: str) -> Callable[[Session], None]:
    """A write of one SQL statement."""

    def execute(session: Session) -> None:
        session.execute(text(statement))

    return execute
