"""Events on their way in: once each, in order per aggregate, acknowledged when their fate is written down."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from shared.tests.boxes import BoxFilled, fill, held
from shared.tests.shelves import Consumer, Filled, Message, create_envelope, delivery, letters, parked
from sqlalchemy import func, select

from interlinker_shared.db import Database
from interlinker_shared.errors import UnavailableError
from interlinker_shared.events import Handler, inbox, nats_subject, outbox
from interlinker_shared.events import broker as broker_module
from interlinker_shared.events import subscriber as subscribing
from interlinker_shared.events.broker import Broker
from interlinker_shared.events.inbox import Inbox, InboxRow
from interlinker_shared.events.relay import Relay
from interlinker_shared.events.subscriber import Subscriber
from interlinker_shared.events.taker import Taker
from interlinker_shared.subjects import STREAM
from interlinker_shared.testing import eventually

OpenDb = Callable[..., Database]
BAD_COUNTS = create_envelope(1, counts="box.filled.v1=1").model_dump_json().replace("v1=1", "v1=many").encode()


async def deliver(subscriber: Subscriber, *messages: Message) -> None:
    """Hand over messages as the broker does, and wait until their fate is written down."""
    for message in messages:
        subscriber._accept(cast("Any", message), cast("Any", SimpleNamespace(done=lambda _count: None)))
    await asyncio.gather(*subscriber._tasks)


@pytest.fixture
def subscriber(db: Database, shelf: Inbox) -> Subscriber:
    return Subscriber(cast("Broker", None), Taker(db, shelf))


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
    messages = [delivery(create_envelope(1))] * 1
    messages += [Message(messages[0].data), Message(messages[0].data)]
    await deliver(subscriber, messages[0])
    await deliver(subscriber, *messages[1:])
    assert consumer.numbers == [1]
    assert [message.fate for message in messages] == [["ack"]] * 3


class QuietBroker:
    """A broker that brings nothing."""

    async def keep_doing(self, _purpose: str, _work: Callable[..., Any]) -> None:
        await asyncio.Event().wait()


async def test_a_run_that_ended_in_the_middle_does_not_hold_up_the_next_one(
    db: Database, shelf: Inbox, consumer: Consumer
) -> None:
    subscriber = Subscriber(cast("Broker", QuietBroker()), Taker(db, shelf))
    running = asyncio.create_task(subscriber.run())
    await asyncio.sleep(0)  # lets it begin
    delivering = asyncio.ensure_future(deliver(subscriber, delivery(create_envelope(1))))
    await asyncio.sleep(0)  # lets the lane begin
    running.cancel()
    await asyncio.wait([running, delivering])
    await deliver(subscriber, delivery(create_envelope(2)))
    assert 2 in consumer.numbers  # on PostgreSQL another writer may still be busy with what was given up


async def test_a_failing_handler_stores_nothing_but_its_failure(
    db: Database, subscriber: Subscriber, consumer: Consumer
) -> None:
    consumer.broken = {1}
    message = delivery(create_envelope(1))
    await deliver(subscriber, message)
    assert await db.read(lambda session: session.scalar(select(func.count()).select_from(InboxRow))) == 0
    (letter,) = await letters(db)
    assert (letter["tries"], letter["error"], message.fate) == (1, "OSError: the shelf is full", ["ack"])


async def test_events_before_one_that_fails_take_effect_and_later_ones_wait(
    db: Database, subscriber: Subscriber, consumer: Consumer
) -> None:
    consumer.broken = {3}
    others = [delivery(create_envelope(number, box="b", aggseq=number - 10)) for number in (11, 12)]
    await deliver(subscriber, *(delivery(create_envelope(number)) for number in range(1, 6)), *others)
    assert sorted(consumer.numbers) == [1, 2, 11, 12]
    assert ([letter["event"]["aggseq"] for letter in await letters(db)], await parked(db)) == ([3], [4, 5])


async def test_a_hot_aggregate_is_taken_many_at_a_time(
    db: Database, subscriber: Subscriber, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "LONGEST_SECONDS", 60.0)
    async with held(db):
        work = asyncio.create_task(deliver(subscriber, *(delivery(create_envelope(n)) for n in range(1, 130))))
        await eventually(lambda: _is(db.queued, 1))
    await work
    assert consumer.numbers == list(range(1, 130))
    assert [len(group) for group in consumer.groups] == [128, 1]


async def _is(found: object, wanted: object) -> bool:
    return found == wanted


class BusyOnce:
    """A database that takes nothing the first time."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._busy = True

    async def write(self, fn: Callable[..., Any], *arguments: Any) -> Any:
        if self._busy:
            self._busy = False
            raise UnavailableError("Too many changes are waiting.", slug="busy")
        return await self._db.write(fn, *arguments)


async def test_a_busy_database_fails_no_event(
    db: Database, shelf: Inbox, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscribing, "PAUSE_SECONDS", 0.01)
    taker, message = Taker(cast("Database", BusyOnce(db)), shelf), delivery(create_envelope(1))
    await deliver(Subscriber(cast("Broker", None), taker), message)
    assert (consumer.numbers, await letters(db), message.fate) == ([1], [], ["ack"])


async def test_slow_work_gives_signs_of_life(
    db: Database, subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscribing, "SIGN_OF_LIFE_SECONDS", 0.02)
    message = delivery(create_envelope(1))
    signs = asyncio.create_task(subscriber._give_signs_of_life())
    async with held(db):
        work = asyncio.create_task(deliver(subscriber, message))
        await eventually(lambda: _is(message.fate[:1], ["in progress"]))
    await work
    signs.cancel()
    assert message.fate[-1] == "ack"


