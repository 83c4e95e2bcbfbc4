"""With its own key every service publishes, listens and publishes again; what intruders get the server to say is no event."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from pydantic import BaseModel
from sqlalchemy.orm import Session

from interlinker_shared.db import Database, open_database
from interlinker_shared.events import Envelope, Event, Handler, record
from interlinker_shared.events.broker import Broker, NotPreparedError
from interlinker_shared.events.inbox import Inbox
from interlinker_shared.events.metrics import EventMetrics
from interlinker_shared.events.outbox import backlog
from interlinker_shared.events.relay import Relay
from interlinker_shared.events.replay import publish_again
from interlinker_shared.events.subscriber import Subscriber
from interlinker_shared.events.taker import Taker
from interlinker_shared.ids import new_id
from interlinker_shared.nats_keys import Declared
from interlinker_shared.testing import eventually
from tests.security.conftest import Guarded

pytestmark = pytest.mark.nats

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Anything(BaseModel):
    """What these consumers read."""


class Worker:
    """The events of one service, with its own key: what it records, and what it heard of others."""

    def __init__(self, guarded: Guarded, service: Declared, folder: Path) -> None:
        self.service = service
        self.heard: set[tuple[str, str]] = set()
        self.metrics = EventMetrics(CollectorRegistry())
        self.db: Database = open_database(folder / f"{service.name}.sqlite3", service=service.name, instance="main")
        self._broker = Broker(guarded.url, service.name, guarded.identity(service.name))

    def begin(self) -> None:
        self.db.migrate()
        self.db.start()
        work = [Relay(self.db, self._broker, self.metrics).run()]
        if self.service.listens:
            handlers = [Handler(subject, Anything, self._take) for subject in self.service.listens]
            taker = Taker(self.db, Inbox(self.service.name, handlers), self.metrics)
            work.append(Subscriber(self._broker, taker).run())
        self._tasks = [asyncio.create_task(one) for one in work]

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.db.close()

    def _take(self, _session: Session, _payload: Anything, envelope: Envelope) -> None:
        self.heard.add((envelope.service, envelope.event))

    async def has_told_all(self) -> bool:
        """Whether the relay has marked everything as published, which comes a moment after it is."""
        return (await self.db.read(backlog))[0] == 0

    def counted(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0


@contextlib.asynccontextmanager
async def at_work(guarded: Guarded, folder: Path, *services: Declared) -> AsyncIterator[list[Worker]]:
    """These services, all at once."""
    workers = [Worker(guarded, service, folder) for service in services]
    for worker in workers:
        worker.begin()
    try:
        yield workers
    finally:
        await asyncio.gather(*(worker.end() for worker in workers))


def event_called(event_name: str) -> Event:
    """An event of that name, with nothing in it."""
    made: type[Event] = type("Made", (Event,), {"name": event_name, "__annotations__": {}, "__module__": __name__})
    return made()


def record_all(session: Session, names: Iterable[str]) -> None:
    for name in names:
        record(session, event_called(name), aggregate=new_id())


async def _is_true(found: bool) -> bool:
    return found


async def test_every_service_publishes_listens_and_publishes_again_with_its_own_key(
    guarded: Guarded, tmp_path: Path
) -> None:
    listened = {subject for one in guarded.services for subject in one.listens}
    names = sorted({subject.split(".", 2)[2] for subject in listened})
    async with at_work(guarded, tmp_path, *guarded.services) as workers:
        await asyncio.gather(*(worker.db.write(record_all, names) for worker in workers))
        await eventually(
            lambda: _is_true(all(expected(one, workers, names) <= one.heard for one in workers)), within=20
        )
        for worker in workers:
            await eventually(worker.has_told_all)
            assert await worker.db.write(publish_again, since=LONG_AGO) == len(names)
        published = 2 * len(names)
        await eventually(lambda: _is_true(all(one.counted("events_published_total") == published for one in workers)))
        assert not any(one.counted("event_publish_errors_total", reason="forbidden") for one in workers)


def expected(worker: Worker, workers: list[Worker], names: list[str]) -> set[tuple[str, str]]:
    """What it should hear: the events of all services, its own included, that it listens to."""
    handlers = [Handler(subject, Anything, worker._take) for subject in worker.service.listens]
    sent = [(other.service.name, name) for other in workers for name in names]
    return {one for one in sent if any(handler.takes("interlink." + ".".join(one)) for handler in handlers)}


def forged(victim: str, name: str) -> bytes:
    """An event that says it is of `victim`."""
    envelope = Envelope(
        id=new_id(),
        source=f"/{victim}/main",
        type=f"eu.interlinkers.{victim}.{name}",
        subject="a",
        time=LONG_AGO,
        aggseq=1,
        data={},
    )
    return envelope.model_dump_json().encode()


@pytest.mark.parametrize("attack", ["a forged event on its own subject", "the server's answer on a foreign subject"])
async def test_what_an_intruder_says_in_the_name_of_another_is_no_event(
    guarded: Guarded, tmp_path: Path, attack: str
) -> None:
    listener = next(one for one in guarded.services if one.listens)
    intruder, victim = [one.name for one in guarded.services if one.records and one is not listener][:2]
    name = listener.listens[0].split(".", 2)[2]
    reply = f"interlink.{victim}.{name}" if attack.startswith("the server") else ""
    async with at_work(guarded, tmp_path, listener) as (worker,):
        async with Broker(guarded.url, intruder, guarded.identity(intruder)).open("attack") as connection:
            await connection.client.publish(f"interlink.{intruder}.{name}", forged(victim, name), reply=reply)
            await connection.client.flush()
        rejected = 1 + bool(reply)
        await eventually(lambda: _is_true(worker.counted("events_received_total", outcome="unreadable") == rejected))
        assert (victim, name) not in worker.heard


async def test_a_service_that_listens_to_more_than_the_operator_prepared_waits_and_says_so(guarded: Guarded) -> None:
    listener = next(one for one in guarded.services if one.listens)
    more = [*listener.listens, "interlink.*.thing.invented.v1"]
    async with Broker(guarded.url, "more", guarded.identity(listener.name)).open("more") as connection:
        await connection.need_consumer(listener.name, list(listener.listens))
        with pytest.raises(NotPreparedError, match=r"thing\.invented\.v1: run `interlinkers nats-keys`"):
            await connection.need_consumer(listener.name, more)
