"""The relay: outbox to JetStream, in its order, many events in flight, woken by the commit."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence

import structlog
from prometheus_client import CollectorRegistry

from interlinker_shared import trace
from interlinker_shared.clock import utc_now
from interlinker_shared.db import Database
from interlinker_shared.errors import UnavailableError
from interlinker_shared.events import outbox, replay
from interlinker_shared.events.broker import Broker, Connection, ForbiddenPublishError
from interlinker_shared.events.metrics import EventMetrics
from interlinker_shared.events.publisher import Publisher
from interlinker_shared.failpoints import Point, reach

BATCH = 256
LOOK_SECONDS = 0.5
LOOK_AGAIN_SECONDS = 5.0
MARK_SECONDS = 0.1  # each time is a commit, which other writes wait for
MARKED_AT_ONCE = 500
MARK_AGAIN_SECONDS = 1.0
READ_AGAIN_SECONDS = 1.0
FIRST_REFUSAL = 1.0
LONGEST_REFUSAL = 60.0

log = structlog.get_logger()


class Relay:
    """Publishes what waits in the outbox. Writes never depend on it: without NATS the rows wait.

    Within one connection the server stores what it was sent in that order, so nothing waits for an acknowledgement but
    for room in the window. When anything goes wrong the connection is given up, and all that is not marked is sent again
    over a new one; what the stream has already, it drops by its id.
    """

    def __init__(self, db: Database, broker: Broker, metrics: EventMetrics | None = None) -> None:
        """Listen to the commits of `db`."""
        self._db = db
        self._broker = broker
        self._metrics = metrics or EventMetrics(CollectorRegistry())
        self._wake = asyncio.Event()
        self._more = self._again = False
        self._marks = Marks(db)
        self._refusals = Refusals(self._metrics)
        db.on_commit(self._on_commit)

    async def run(self) -> None:
        """Publish until cancelled."""
        marking = asyncio.create_task(self._marks.run())
        try:
            await self._broker.keep_doing("relay", self._publish_over)
        finally:
            marking.cancel()
            await asyncio.gather(marking, return_exceptions=True)

    async def _publish_over(self, connection: Connection) -> None:
        publisher = Publisher(connection, self._wake)
        await publisher.start()
        self._metrics.relay_up.set(1)
        try:
            await self._publish_all(publisher)
        finally:
            self._settle(publisher)
            self._metrics.relay_up.set(0)

    async def _publish_all(self, publisher: Publisher) -> None:
        after, look_at = 0, 0.0
        while True:
            if self._again or self._refusals.due() or time.monotonic() > look_at:
                after, self._again, self._more = 0, False, True
                look_at = time.monotonic() + LOOK_AGAIN_SECONDS  # a signal can get lost on its way from a replica
            if not self._more:
                await self._wait(publisher)
                continue
            self._more = False
            rows = await self._read(after)
            for row in rows:
                after = row.id
                await self._send(publisher, row)
            self._more = self._more or len(rows) == BATCH

    async def _read(self, after: int) -> Sequence[outbox.OutboxRow]:
        while True:
            try:
                return await self._db.read(outbox.waiting, BATCH, after)
            except UnavailableError as error:
                log.warning("the outbox cannot be read", reason=error.message)
                await asyncio.sleep(READ_AGAIN_SECONDS)

    async def _send(self, publisher: Publisher, row: outbox.OutboxRow) -> None:
        if publisher.holds(row.id) or self._marks.holds(row.id) or self._refusals.holds(row.aggregate):
            return
        while publisher.full:
            await self._wait(publisher)
        reach(Point.PUBLISHING)
        with trace.sending(trace.Kind.PRODUCER, f"publish {row.nats_subject}", row.envelope):
            await publisher.send(
                row.id,
                aggregate=row.aggregate,
                subject=row.nats_subject,
                payload=row.envelope.encode(),
                message_id=str(row.event_id),
            )

    async def _wait(self, publisher: Publisher) -> None:
        """Until a commit, an acknowledgement or half a second passed; raises what went wrong with those in flight."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await self._wake.wait()
        self._wake.clear()
        self._settle(publisher)
        publisher.check()

    def _settle(self, publisher: Publisher) -> None:
        stored, publisher.stored = publisher.stored, []
        now = time.monotonic()
        for _, sent_at in stored:
            self._metrics.publish_seconds.observe(now - sent_at)
        self._metrics.published.inc(len(stored))
        self._marks.add([number for number, _ in stored])
        while publisher.refused:
            sent, error = publisher.refused.pop()
            self._refusals.add(sent.aggregate, sent.subject, error)

    def _on_commit(self, signals: set[str]) -> None:
        if replay.SIGNAL in signals:
            self._again = True
        if outbox.SIGNAL in signals:
            self._more = True
            self._wake.set()


class Marks:
    """Writes down, a few at a time and beside the publishing, what the stream has stored.

    A mark that gets lost costs a message that the stream drops.
    """

    def __init__(self, db: Database) -> None:
        """Nothing is to be marked yet."""
        self._db = db
        self._waiting: dict[int, None] = {}
        self._more = asyncio.Event()

    def holds(self, number: int) -> bool:
        """Whether row `number` is stored but not marked yet."""
        return number in self._waiting

    def add(self, numbers: Sequence[int]) -> None:
        """Mark these rows soon."""
        if numbers:
            self._waiting.update(dict.fromkeys(numbers))
            self._more.set()

    async def run(self) -> None:
        """Mark until cancelled; while the database refuses, the marks wait."""
        while True:
            await self._more.wait()
            await asyncio.sleep(MARK_SECONDS)  # others may join
            numbers = list(self._waiting)[:MARKED_AT_ONCE]
            try:
                await self._db.write(outbox.mark_published, numbers, utc_now())
            except Exception as error:  # noqa: BLE001 - full, busy or away: the marks wait for it
                log.warning("published events are not marked yet", reason=str(error) or type(error).__name__)
                await asyncio.sleep(MARK_AGAIN_SECONDS)
                continue
            reach(Point.MARKED)
            for number in numbers:
                del self._waiting[number]
            if not self._waiting:
                self._more.clear()


class Refusals:
    """Aggregates with an event that the server will not have: they wait, with back-off, and hold nobody else up."""

    def __init__(self, metrics: EventMetrics) -> None:
        """Nothing is refused yet."""
        self._metrics = metrics
        self._until: dict[str, float] = {}
        self._pause: dict[str, float] = {}
        self._said: set[str] = set()

    def add(self, aggregate: str, subject: str, error: Exception) -> None:
        """Send nothing of this aggregate for a while; say why once per subject."""
        if self.holds(aggregate):
            return
        pause = min(self._pause.get(aggregate, FIRST_REFUSAL / 2) * 2, LONGEST_REFUSAL)
        self._pause[aggregate], self._until[aggregate] = pause, time.monotonic() + pause
        forbidden = isinstance(error, ForbiddenPublishError)
        self._metrics.publish_errors.labels("forbidden" if forbidden else "too_large").inc()
        if subject not in self._said:
            log.error("an event cannot be published", subject=subject, reason=str(error))
            self._said.add(subject)

    def holds(self, aggregate: str) -> bool:
        """Whether nothing of this aggregate may be sent now."""
        return self._until.get(aggregate, 0) > time.monotonic()

    def due(self) -> bool:
        """Whether the wait of some aggregate is over, which is told once."""
        now = time.monotonic()
        over = [aggregate for aggregate, until in self._until.items() if until <= now]
        for aggregate in over:
            del self._until[aggregate]
        return bool(over)