@pytest.mark.parametrize("data", [b"nonsense", b"\xff", b"{}", b'{"id": 1}', b"", BAD_COUNTS])
async def test_what_is_no_event_is_put_aside(subscriber: Subscriber, consumer: Consumer, data: bytes) -> None:
    message = Message(data)
    await deliver(subscriber, message)
    assert (message.fate, consumer.numbers) == (["term"], [])


@pytest.mark.parametrize(
    "lie",
    [
        {"type": "eu.interlinkers.others.box.filled.v1"},
        {"type": "eu.interlinkers.others.box.filled.v1", "source": "/others/main"},
        {"type": "eu.interlinkers.boxes.box.emptied.v1"},
        {"source": "/others/main"},
        {"source": "/boxes.x/main"},
    ],
)
async def test_an_event_that_is_not_what_its_subject_says_is_put_aside(
    subscriber: Subscriber, consumer: Consumer, lie: dict[str, str]
) -> None:
    message = delivery(create_envelope(1).model_copy(update=lie))
    await deliver(subscriber, message)
    assert (message.fate, consumer.numbers) == (["term"], [])


async def test_an_event_that_lacks_what_is_read_is_kept_as_a_dead_letter(db: Database, subscriber: Subscriber) -> None:
    await deliver(subscriber, delivery(create_envelope(1).model_copy(update={"data": {"number": "none"}})))
    (letter,) = await letters(db)
    assert letter["event"]["data"] == {"number": "none"}


async def publish_all(db: Database, url: str) -> None:
    """Publish what waits in the outbox of `db`."""
    broker = Broker(url, "publisher")
    relay = asyncio.create_task(Relay(db, broker).run())
    await eventually(lambda: _all_published(db))
    relay.cancel()
    await asyncio.gather(relay, return_exceptions=True)


async def _all_published(db: Database) -> bool:
    return not await db.read(outbox.waiting, 1)


@pytest.mark.nats
async def test_events_of_another_service_take_effect_in_order_and_once(open_db: OpenDb, nats_url: str) -> None:
    here, there, consumer = open_db("shelves"), open_db("origin"), Consumer("origin")
    boxes = [uuid4() for _ in range(3)]
    await asyncio.gather(*(there.write(fill, box, number) for number in range(20) for box in boxes))
    await publish_all(there, nats_url)
    subscriber = Subscriber(Broker(nats_url, "shelves"), Taker(here, Inbox("shelves", consumer.handlers)))
    task = asyncio.create_task(subscriber.run())
    await eventually(lambda: _has(consumer, 60))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [consumer.of(box) for box in boxes] == [list(range(20))] * 3
    await asyncio.gather(here.close(), there.close())


@pytest.mark.nats
async def test_the_same_event_stored_twice_takes_effect_once(open_db: OpenDb, nats_url: str) -> None:
    here, consumer, broker = open_db("twice"), Consumer("double"), Broker(nats_url, "twice")
    own = create_envelope(1).model_copy(
        update={"type": "eu.interlinkers.double.box.filled.v1", "source": "/double/main"}
    )
    async with broker.open("test") as connection:
        stream = connection.client.jetstream()
        for _ in range(2):
            await stream.publish(nats_subject("double", BoxFilled.name), own.model_dump_json().encode())
        task = asyncio.create_task(Subscriber(broker, Taker(here, Inbox("twice", consumer.handlers))).run())
        await eventually(lambda: _all_acknowledged(stream, "twice"))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert consumer.numbers == [1]
    await here.close()


@pytest.mark.nats
async def test_a_subscriber_that_stops_gives_back_at_once_what_is_not_written_down(
    open_db: OpenDb, nats_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_module, "ACK_WAIT_SECONDS", 3600)
    here, there, consumer, broker = (
        open_db("stopping"),
        open_db("giver"),
        Consumer("giver"),
        Broker(nats_url, "stopping"),
    )
    await there.write(fill, uuid4(), 1)
    await publish_all(there, nats_url)
    taker = Taker(here, Inbox("stopping", consumer.handlers))
    async with broker.open("test") as connection, held(here):
        stream = connection.client.jetstream()
        async with running(Subscriber(broker, taker)):
            await eventually(lambda: _is_out(stream, "stopping", 1))
    async with broker.open("test") as connection, running(Subscriber(broker, taker)):
        await eventually(lambda: _all_acknowledged(connection.client.jetstream(), "stopping"))
    await asyncio.gather(here.close(), there.close())


@contextlib.asynccontextmanager
async def running(subscriber: Subscriber) -> AsyncIterator[None]:
    task = asyncio.create_task(subscriber.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _is_out(stream: Any, durable: str, count: int) -> bool:
    if durable not in [info.name for info in await stream.consumers_info(STREAM)]:
        return False
    return bool((await stream.consumer_info(STREAM, durable)).num_ack_pending == count)


async def _has(consumer: Consumer, count: int) -> bool:
    return len(consumer.numbers) == count


async def _all_acknowledged(stream: Any, durable: str) -> bool:
    if durable not in [info.name for info in await stream.consumers_info(STREAM)]:
        return False
    info = await stream.consumer_info(STREAM, durable)
    return (info.num_pending, info.num_ack_pending) == (0, 0) and bool(info.delivered and info.delivered.consumer_seq)


def test_an_envelope_names_its_service_instance_and_event() -> None:
    envelope = create_envelope(1)
    assert (envelope.service, envelope.instance, envelope.event) == ("boxes", "main", "box.filled.v1")
    assert isinstance(envelope.id, UUID)
