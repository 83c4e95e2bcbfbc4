"""The subscriber: one durable pull consumer per service; each event takes effect once and in order per aggregate."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog
from nats.aio.msg import Msg
from nats.js.client import JetStreamContext
from pydantic import ValidationError

from interlinker_shared import trace
from interlinker_shared.clock import utc_now
from interlinker_shared.db import Database
from interlinker_shared.events import inbox
from interlinker_shared.events.broker import ACK_WAIT_SECONDS, NATS_ERRORS, STREAM, Broker, ensure_consumer
from interlinker_shared.events.envelope import Envelope

FETCH = 100
FETCH_SECONDS = 2.0
RETRY_SECONDS = 0.5
EARLY_DELAY_SECONDS = 0.5

log = structlog.get_logger()


class Subscriber:
    """Feeds the events that `handlers` take into the database of one service."""

    def __init__(self, db: Database, broker: Broker, consumer: str, handlers: Sequence[inbox.Handler]) -> None:
        """`consumer` is the durable's name, the same at every start."""
        self._db = db
        self._broker = broker
        self._consumer = consumer
        self._handlers = tuple(handlers)

    async def run(self) -> None:
        """Receive until cancelled; a broken connection is begun anew."""
        while True:
            try:
                await self._receive()
            except NATS_ERRORS as error:
                log.info("subscription begins anew", consumer=self._consumer, reason=str(error) or type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)

    async def _receive(self) -> None:
        stream = await self._broker.connect()
        reconnects = self._broker.reconnects
        subjects = sorted({handler.subject for handler in self._handlers})
        subscription = await ensure_consumer(stream, self._consumer, subjects)
        try:
            await self._let_redeliveries_come_first(stream)
            while reconnects == self._broker.reconnects:
                await self._take(await _fetch(subscription))
        finally:
            await subscription.unsubscribe()

    async def _let_redeliveries_come_first(self, stream: JetStreamContext) -> None:
        # What was delivered to a process that died is delivered again only after the ack wait, new events at once:
        # later ones would overtake. Once the wait is over, the server sends what is due again before anything new.
        info = await stream.consumer_info(STREAM, self._consumer)
        if info.num_ack_pending:
            await asyncio.sleep(ACK_WAIT_SECONDS + 0.1)

    async def _take(self, messages: Sequence[Msg]) -> None:
        lanes: dict[str, list[tuple[Msg, Envelope]]] = {}
        for message in messages:
            envelope = _read(message)
            if envelope is None:
                await message.term()
            else:
                lanes.setdefault(f"{envelope.source} {envelope.subject}", []).append((message, envelope))
        await asyncio.gather(*(self._run_lane(lane) for lane in lanes.values()))

    async def _run_lane(self, lane: list[tuple[Msg, Envelope]]) -> None:
        for message, envelope in lane:
            await self._deliver(message, envelope)

    async def _deliver(self, message: Msg, envelope: Envelope) -> None:
        trace.follow(envelope.traceparent)
        try:
            verdict = await self._db.write(inbox.receive, self._consumer, self._handlers, envelope, utc_now())
        except Exception as error:  # noqa: BLE001 - whatever a handler raises, the event is tried again and then kept
            await self._fail(message, envelope, error)
            return
        if verdict is inbox.Verdict.EARLY:
            await message.nak(delay=EARLY_DELAY_SECONDS)
        else:
            await message.ack()

    async def _fail(self, message: Msg, envelope: Envelope, error: Exception) -> None:
        reason = f"{type(error).__name__}: {error}"
        tries = await self._db.write(inbox.note_failure, self._consumer, envelope, reason, utc_now())
        log.error(
            "event failed",
            consumer=self._consumer,
            type=envelope.type,
            event_id=str(envelope.id),
            tries=tries,
            error=reason,
        )
        if tries >= inbox.MAX_TRIES:
            await message.term()
        else:
            await message.nak(delay=inbox.delay_after(tries))


async def _fetch(subscription: JetStreamContext.PullSubscription) -> list[Msg]:
    try:
        async with asyncio.timeout(
            FETCH_SECONDS + 1
        ):  # a fetch can hang after a reconnect; its own timeout hangs with it
            return await subscription.fetch(FETCH, timeout=FETCH_SECONDS)
    except TimeoutError:
        return []


def _read(message: Msg) -> Envelope | None:
    try:
        return Envelope.model_validate_json(message.data)
    except ValidationError:
        log.exception("not an event", subject=message.subject)
        return None
