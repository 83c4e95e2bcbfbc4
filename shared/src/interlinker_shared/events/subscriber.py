"""The subscriber: one durable consumer per service; each event takes effect once and in order per aggregate."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from nats.aio.msg import Msg

from interlinker_shared.events.broker import (
    ACK_WAIT_SECONDS,
    NATS_ERRORS,
    Broker,
    Connection,
)
from interlinker_shared.events.envelope import Envelope
from interlinker_shared.events.pull import Pull
from interlinker_shared.events.taker import AT_ONCE, Taker
from interlinker_shared.failpoints import Point, reach

SIGN_OF_LIFE_SECONDS = ACK_WAIT_SECONDS / 2.5
PAUSE_SECONDS = 0.5

log = structlog.get_logger()


@dataclass(eq=False)
class Delivery:
    """An event, the message that brought it, the pull it came by, and when the server last heard that we work on it."""

    message: Msg
    envelope: Envelope
    pull: Pull
    heard: float


class Subscriber:
    """Feeds the events that a service handles into its database.

    A message is acknowledged as soon as its fate is written down, whatever it is: effect, failure or waiting. The stream
    brings again only what a process took and did not live to write.
    """

    def __init__(self, broker: Broker, taker: Taker) -> None:
        """The inbox of `taker` names the durable and the handlers."""
        self._broker = broker
        self._taker = taker
        self._inbox, self._metrics = taker.inbox, taker.metrics
        self._lanes: dict[tuple[str, str], deque[Delivery]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Receive until cancelled."""
        signs = asyncio.create_task(self._give_signs_of_life())
        try:
            await self._broker.keep_doing("subscriber", self._receive)
        finally:
            for task in (signs, *self._tasks):
                task.cancel()
            await asyncio.gather(signs, *self._tasks, return_exceptions=True)
            self._lanes.clear()  # their tasks are gone, and the next run would wait behind them for ever

    async def _receive(self, connection: Connection) -> None:
        subjects = sorted({handler.subject for handler in self._inbox.handlers})
        await connection.need_consumer(self._inbox.consumer, subjects)
        pull = Pull(connection.client, self._inbox.consumer, lambda message: self._accept(message, pull))
        await pull.run()

    def _accept(self, message: Msg, pull: Pull) -> None:
        """Put a message at the end of its lane."""
        self._metrics.lag.set(int(message.reply.rpartition(".")[2]))
        try:
            envelope = Envelope.model_validate_json(message.data)
            envelope.check_subject(message.subject)
        except ValueError as error:
            log.error("not an event", subject=message.subject, reason=str(error))  # noqa: TRY400 - no fault of ours
            self._metrics.received.labels("unreadable").inc()
            self._begin(_terminate(message, pull))
            return
        reach(Point.RECEIVED)
        key = (envelope.source, envelope.subject)
        delivery = Delivery(message, envelope, pull, time.monotonic())
        if key in self._lanes:
            self._lanes[key].append(delivery)
        else:
            self._lanes[key] = deque([delivery])
            self._begin(self._run_lane(key))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run_lane(self, key: tuple[str, str]) -> None:
        lane = self._lanes[key]
        while lane:
            batch = [lane[place] for place in range(min(AT_ONCE, len(lane)))]
            await self._take(batch)
            reach(Point.EFFECTED)
            for delivery in batch:
                lane.popleft()
                await _acknowledge(delivery)
        del self._lanes[key]

    async def _take(self, batch: Sequence[Delivery]) -> None:
        """See to it that the fate of these events is written down, however long that takes."""
        while True:
            try:
                await self._taker.take([delivery.envelope for delivery in batch])
            except Exception as error:  # noqa: BLE001 - the database is full, busy or away: no event has failed
                log.warning("events wait for the database", reason=f"{type(error).__name__}: {error}")
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                return

    async def _give_signs_of_life(self) -> None:
        """Tell the server of messages that wait or are worked on for long, so that it does not send them again."""
        while True:
            await asyncio.sleep(SIGN_OF_LIFE_SECONDS / 2)
            now = time.monotonic()
            for delivery in [one for lane in self._lanes.values() for one in lane]:
                if now - delivery.heard > SIGN_OF_LIFE_SECONDS:
                    delivery.heard = now
                    with contextlib.suppress(*NATS_ERRORS):
                        await delivery.message.in_progress()


async def _acknowledge(delivery: Delivery) -> None:
    delivery.pull.done(1)
    with contextlib.suppress(*NATS_ERRORS):  # a lost acknowledgement brings the event again, and it is known
        await delivery.message.ack()
    reach(Point.ACKNOWLEDGED)


async def _terminate(message: Msg, pull: Pull) -> None:
    pull.done(1)
    with contextlib.suppress(*NATS_ERRORS):
        await message.term()
