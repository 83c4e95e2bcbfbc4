"""The relay: outbox to JetStream, in order per aggregate, woken by the commit."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

import structlog
from nats.js.client import JetStreamContext

from interlinker_shared.clock import utc_now
from interlinker_shared.db import Database
from interlinker_shared.events import outbox
from interlinker_shared.events.broker import NATS_ERRORS, Broker, ForbiddenPublishError

BATCH = 512
IN_FLIGHT = 64
IDLE_POLL_SECONDS = 5.0
RETRY_SECONDS = 0.5

log = structlog.get_logger()


class Relay:
    """Publishes what waits in the outbox. Writes never depend on it: without NATS the rows wait."""

    def __init__(self, db: Database, broker: Broker) -> None:
        """Listen to the commits of `db`."""
        self._db = db
        self._broker = broker
        self._wake = asyncio.Event()
        db.on_commit(self._on_commit)

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            self._wake.clear()
            try:
                while await self._publish_batch():
                    pass
            except (*NATS_ERRORS, ForbiddenPublishError) as error:
                log.warning("events wait", reason=str(error) or type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            await self._sleep_until_woken()

    async def _sleep_until_woken(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(IDLE_POLL_SECONDS):
                await self._wake.wait()

    async def _publish_batch(self) -> bool:
        rows = await self._db.read(outbox.waiting, BATCH)
        if not rows:
            return False
        stream = await self._broker.connect()
        for wave in in_waves(rows):
            await self._publish_wave(stream, wave)
        return True

    async def _publish_wave(self, stream: JetStreamContext, wave: Sequence[outbox.OutboxRow]) -> None:
        sends = [self._publish(stream, row) for row in wave]
        outcomes = await asyncio.gather(*sends, return_exceptions=True)
        stored = [row.id for row, outcome in zip(wave, outcomes, strict=True) if outcome is None]
        if stored:
            await self._db.write(outbox.mark_published, stored, utc_now())
        for outcome in outcomes:
            if outcome is not None:
                raise outcome

    async def _publish(self, stream: JetStreamContext, row: outbox.OutboxRow) -> None:
        await self._broker.publish(stream, row.nats_subject, row.envelope.encode(), str(row.event_id))

    def _on_commit(self, signals: set[str]) -> None:
        if outbox.SIGNAL in signals:
            self._wake.set()


def in_waves(rows: Sequence[outbox.OutboxRow]) -> list[list[outbox.OutboxRow]]:
    """Cut `rows` into groups that may be in flight together: at most `IN_FLIGHT`, never two of one aggregate.

    A failed event then cannot be overtaken by a later one of its aggregate.
    """
    waves: list[list[outbox.OutboxRow]] = []
    next_wave: dict[str, int] = {}
    for row in rows:
        at = next_wave.get(row.aggregate, 0)
        while at < len(waves) and len(waves[at]) >= IN_FLIGHT:
            at += 1
        if at == len(waves):
            waves.append([])
        waves[at].append(row)
        next_wave[row.aggregate] = at + 1
    return waves
