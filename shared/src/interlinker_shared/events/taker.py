"""Writes down the fate of events: many together when all goes well, the one whose handler fails alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import structlog
from prometheus_client import CollectorRegistry
from sqlalchemy.orm import Session

from interlinker_shared.clock import utc_now
from interlinker_shared.db import Database
from interlinker_shared.errors import UnavailableError
from interlinker_shared.events.envelope import Envelope
from interlinker_shared.events.inbox import Batch, Inbox, Verdict
from interlinker_shared.events.metrics import EventMetrics

AT_ONCE = 128
NOT_NOW = {"busy", "stopping"}
"""What the writer says when it takes nothing more: no handler has run."""

log = structlog.get_logger()


class Attempt:
    """One try to take events in one transaction, which knows afterwards how far it came."""

    def __init__(self, inbox: Inbox, envelopes: Sequence[Envelope], now: datetime) -> None:
        """It runs in `db.write`, perhaps more than once; what it knows is about the last time."""
        self._inbox, self._envelopes, self._now = inbox, envelopes, now
        self._at: int | None = None

    def run(self, session: Session) -> list[Verdict]:
        """Take all events, or where handlers are slow the first ones: as many as there are verdicts."""
        self._at, verdicts = None, []
        batch = Batch(session, self._inbox, self._envelopes, self._now)
        for at, envelope in enumerate(self._envelopes):
            self._at = at
            verdicts.append(batch.take(envelope))
            if batch.late:
                break
        self._at = None
        batch.save()
        return verdicts

    @property
    def failed_at_first(self) -> bool:
        """Whether nothing but the first event can be to blame."""
        return self._at == 0 or len(self._envelopes) == 1

    def parts(self) -> Iterator[Sequence[Envelope]]:
        """After a failure, what to try by itself: what came before the event at hand, that one, what comes after it."""
        if self._at is None:
            return iter([[envelope] for envelope in self._envelopes])
        before, after = self._envelopes[: self._at], self._envelopes[self._at + 1 :]
        return filter(None, (before, [self._envelopes[self._at]], after))


class Taker:
    """Takes events into the database of one consumer."""

    def __init__(
        self,
        db: Database,
        inbox: Inbox,
        metrics: EventMetrics | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """Without `metrics` it counts for itself."""
        self.db = db
        self.inbox = inbox
        self.metrics = metrics or EventMetrics(CollectorRegistry())
        self.clock = clock
        self._at_once = AT_ONCE

    async def take(self, envelopes: Sequence[Envelope]) -> None:
        """See `Inbox.take`; raises only when the fate of an event could not be written down.

        Handlers may run more than once. One that fails takes nothing from the events beside it, and only what fails
        by itself has failed.
        """
        while envelopes:
            envelopes = envelopes[await self._take_first(envelopes[: self._at_once]) :]

    async def _take_first(self, envelopes: Sequence[Envelope]) -> int:
        """Write down the fate of the first ones; how many they are."""
        attempt = Attempt(self.inbox, envelopes, self.clock())
        try:
            verdicts = await self.db.write(attempt.run)
        except Exception as error:
            if isinstance(error, UnavailableError) and error.kind_slug in NOT_NOW:
                raise
            if attempt.failed_at_first:
                await self.fail(envelopes[0], error)
                return 1
            for part in attempt.parts():
                await self.take(part)
            return len(envelopes)
        for verdict, count in Counter(verdicts).items():
            self.metrics.received.labels(verdict.value).inc(count)
        # Where handlers are slow, no more are entered into the inbox than can be reached.
        self._at_once = len(verdicts) if len(verdicts) < len(envelopes) else min(AT_ONCE, 2 * self._at_once)
        return len(verdicts)

    async def fail(self, envelope: Envelope, error: Exception) -> None:
        """Write down that a handler failed, so that the event is tried again."""
        reason = f"{type(error).__name__}: {error}"
        tries = await self.db.write(self.inbox.fail, envelope, reason, self.clock())
        self.metrics.received.labels("failed").inc()
        log.error(
            "event failed",
            consumer=self.inbox.consumer,
            type=envelope.type,
            event_id=str(envelope.id),
            tries=tries,
            error=reason,
        )
