"""Events that cannot take effect yet: parked until the missing one comes or is given up, tried again when they failed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import uuid4

import pytest
from shared.tests.boxes import MOMENT, Box, Clock, create_box_app, fill
from shared.tests.shelves import SHELF, Consumer, create_envelope, create_history, letters, parked

from interlinker_shared.clock import utc_now
from interlinker_shared.db import Database
from interlinker_shared.events import Envelope, held, inbox, outbox
from interlinker_shared.events import waiting_room as waiting
from interlinker_shared.events.inbox import Inbox, Verdict
from interlinker_shared.events.producers import ProducerAwayError, Producers
from interlinker_shared.events.taker import Taker
from interlinker_shared.events.waiting_room import WaitingRoom
from interlinker_shared.testing import RunApp, TokenHeaders, eventually

OpenDb = Callable[..., Database]
Take = Callable[..., Any]


@pytest.fixture
def take(db: Database, shelf: Inbox, clock: Clock) -> Take:
    """Take events one by one, noting failures; their verdicts."""

    async def one(envelope: Envelope) -> str:
        try:
            return str((await db.write(shelf.take, [envelope], clock()))[0])
        except OSError as error:
            await db.write(shelf.fail, envelope, str(error), clock())
            return "failed"

    async def taken(*envelopes: Envelope) -> list[str]:
        return [await one(envelope) for envelope in envelopes]

    return taken


@pytest.fixture
def waiting_room(db: Database, shelf: Inbox, clock: Clock) -> WaitingRoom:
    """A waiting room with nobody to ask."""
    return WaitingRoom(Taker(db, shelf, clock=clock), None)


class Producer:
    """A producer that can be asked, and what it still has."""

    def __init__(self, *events: Envelope) -> None:
        self.events_kept = list(events)
        self.asked: list[int] = []
        self.away = False

    async def events(self, envelope: Envelope, after: int) -> Any:
        self.asked.append(after)
        if self.away:
            raise ProducerAwayError("away")
        yield [kept for kept in self.events_kept if after < kept.aggseq < envelope.aggseq]


def with_producer(db: Database, shelf: Inbox, clock: Clock, producer: Producer) -> WaitingRoom:
    return WaitingRoom(Taker(db, shelf, clock=clock), cast("Producers", producer))


async def test_an_event_after_a_gap_waits_for_the_missing_one(
    take: Take, waiting_room: WaitingRoom, consumer: Consumer, db: Database
) -> None:
    first, second, third, fourth = create_history(4)
    assert await take(first, third, fourth) == ["done", "parked", "parked"]
    assert (consumer.numbers, await parked(db)) == ([1], [3, 4])
    assert await take(second) == ["done"]
    await waiting_room.look()
    assert (consumer.numbers, await parked(db)) == ([1, 2, 3, 4], [])


async def test_gaps_are_only_those_of_events_that_this_consumer_handles(take: Take, consumer: Consumer) -> None:
    counts = "box.filled.v1={} lid.opened.v1=70"
    events = [create_envelope(number, aggseq=number + 50, counts=counts.format(number)) for number in (1, 2)]
    assert await take(*events) == ["done", "done"]
    assert consumer.numbers == [1, 2]


async def test_an_event_of_another_kind_that_should_come_before_is_missed(db: Database, clock: Clock) -> None:
    both = Inbox(SHELF, Consumer("*", "box.filled.v1", "box.shut.v1").handlers)
    shut = create_envelope(3, name="box.shut.v1", counts="box.filled.v1=2 box.shut.v1=1")
    assert await db.write(both.take, [shut], clock()) == [Verdict.PARKED]
    assert await db.write(both.take, [*create_history(2), shut], clock()) == ["done", "done", "done"]


async def test_a_parked_event_that_is_brought_again_stays_one(take: Take, db: Database) -> None:
    third = create_history(3)[-1]
    assert await take(third, third) == ["parked", "parked"]
    assert await parked(db) == [3]


async def test_an_older_envelope_without_counts_is_taken_as_it_comes(take: Take, consumer: Consumer) -> None:
    assert await take(create_envelope(7), create_envelope(3)) == ["done", "done"]
    assert consumer.numbers == [7, 3]


async def test_without_anybody_to_ask_a_gap_is_given_up_after_two_minutes(
    take: Take, waiting_room: WaitingRoom, consumer: Consumer, clock: Clock
) -> None:
    events = create_history(5)
    await take(events[0], events[3], events[4])
    clock.go_on(119)
    await waiting_room.look()
    assert consumer.numbers == [1]
    clock.go_on(6)
    await waiting_room.look()
    assert consumer.numbers == [1, 4, 5]


async def test_what_was_given_up_and_comes_after_all_takes_effect(
    take: Take, waiting_room: WaitingRoom, consumer: Consumer, clock: Clock
) -> None:
    first, second, third, fourth = create_history(4)
    await take(first, third)
    clock.go_on(121)
    await waiting_room.look()
    assert await take(second, fourth, second) == ["late", "done", "known"]
    assert consumer.numbers == [1, 3, 2, 4]


async def test_a_missing_event_is_fetched_from_its_producer(
    take: Take, db: Database, shelf: Inbox, clock: Clock, consumer: Consumer
) -> None:
    events = create_history(6)
    producer = Producer(*events)
    room = with_producer(db, shelf, clock, producer)
    await take(events[0], events[1], events[5])
    await room.look()
    assert producer.asked == []
    clock.go_on(0.5)
    await room.look()
    assert (consumer.numbers, producer.asked, await parked(db)) == ([1, 2, 3, 4, 5, 6], [2], [])


async def test_what_the_producer_has_no_longer_is_done_without(
    take: Take, db: Database, shelf: Inbox, clock: Clock, consumer: Consumer
) -> None:
    events = create_history(6)
    producer = Producer(*events[4:])
    await take(events[0], events[5])
    clock.go_on(1)
    await with_producer(db, shelf, clock, producer).look()
    assert (consumer.numbers, producer.asked) == ([1, 5, 6], [1, 0])


async def test_a_producer_that_is_away_is_asked_again(
    take: Take, db: Database, shelf: Inbox, clock: Clock, consumer: Consumer
) -> None:
    events = create_history(3)
    producer = Producer(*events)
    producer.away = True
    room = with_producer(db, shelf, clock, producer)
    await take(events[0], events[2], *create_history(3, box="b")[2:])
    for seconds in (1, 1, 5):
        clock.go_on(seconds)
        await room.look()
    assert (consumer.numbers, len(producer.asked)) == ([1], 2 + 1)
    producer.away = False
    clock.go_on(6)
    await room.look()
    assert 3 in consumer.of("a")


async def test_a_failed_event_is_tried_again_with_back_off_then_given_up(
    take: Take, waiting_room: WaitingRoom, consumer: Consumer, clock: Clock, db: Database
) -> None:
    consumer.broken = {1}
    await take(*create_history(2))
    delays = []
    while (letter := (await letters(db))[0])["retry_at"] is not None:
        delays.append((letter["retry_at"] - clock()).total_seconds())
        assert consumer.numbers == []
        clock.go_on(delays[-1])
        await waiting_room.look()
    assert delays == [1, 2, 4, 8, 16, 32, 64]
    assert held.delay_after(50) == held.LONGEST_DELAY
    await waiting_room.look()
    assert (consumer.numbers, await parked(db)) == ([2], [])


async def test_a_failed_event_that_is_brought_again_is_not_tried_before_its_time(
    take: Take, consumer: Consumer
) -> None:
    (first,) = create_history(1)
    consumer.broken = {1}
    await take(first)
    consumer.broken = set()
    assert await take(first) == ["retried"]
    assert consumer.numbers == []


async def test_success_after_a_failure_lets_the_later_ones_go_on(
    take: Take, waiting_room: WaitingRoom, consumer: Consumer, clock: Clock, db: Database
) -> None:
    consumer.broken = {1}
    await take(*create_history(3))
    consumer.broken = set()
    clock.go_on(1)
    await waiting_room.look()
    assert (consumer.numbers, await letters(db), await parked(db)) == ([1, 2, 3], [], [])


async def test_older_envelopes_wait_for_a_failed_one_as_well(
    take: Take, waiting_room: WaitingRoom, consumer: Consumer, clock: Clock
) -> None:
    consumer.broken = {1}
    assert await take(create_envelope(1), create_envelope(2), create_envelope(3)) == ["failed", "parked", "parked"]
    consumer.broken = set()
    clock.go_on(1)
    await waiting_room.look()
    assert consumer.numbers == [1, 2, 3]


async def test_a_parked_event_whose_handler_fails_is_tried_again(
    take: Take, waiting_room: WaitingRoom, consumer: Consumer, clock: Clock, db: Database
) -> None:
    consumer.broken = {3}
    first, second, third, fourth = create_history(4)
    await take(first, third, fourth, second)
    await waiting_room.look()
    assert (consumer.numbers, await parked(db), len(await letters(db))) == ([1, 2], [4], 1)
    consumer.broken = set()
    clock.go_on(1)
    await waiting_room.look()
    assert consumer.numbers == [1, 2, 3, 4]


async def test_the_waiting_room_wakes_by_itself(
    take: Take, db: Database, shelf: Inbox, clock: Clock, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "PATIENCE", timedelta(hours=1))  # so that it is woken by what happens, not by the time
    looks: list[datetime] = []

    def now() -> datetime:
        looks.append(clock())
        return clock()

    first, second, third = create_history(3)
    await take(first, third)
    task = asyncio.create_task(WaitingRoom(Taker(db, shelf, clock=now), None).run())
    await eventually(lambda: _equals(lambda: len(looks), 2))  # it has looked, and reckoned how long to sleep
    await take(second)
    await eventually(lambda: _equals(lambda: consumer.numbers, [1, 2, 3]))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _equals(look: Callable[[], object], wanted: object) -> bool:
    return look() == wanted


async def test_inbox_rows_outlive_the_stream_and_then_go(db: Database, take: Take, consumer: Consumer) -> None:
    envelope = create_envelope(1)
    assert await take(envelope) == ["done"]
    await db.write(inbox.forget_received, MOMENT + timedelta(days=90))
    assert await take(envelope) == ["known"]
    await db.write(inbox.forget_received, MOMENT + timedelta(days=101))
    assert await take(envelope) == ["done"]


async def test_an_operator_retries_a_dead_letter_and_its_place_agrees(
    test_settings: dict[str, Any], run_app: RunApp, token: TokenHeaders, consumer: Consumer, clock: Clock
) -> None:
    app = create_box_app(test_settings, handlers=consumer.handlers, clock=clock)
    box, (first, second, third) = Box(await run_app(app), token), create_history(3)
    kit = app.state.kit
    for _ in range(held.MAX_TRIES):
        await kit.db.write(kit.inbox.fail, first, "OSError: full", MOMENT)
    await kit.db.write(kit.inbox.take, [second], MOMENT)
    (dead,) = (await box.ask("GET", "/dead-letters")).json()["items"]
    assert (dead["event_id"], dead["retry_at"]) == (str(first.id), None)
    assert (await box.ask("POST", f"/dead-letters/{first.id}/retry")).status_code == 204
    assert (await box.ask("GET", "/dead-letters")).json()["items"] == []
    assert (await box.ask("POST", f"/dead-letters/{first.id}/retry")).status_code == 404
    await kit.db.write(kit.inbox.take, [third, first], MOMENT)
    assert consumer.numbers == [2, 1, 3]


async def test_a_retry_that_fails_keeps_the_dead_letter(db: Database, shelf: Inbox, consumer: Consumer) -> None:
    envelope, consumer.broken = create_envelope(5), {5}
    await db.write(shelf.fail, envelope, "OSError: full", MOMENT)
    with pytest.raises(OSError, match="full"):
        await db.write(shelf.retry, envelope.id, MOMENT)
    assert len(await letters(db)) == 1


async def test_a_producer_shows_the_events_of_one_aggregate(
    test_settings: dict[str, Any], run_app: RunApp, token: TokenHeaders
) -> None:
    app = create_box_app(test_settings)
    box, wanted = Box(await run_app(app), token), uuid4()
    for number in (1, 2, 3):
        for one in (wanted, uuid4()):
            await app.state.kit.db.write(fill, one, number)
    path = f"/events?aggregate={wanted}&limit=2"
    answer = (await box.ask("GET", path)).json()
    assert ([event["data"]["number"] for event in answer["items"]], answer["next"]) == ([1, 2], 2)
    answer = (await box.ask("GET", f"{path}&after_aggseq={answer['next']}")).json()
    assert [event["data"]["number"] for event in answer["items"]] == [3]


async def test_an_operator_has_events_published_again(
    test_settings: dict[str, Any], run_app: RunApp, token: TokenHeaders
) -> None:
    app = create_box_app(test_settings)
    box, db = Box(await run_app(app), token), app.state.kit.db
    for number in range(3):
        await db.write(fill, uuid4(), number)
    ids = [row.id for row in await db.read(outbox.waiting, 10)]
    await db.write(outbox.mark_published, ids, utc_now())
    assert (await box.ask("POST", "/events/replay", json={"after": ids[0]})).json() == {"count": 2}
    assert [row.id for row in await db.read(outbox.waiting, 10)] == ids[1:]
    assert (await box.ask("POST", "/events/replay", json={"since": "2000-01-01T00:00:00Z"})).json() == {"count": 1}
    assert (await box.ask("POST", "/events/replay", json={"since": "9000-01-01T00:00:00Z"})).json() == {"count": 0}
