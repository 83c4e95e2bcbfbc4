"""Writes down the fate of events: together when all goes well, one by one when a handler fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog
from prometheus_client import CollectorRegistry

from interlinker_shared.clock import utc_now
from interlinker_shared.db import Database
from interlinker_shared.errors import UnavailableError
from interlinker_shared.events.envelope import Envelope
from interlinker_shared.events.inbox import Inbox
from interlinker_shared.events.metrics import EventMetrics

AT_ONCE = 32
NOT_NOW = {"busy", "stopping"}
"""What the writer says when it takes nothing more: no handler has run."""

log = structlog.get_logger()


class Taker:
    """Takes events of one aggregate at a time into the database of one consumer."""

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

    async def take(self, envelopes: Sequence[Envelope]) -> None:
        """See `Inbox.take`; raises only when the fate of an event could not be written down."""
        try:
            verdicts = await self.db.write(self.inbox.take, envelopes, self.clock())
        except Exception as error:
            if isinstance(error, UnavailableError) and error.kind_slug in NOT_NOW:
                raise
            if len(envelopes) == 1:
                await self.fail(envelopes[0], error)
                return
            for envelope in envelopes:  # those before the one that fails take effect, those after it wait
                await self.take([envelope])
        else:
            for verdict in verdicts:
                self.metrics.received.labels(verdict.value).inc()

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
