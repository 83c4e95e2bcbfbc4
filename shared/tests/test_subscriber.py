"""Events on their way in: once each, in order per aggregate, tried again, kept for a person in the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from pydantic import BaseModel
from shared.tests.boxes import MOMENT, Box, BoxFilled, create_box_app, fill
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from interlinker_shared.db import Database
from interlinker_shared.events import Envelope, Handler, inbox, nats_subject
from interlinker_shared.events.broker import Broker
from interlinker_shared.events.inbox import DeadLetterRow, InboxRow, Verdict
from interlinker_shared.events.relay import Relay
from interlinker_shared.events.subscriber import EARLY_DELAY_SECONDS, Subscriber
from interlinker_shared.ids import new_id
from interlinker_shared.testing import RunApp, TokenHeaders, eventually

OpenDb = Callable[..., Database]


class Filled(BaseModel):
    """What this consumer reads of a filled box."""

    number: int


class Consumer:
    """Remembers what took effect; fails as long as it is told to."""

    def __init__(self, service: str = "*") -> None:
        self.numbers: list[int] = []
        self.by_aggregate: dict[str, list[int]] = {}
        self.broken = False
        self.handlers = (Handler(f"interlink.{service}.box.filled.v1", Filled, self.take),)

    def take(self, session: Session, payload: Filled, envelope: Envelope) -> None:
        if self.broken:
            message = "the shelf is full"
            raise OSError(message)
        session.execute(select(func.count()).select_from(InboxRow))
        self.numbers.append(payload.number)
        self.by_aggregate.setdefault(envelope.subject, []).append(payload.number)


class Message:
    """A delivered message that remembers what became of it."""

    subject = "interlink.boxes.box.filled.v1"

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.fate: list[object] = []

    async def ack(self) -> None:
        self.fate.append("ack")

    async def nak(self, delay: float) -> None:
        self.fate.append(delay)

    async def term(self) -> None:
        self.fate.append("term")


def create_envelope(number: int, *, box: str = "a", aggseq: int | None = None) -> Envelope:
    return Envelope(
        id=new_id(),
        source="/boxes/main",
        type="eu.interlinkers.boxes.box.filled.v1",
        subject=box,
        time=MOMENT,
        aggseq=aggseq or number,
        data={"number": number, "later": "added"},
    )


def delivery(envelope: Envelope) -> Message:
    return Message(envelope.model_dump_json().encode())


async def deliver(subscriber: Subscriber, *messages: Message) -> None:
    await subscriber._take(cast("Any", messages))


@pytest.fixture
def consumer() -> Consumer:
    return Consumer()


@pytest.fixture
def subscriber(db: Database, consumer: Consumer) -> Subscriber:
    return Subscriber(db, cast("Broker", None), "shelf", consumer.handlers)


@pytest.mark.parametrize(
    ("pattern", "subject", "taken"),
    [
        ("interlink.*.box.filled.v1", "interlink.boxes.box.filled.v1", True),
        ("interlink.boxes.box.filled.v1", "interlink.others.box.filled.v1", False),
        ("interlink.*.box.filled.v1", "interlink.boxes.box.filled.v2", False),
        ("interlink.*.box", "interlink.boxes.box.filled", False),
    ],
)
def test_a_handler_takes_its_subject_only(pattern: str, subject: str, taken: bool) -> None:
    assert Handler(pattern, Filled, lambda *_: None).takes(subject) is taken


async def test_a_redelivered_event_takes_effect_once(subscriber: Subscriber, consumer: Consumer) -> None:
    envelope = create_envelope(1)
    messages = [delivery(envelope) for _ in range(3)]
    for message in messages:
        await deliver(subscriber, message)
    assert consumer.numbers == [1]
    assert [message.fate for message in messages] == [["ack"]] * 3


async def test_a_failing_handler_is_tried_again_with_back_off_then_given_up(
    subscriber: Subscriber, consumer: Consumer
) -> None:
    consumer.broken = True
    message = delivery(create_envelope(1))
    for _ in range(inbox.MAX_TRIES):
        await deliver(subscriber, message)
    assert message.fate == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, "term"]
    assert inbox.delay_after(50) == inbox.LONGEST_DELAY


async def test_a_failing_handler_stores_nothing(db: Database, subscriber: Subscriber, consumer: Consumer) -> None:
    consumer.broken = True
    await deliver(subscriber, delivery(create_envelope(1)))
    assert await db.read(lambda session: session.scalar(select(func.count()).select_from(InboxRow))) == 0
    (dead,) = await db.read(inbox.list_dead_letters, 10)
    assert (dead["tries"], dead["error"]) == (1, "OSError: the shelf is full")


async def test_later_events_of_an_aggregate_wait_for_one_that_failed(
    subscriber: Subscriber, consumer: Consumer
) -> None:
    first, second, other = (
        delivery(create_envelope(1)),
        delivery(create_envelope(2)),
        delivery(create_envelope(3, box="b", aggseq=1)),
    )
    consumer.broken = True
    await deliver(subscriber, first)
    consumer.broken = False
    await deliver(subscriber, second, other)
    assert (consumer.numbers, second.fate) == ([3], [EARLY_DELAY_SECONDS])
    await deliver(subscriber, first)
    await deliver(subscriber, second)
    assert consumer.numbers == [3, 1, 2]


async def test_an_event_that_was_given_up_blocks_nobody(subscriber: Subscriber, consumer: Consumer) -> None:
    first, consumer.broken = delivery(create_envelope(1)), True
    for _ in range(inbox.MAX_TRIES):
        await deliver(subscriber, first)
    consumer.broken = False
    await deliver(subscriber, delivery(create_envelope(2)))
    assert consumer.numbers == [2]


async def test_success_after_a_failure_clears_the_dead_letter(
    db: Database, subscriber: Subscriber, consumer: Consumer
) -> None:
    message, consumer.broken = delivery(create_envelope(1)), True
    await deliver(subscriber, message)
    consumer.broken = False
    await deliver(subscriber, message)
    assert await db.read(inbox.list_dead_letters, 10) == []


@pytest.mark.parametrize("data", [b"nonsense", b"\xff", b"{}", b'{"id": 1}', b""])
async def test_what_is_no_event_is_put_aside(subscriber: Subscriber, consumer: Consumer, data: bytes) -> None:
    message = Message(data)
    await deliver(subscriber, message)
    assert (message.fate, consumer.numbers) == (["term"], [])


async def test_an_event_that_lacks_what_is_read_is_kept_as_a_dead_letter(db: Database, subscriber: Subscriber) -> None:
    broken = create_envelope(1).model_copy(update={"data": {"number": "none"}})
    message = delivery(broken)
    await deliver(subscriber, message)
    assert message.fate == [1.0]
    (dead,) = await db.read(inbox.list_dead_letters, 10)
    assert dead["event"]["data"] == {"number": "none"}


async def test_inbox_rows_outlive_the_stream_and_then_go(db: Database, consumer: Consumer) -> None:
    envelope = create_envelope(1)

    async def receive() -> Verdict:
        return await db.write(inbox.receive, "shelf", consumer.handlers, envelope, MOMENT)

    assert await receive() is Verdict.DONE
    await db.write(inbox.forget_received, MOMENT + timedelta(days=90))
    assert await receive() is Verdict.KNOWN
    await db.write(inbox.forget_received, MOMENT + timedelta(days=101))
    assert await receive() is Verdict.DONE


async def test_an_operator_sees_and_retries_a_dead_letter(
    test_settings: dict[str, Any], run_app: RunApp, token: TokenHeaders, consumer: Consumer
) -> None:
    app = create_box_app(test_settings, handlers=consumer.handlers)
    box = Box(await run_app(app), token)
    envelope = create_envelope(5)
    await app.state.kit.db.write(inbox.note_failure, "boxes", envelope, "OSError: full", MOMENT)
    (dead,) = (await box.ask("GET", "/dead-letters")).json()["items"]
    assert dead["event_id"] == str(envelope.id)
    assert (await box.ask("POST", f"/dead-letters/{envelope.id}/retry")).status_code == 204
    assert consumer.numbers == [5]
    assert (await box.ask("GET", "/dead-letters")).json()["items"] == []
    assert (await box.ask("POST", f"/dead-letters/{envelope.id}/retry")).status_code == 404


async def test_a_retry_that_fails_keeps_the_dead_letter(db: Database, consumer: Consumer) -> None:
    envelope, consumer.broken = create_envelope(5), True
    await db.write(inbox.note_failure, "boxes", envelope, "OSError: full", MOMENT)
    with pytest.raises(OSError, match="full"):
        await db.write(inbox.retry, "boxes", envelope.id, consumer.handlers, MOMENT)
    assert await db.read(lambda session: session.scalar(select(func.count()).select_from(DeadLetterRow))) == 1


async def publish_all(db: Database, url: str) -> None:
    """Publish what waits in the outbox of `db`."""
    broker = Broker(url, "publisher")
    relay = Relay(db, broker)
    while await relay._publish_batch():
        pass
    await broker.close()


@pytest.mark.nats
async def test_events_of_another_service_take_effect_in_order_and_once(open_db: OpenDb, nats_url: str) -> None:
    here, there, consumer = open_db("shelves"), open_db("origin"), Consumer("origin")
    boxes = [uuid4() for _ in range(3)]
    await asyncio.gather(*(there.write(fill, box, number) for number in range(20) for box in boxes))
    await publish_all(there, nats_url)
    broker = Broker(nats_url, "shelves")
    task = asyncio.create_task(Subscriber(here, broker, "shelves", consumer.handlers).run())
    await eventually(lambda: _has(consumer, 60))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert consumer.by_aggregate == {str(box): list(range(20)) for box in boxes}
    await broker.close()
    await asyncio.gather(here.close(), there.close())


@pytest.mark.nats
async def test_the_same_event_stored_twice_takes_effect_once(open_db: OpenDb, nats_url: str) -> None:
    here, consumer = open_db("twice"), Consumer("double")
    envelope = create_envelope(1)
    broker = Broker(nats_url, "twice")
    stream = await broker.connect()
    for message_id in ("one", "two"):
        subject = nats_subject("double", BoxFilled.name)
        own = envelope.model_copy(update={"type": "eu.interlinkers.double.box.filled.v1"})
        await broker.publish(stream, subject, own.model_dump_json().encode(), f"{envelope.id}-{message_id}")
    task = asyncio.create_task(Subscriber(here, broker, "twice", consumer.handlers).run())
    await eventually(lambda: _all_acknowledged(broker, "twice"))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert consumer.numbers == [1]
    await broker.close()
    await here.close()


async def _has(consumer: Consumer, count: int) -> bool:
    return len(consumer.numbers) == count


async def _all_acknowledged(broker: Broker, durable: str) -> bool:
    stream = await broker.connect()
    names = [info.name for info in await stream.consumers_info("INTERLINK")]
    if durable not in names:
        return False
    info = await stream.consumer_info("INTERLINK", durable)
    return (info.num_pending, info.num_ack_pending) == (0, 0) and bool(info.delivered and info.delivered.consumer_seq)


def test_an_envelope_names_its_service_and_instance() -> None:
    envelope = create_envelope(1)
    assert (envelope.service, envelope.instance) == ("boxes", "main")
    assert isinstance(envelope.id, UUID)
