"""The subscriber: one durable consumer per service; each event takes effect once and in order per aggregate."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Coroutine, Sequence
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
from interlinker_shared.events.lanes import Delivery, Lanes
from interlinker_shared.events.pull import Pull
from interlinker_shared.events.taker import AT_ONCE, Taker
from interlinker_shared.failpoints import Point, reach

SIGN_OF_LIFE_SECONDS = ACK_WAIT_SECONDS / 2.5
PAUSE_SECONDS = 0.5
WORKERS = 2
"""Batches on their way to the database: while one is written down, the next one gets ready."""

log = structlog.get_logger()


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
        self._lanes = Lanes()
        self._tasks: set[asyncio.Task[None]] = set()
        self._workers = 0

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
            self._workers = 0

    async def _receive(self, connection: Connection) -> None:
        subjects = sorted({handler.subject for handler in self._inbox.handlers})
        await connection.need_consumer(self._inbox.consumer, subjects)
        pull = Pull(connection.client, self._inbox.consumer, lambda message: self._accept(message, pull))
        try:
            await pull.run()
        finally:
            await _give_back(list(self._lanes))

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
        self._lanes.add(Delivery(message, envelope, pull, time.monotonic()))
        if self._workers < WORKERS:
            self._workers += 1
            self._begin(self._work())

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self) -> None:
        """Take what waits, until nothing does that may be taken now."""
        try:
            while batch := self._lanes.take(AT_ONCE):
                await self._take(batch)
                self._lanes.settle(batch)
                reach(Point.EFFECTED)
                for delivery in batch:
                    await _acknowledge(delivery)
        finally:
            self._workers -= 1

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
            for delivery in list(self._lanes):
                if now - delivery.heard > SIGN_OF_LIFE_SECONDS:
                    delivery.heard = now
                    with contextlib.suppress(*NATS_ERRORS):
                        await delivery.message.in_progress()


async def _acknowledge(delivery: Delivery) -> None:
    delivery.pull.done(1)
    with contextlib.suppress(*NATS_ERRORS):  # a lost acknowledgement brings the event again, and it is known
        await delivery.message.ack()
    reach(Point.ACKNOWLEDGED)


async def _give_back(deliveries: Sequence[Delivery]) -> None:
    """Have the server bring again at once what is not written down: else it would wait, and later events be here before.

    Only once the pull has ended: what it still asks for would be answered with these, to nobody.
    """
    with contextlib.suppress(*NATS_ERRORS):  # the connection may be what broke
        for delivery in deliveries:
            await delivery.message.nak()


async def _terminate(message: Msg, pull: Pull) -> None:
    pull.done(1)
    with contextlib.suppress(*NATS_ERRORS):
        await message.term()
