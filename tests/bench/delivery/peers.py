"""Two small services, composed as every block is: one records events, the other lets them take effect and says when."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID, uuid5

import uvloop
from fastapi import FastAPI
from pydantic import BaseModel, SecretStr
from sqlalchemy.orm import Session

from interlinker_shared.app import create_interlinker
from interlinker_shared.assets.changes import touch
from interlinker_shared.db import signal
from interlinker_shared.events import Envelope, Event, Handler, nats_subject, record
from interlinker_shared.events.outbox import backlog
from interlinker_shared.manifest import Manifest
from interlinker_shared.settings import ServiceSettings
from interlinker_shared.state import Kit
from tests.bench.blocks import SECRET

PRODUCER, CONSUMER = "benchproducer", "benchconsumer"
RECORDED, EFFECT = "bench-recorded ", "bench-effect "
AGGREGATES = UUID("6b1f7a0e-0000-4000-8000-000000000000")
JOB = 50  # events that are recorded in one write when they are made in advance
POLL_SECONDS = 0.02
SLOW_HANDLER_MS = float(os.environ.get("BENCH_SLOW_HANDLER_MS", "0"))  # sabotage


class ThingDone(Event):
    """A fact of about the size of those that the blocks record."""

    name: ClassVar[str] = "thing.done.v1"
    asset: UUID
    thing: UUID
    number: int


class Number(BaseModel):
    """What the consumer reads of it."""

    number: int


Stamps = dict[str, int]


class Stamper:
    """Remembers when commits were heard of: nanoseconds of the monotonic clock, which all processes of a machine share."""

    def __init__(self, prefix: str) -> None:
        """Listen to signals that begin with `prefix`."""
        self.stamps: Stamps = {}
        self.twice = 0
        self._prefix = prefix

    def hear(self, signals: set[str]) -> None:
        """Stamp what has just been committed."""
        now = time.monotonic_ns()
        for one in signals:
            if one.startswith(self._prefix):
                event = one.removeprefix(self._prefix)
                self.twice += event in self.stamps
                self.stamps[event] = now


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one peer to its end; what it has found goes to `--out` as JSON."""
    given = _parser().parse_args(arguments)
    found = uvloop.run({"record": _record, "relay": _relay, "consume": _consume}[given.role](given))
    given.out.write_text(json.dumps(found))


async def _record(given: argparse.Namespace) -> dict[str, Any]:
    """Record events: at `--rate` a second with the relay at work, or at once and without it when there is no `--nats`."""
    async with _running(_app(PRODUCER, given)) as kit:
        stamper = Stamper(RECORDED)
        kit.db.on_commit(stamper.hear)
        if given.rate:
            await _steadily(kit, given)
            await _until(lambda: _is_relayed(kit), given.patience)
        else:
            for first in range(0, given.events, JOB):
                await kit.db.write(_record_some, range(first, min(first + JOB, given.events)), given.aggregates)
    return {"stamps": stamper.stamps}


async def _steadily(kit: Kit, given: argparse.Namespace) -> None:
    """One write for each event, begun when its time has come, whether or not the one before it has ended."""
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number in range(given.events):
            await asyncio.sleep(max(0.0, began + number / given.rate - time.monotonic()))
            group.create_task(kit.db.write(_record_some, [number], given.aggregates))


async def _relay(given: argparse.Namespace) -> dict[str, Any]:
    """Publish what was recorded before."""
    async with _running(_app(PRODUCER, given)) as kit:
        await _until(lambda: _is_relayed(kit), given.patience)
    return {}


async def _consume(given: argparse.Namespace) -> dict[str, Any]:
    """Let events take effect until `--events` have, or nothing more is expected to come."""
    stamper, expected = Stamper(EFFECT), int(given.events)
    handler = Handler(nats_subject(PRODUCER, ThingDone.name), Number, _take_effect)
    async with _running(_app(CONSUMER, given, [handler])) as kit:
        kit.db.on_commit(stamper.hear)

        async def done() -> bool:
            return len(stamper.stamps) >= expected

        await _until(done, given.patience)
    return {"stamps": stamper.stamps, "twice": stamper.twice}


def _record_some(session: Session, numbers: Sequence[int], aggregates: int) -> None:
    for number in numbers:
        aggregate = uuid5(AGGREGATES, str(number % aggregates))
        event = ThingDone(asset=aggregate, thing=uuid5(aggregate, str(number)), number=number)
        recorded = record(session, event, aggregate=aggregate, actor="a-person", now=datetime.now(UTC))
        signal(session, f"{RECORDED}{recorded}")


def _take_effect(session: Session, payload: Number, envelope: Envelope) -> None:
    if SLOW_HANDLER_MS:
        time.sleep(SLOW_HANDLER_MS / 1000)
    touch(session, "thing", envelope.id, {"number": payload.number})
    signal(session, f"{EFFECT}{envelope.id} {envelope.subject} {payload.number}")


async def _is_relayed(kit: Kit) -> bool:
    waiting: int = (await kit.db.read(backlog))[0]
    return waiting == 0


async def _until(check: Callable[[], Awaitable[bool]], patience: float) -> None:
    deadline = time.monotonic() + patience
    while not await check() and time.monotonic() < deadline:  # noqa: ASYNC110 - a row in a file tells nobody
        await asyncio.sleep(POLL_SECONDS)


@contextlib.asynccontextmanager
async def _running(app: FastAPI) -> AsyncIterator[Kit]:
    app.state.freeze_after_start = True  # as `serve` does
    async with app.router.lifespan_context(app):
        yield app.state.kit


def _app(name: str, given: argparse.Namespace, handlers: Sequence[Handler] = ()) -> FastAPI:
    manifest = Manifest(id=name, name={"en": name}, description={"en": "A peer of the benchmark."}, version="1")
    settings = ServiceSettings(
        secret=SecretStr(SECRET), nats_url=given.nats, registry_url=None, **json.loads(given.settings)
    )
    return create_interlinker(manifest, settings, package="interlinker_shared", events=[ThingDone], handlers=handlers)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("role", choices=["record", "relay", "consume"])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--settings", required=True, help="of its storage, in JSON")
    parser.add_argument("--nats", help="address of the server; none: events wait")
    parser.add_argument("--events", type=int, default=0)
    parser.add_argument("--aggregates", type=int, default=1)
    parser.add_argument("--rate", type=float, default=0, help="events a second; 0: all at once, many in one write")
    parser.add_argument("--patience", type=float, default=20, help="seconds after which it ends anyway")
    return parser


if __name__ == "__main__":
    main()
