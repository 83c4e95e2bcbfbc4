"""nats-server killed again and again while events flow: what arrives, how often, and in which order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.orm import Session

from interlinker_shared.db import Database, open_database
from interlinker_shared.events import Envelope, Event, Handler, record, replay
from interlinker_shared.events.broker import Broker
from interlinker_shared.events.inbox import Inbox
from interlinker_shared.events.relay import Relay
from interlinker_shared.events.subscriber import Subscriber
from interlinker_shared.events.taker import Taker
from interlinker_shared.events.waiting_room import WaitingRoom
from interlinker_shared.nats_server import write_config
from interlinker_shared.testing import eventually, free_port, nats_running

if TYPE_CHECKING:
    from interlinker_shared.events.producers import Producers

AGGREGATES = 20
AT_ONCE = 20
DOWN_SECONDS = 0.2


class Counted(Event):
    """Something was counted."""

    name: ClassVar[str] = "thing.counted.v1"

    number: int


class Number(BaseModel):
    """What the consumer reads of it."""

    number: int


@dataclass
class Outcome:
    """What came of it. `recoveries` are seconds from a server that listens again to the next effect."""

    kills: int
    events: int
    lost: int
    duplicates: int
    inversions: int
    seconds: float
    recoveries: list[float] = field(default_factory=list)


class Recorded:
    """Answers as the producer's `GET /events?aggregate=` does, without HTTP between."""

    def __init__(self, there: Database) -> None:
        self._there = there

    async def events(self, envelope: Envelope, after: int) -> AsyncIterator[list[Envelope]]:
        """One page of what it has recorded of an aggregate."""
        rows = await self._there.read(replay.list_aggregate, envelope.subject, after, envelope.aggseq - after - 1)
        yield [Envelope.model_validate_json(text) for _, text in rows]


class Flow:
    """A producer, a consumer and the server between them."""

    def __init__(self, folder: Path, *, ask: bool) -> None:
        self._port = free_port()
        self._config = write_config(folder / "nats", self._port)
        url = f"nats://127.0.0.1:{self._port}"
        self.there, self.here = _database(folder, "there"), _database(folder, "here")
        self._brokers = [Broker(url, "there"), Broker(url, "here")]
        inbox = Inbox("here", [Handler("interlink.there.thing.counted.v1", Number, _take)])
        taker = Taker(self.here, inbox)
        self._work = [
            Relay(self.there, self._brokers[0]).run(),
            Subscriber(self._brokers[1], taker).run(),
            WaitingRoom(taker, cast("Producers", Recorded(self.there)) if ask else None).run(),
        ]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Both services at work; the server comes and goes with `server`."""
        await self.here.write(_make_table)
        tasks = [asyncio.create_task(work) for work in self._work]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(broker.close() for broker in self._brokers), self.there.close(), self.here.close())

    @contextlib.asynccontextmanager
    async def server(self) -> AsyncIterator[None]:
        """The server, killed at the end as by a power failure of its process."""
        with nats_running(self._config, self._port) as process:
            yield
            process.send_signal(signal.SIGKILL)
            await asyncio.to_thread(process.wait)

    async def effects(self) -> list[tuple[str, int]]:
        """What took effect, in its order: aggregate and number."""
        rows = await self.here.read(
            lambda session: session.execute(text("SELECT thing, number FROM effects ORDER BY id")).all()
        )
        return [(thing, number) for thing, number in rows]

    async def count(self) -> int:
        """How many effects there are."""
        return int(
            await self.here.read(lambda session: session.execute(text("SELECT count(*) FROM effects")).scalar_one())
        )


async def kill_broker(folder: Path, *, kills: int, events: int, within: float = 300, ask: bool = True) -> Outcome:
    """Let `events` flow through a server that is killed `kills` times; all that must have arrived in `within` seconds.

    Without `ask` the consumer has nobody to ask for what it lacks, and waits until the broker brings it again.
    """
    flow, started = Flow(folder, ask=ask), time.monotonic()
    recoveries: list[float] = []
    async with flow.running():
        source = Source(flow.there, events)
        writing = asyncio.create_task(source.run())
        for kill in range(1, kills + 1):
            async with flow.server():
                recoveries.append(await _recovery(flow, source))
                await eventually(lambda: _arrived(flow, events * kill // (kills + 1)), within=within)  # noqa: B023 - awaited here
            await asyncio.sleep(DOWN_SECONDS)
        async with flow.server():
            await writing
            with contextlib.suppress(AssertionError):  # then some are lost, and the outcome says how many
                await eventually(lambda: _arrived(flow, events), within=within)
            effects = await flow.effects()
    return judge(source.recorded(), effects, kills=kills, seconds=time.monotonic() - started, recoveries=recoveries)


def judge(
    recorded: list[tuple[str, int]],
    effects: list[tuple[str, int]],
    *,
    kills: int,
    seconds: float,
    recoveries: list[float],
) -> Outcome:
    """Compare what was recorded with what took effect."""
    last: dict[str, int] = {}
    inversions = 0
    for thing, number in effects:
        inversions += number < last.get(thing, -1)
        last[thing] = max(number, last.get(thing, -1))
    return Outcome(
        kills=kills,
        events=len(recorded),
        lost=len(set(recorded) - set(effects)),
        duplicates=len(effects) - len(set(effects)),
        inversions=inversions,
        seconds=seconds,
        recoveries=recoveries,
    )


class Source:
    """Records events one after another per aggregate, many aggregates at a time, whether the broker is there or not."""

    def __init__(self, db: Database, events: int) -> None:
        self._db = db
        self._events = events
        self._done = 0

    async def run(self) -> None:
        """Record them all."""
        for start in range(0, self._events, AT_ONCE):
            numbers = range(start, min(start + AT_ONCE, self._events))
            await asyncio.gather(*(self._db.write(_count, number) for number in numbers))
            self._done = numbers.stop
            await asyncio.sleep(0)

    async def has_reached(self, number: int) -> bool:
        """Whether so many are recorded."""
        return self._done >= number

    def recorded(self) -> list[tuple[str, int]]:
        """What was recorded: aggregate and number."""
        return [(_thing(number), number) for number in range(self._done)]


def _thing(number: int) -> str:
    # Half of all events are of one hot aggregate.
    return "hot" if number % 2 else f"thing-{number % AGGREGATES}"


def _count(session: Session, number: int) -> None:
    record(session, Counted(number=number), aggregate=_thing(number))


def _make_table(session: Session) -> None:
    session.execute(text("CREATE TABLE effects (id INTEGER PRIMARY KEY, thing TEXT, number INTEGER)"))


def _take(session: Session, payload: Number, envelope: Envelope) -> None:
    values = {"thing": envelope.subject, "number": payload.number}
    session.execute(text("INSERT INTO effects (thing, number) VALUES (:thing, :number)"), values)


async def _recovery(flow: Flow, source: Source) -> float:
    """Seconds until an effect more than there is now."""
    started, before = time.monotonic(), await flow.count()

    async def more() -> bool:
        return await flow.count() > before or not await source.has_reached(before + 1)

    await eventually(more, within=60)
    return time.monotonic() - started


async def _arrived(flow: Flow, events: int) -> bool:
    return await flow.count() >= events


def _database(folder: Path, service: str) -> Database:
    db = open_database(folder / f"{service}.sqlite3", service=service, instance="main")
    db.migrate()
    db.start()
    return db
