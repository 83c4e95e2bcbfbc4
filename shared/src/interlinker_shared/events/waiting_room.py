"""The waiting room: tries failed events again in their time, and sees to it that what is missing comes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from interlinker_shared.errors import NotFoundError
from interlinker_shared.events import held
from interlinker_shared.events.envelope import Envelope
from interlinker_shared.events.heads import Head, Key
from interlinker_shared.events.taker import AT_ONCE, Taker

if TYPE_CHECKING:
    from interlinker_shared.events.producers import Producers

LANES = 500
LETTERS = 100
PAUSE_SECONDS = 0.02
PATIENCE = timedelta(seconds=0.5)
"""A missing event may be on its way: a redelivery, or another connection's."""
ASK_AGAIN = timedelta(seconds=5)
NOBODY_TO_ASK = timedelta(minutes=2)
"""Many redeliveries long: a database that goes away again and again puts each of them off."""
PRODUCER_AWAY = timedelta(minutes=10)

log = structlog.get_logger()


class WaitingRoom:
    """Looks after the events of one consumer that could not take effect at once."""

    def __init__(self, taker: Taker, producers: Producers | None) -> None:
        """Without `producers` there is nobody to ask for a missing event; it may still come by itself."""
        self._taker = taker
        self._db, self._inbox, self._metrics, self._clock = taker.db, taker.inbox, taker.metrics, taker.clock
        self._producers = producers
        self._next_ask: dict[Key, datetime] = {}
        self._wake = asyncio.Event()
        self._db.on_commit(self._on_commit)

    async def run(self) -> None:
        """Look after them until cancelled; asleep while there are none."""
        while True:
            self._wake.clear()
            await self.look()
            pause = await self._until_next()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            await asyncio.sleep(PAUSE_SECONDS)  # events come in bursts, and each one wakes us

    async def look(self) -> None:
        """Try what is due, release what is next, ask for what is missing."""
        now = self._clock()
        for envelope in await self._db.read(held.due_letters, self._inbox.consumer, now, LETTERS):
            await self._retry(envelope)
        away: set[str] = set()
        for lane in await self._db.read(held.parked_lanes, self._inbox.consumer, LANES):
            if self._is_next(lane):
                await self._release(lane.key)
            elif not lane.retried and lane.key.source not in away and self._ask_at(lane) <= now:
                await self._look_for_missing(lane, away)

    async def _until_next(self) -> float | None:
        due = await self._db.read(held.next_due, self._inbox.consumer)
        lanes = await self._db.read(held.parked_lanes, self._inbox.consumer, LANES)
        times = [self._ask_at(lane) for lane in lanes if not lane.retried]
        times += [due] if due is not None else []
        return max(0.0, (min(times) - self._clock()).total_seconds()) if times else None

    def _is_next(self, lane: held.Parked) -> bool:
        wanted = self._inbox.wanted(lane.first)
        return not lane.retried if not wanted else not Head(lane.counts).lacks(wanted, lane.first.event)

    def _ask_at(self, lane: held.Parked) -> datetime:
        return self._next_ask.get(lane.key, lane.since + PATIENCE)

    async def _look_for_missing(self, lane: held.Parked, away: set[str]) -> None:
        self._next_ask[lane.key] = self._clock() + ASK_AGAIN
        waited = self._clock() - lane.since
        if self._producers is None:
            if waited >= NOBODY_TO_ASK:
                await self._give_up(lane, "there is no registry to find its producer with")
            return
        from interlinker_shared.events.producers import ProducerAwayError  # noqa: PLC0415 - loads an HTTP client

        try:
            for after in dict.fromkeys((lane.aggseq, 0)):
                async for page in self._producers.events(lane.first, after):
                    await self._take(page)
                if await self._release(lane.key):
                    return
        except ProducerAwayError as error:
            log.info("the producer of a missing event is away", source=lane.key.source, reason=str(error))
            away.add(lane.key.source)
            if waited >= PRODUCER_AWAY:
                await self._give_up(lane, "its producer cannot be asked")
            return
        await self._give_up(lane, "its producer has it no longer")

    async def _take(self, page: Sequence[Envelope]) -> None:
        mine = [envelope for envelope in page if self._inbox.takes(envelope)]
        self._metrics.fetched.inc(len(mine))
        for start in range(0, len(mine), AT_ONCE):
            await self._taker.take(mine[start : start + AT_ONCE])

    async def _release(self, key: Key, *, give_up: bool = False) -> int:
        """Take parked events as far as they are next; how many took effect."""
        total, limit = 0, AT_ONCE
        while True:
            try:
                taken = await self._db.write(self._inbox.release, key, limit, self._clock(), give_up=give_up)
            except Exception as error:  # noqa: BLE001 - as above
                if limit > 1:
                    limit = 1  # one by one, so that it is known whose handler failed
                    continue
                (first,) = await self._db.read(held.first_parked, key, 1)
                await self._taker.fail(first, error)
                return total
            total, give_up = total + taken, False
            if taken < limit:
                self._next_ask.pop(key, None)
                return total

    async def _give_up(self, lane: held.Parked, reason: str) -> None:
        log.error(
            "an event is missing and cannot be had, its aggregate goes on without",
            source=lane.key.source,
            aggregate=lane.key.aggregate,
            before=lane.first.aggseq,
            reason=reason,
        )
        self._metrics.given_up.inc()
        await self._release(lane.key, give_up=True)

    async def _retry(self, envelope: Envelope) -> None:
        try:
            await self._db.write(self._inbox.retry, envelope.id, self._clock())
        except NotFoundError:
            return  # somebody else was faster
        except Exception as error:  # noqa: BLE001 - as above
            await self._taker.fail(envelope, error)

    def _on_commit(self, signals: set[str]) -> None:
        if held.SIGNAL in signals:
            self._wake.set()
