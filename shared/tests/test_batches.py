"""Events taken many at once: a failing one leaves its neighbours alone, a slow one the writer, and few statements do."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any, cast

import pytest
from shared.tests.boxes import MOMENT, Clock
from shared.tests.shelves import SHELF, Consumer, create_envelope, create_history, letters, parked
from sqlalchemy import String, select
from sqlalchemy.orm import Session

from interlinker_shared.db import Database, open_database
from interlinker_shared.db.hot import Hot, each
from interlinker_shared.events import Envelope, Handler, inbox
from interlinker_shared.events.heads import HeadRow, Key
from interlinker_shared.events.inbox import Inbox, InboxRow
from interlinker_shared.events.lanes import Delivery, Lanes
from interlinker_shared.events.taker import Taker


@pytest.fixture
def taker(db: Database, shelf: Inbox, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Taker:
    """A taker that has time, on however slow a machine."""
    monkeypatch.setattr(inbox, "LONGEST_SECONDS", 60.0)
    return Taker(db, shelf, clock=clock)


def histories(boxes: int, length: int) -> list[Envelope]:
    """The first events of several boxes, as they come when all are filled at once; in box 3 are 301, 302 and so on."""
    return [
        create_envelope(box * 100 + number, box=str(box), aggseq=number, counts=f"box.filled.v1={number}")
        for number in range(1, length + 1)
        for box in range(boxes)
    ]


def of(consumer: Consumer, box: int) -> list[int]:
    return [number - box * 100 for number in consumer.of(box)]


async def test_events_of_many_aggregates_are_one_write(taker: Taker, consumer: Consumer) -> None:
    await taker.take(histories(20, 3))
    assert [len(group) for group in consumer.groups] == [60]
    assert [of(consumer, box) for box in range(20)] == [[1, 2, 3]] * 20


async def test_a_failing_event_leaves_its_neighbours_and_their_order_alone(
    db: Database, taker: Taker, consumer: Consumer
) -> None:
    consumer.broken = {302}
    await taker.take(histories(5, 4))
    assert [of(consumer, box) for box in range(5)] == [[1, 2, 3, 4]] * 3 + [[1]] + [[1, 2, 3, 4]]
    assert [letter["event"]["data"]["number"] for letter in await letters(db)] == [302]
    assert (await parked(db), await known(db)) == ([3, 4], 17)


async def test_one_failing_event_makes_few_writes_more(taker: Taker, consumer: Consumer) -> None:
    consumer.broken = {302}
    await taker.take(histories(5, 4))
    assert [len(group) for group in consumer.groups] == [8, 9]  # before it and after it; two of its own box wait


async def test_many_failing_events_are_each_found(db: Database, taker: Taker, consumer: Consumer) -> None:
    consumer.broken = {1, 101, 203}
    await taker.take(histories(4, 3))
    assert [of(consumer, box) for box in range(4)] == [[], [], [1, 2], [1, 2, 3]]
    assert len(await letters(db)) == 3


async def known(db: Database) -> int:
    return len(await db.read(lambda session: session.scalars(select(InboxRow.event_id)).all()))


class Grudge:
    """A handler that leaves a row to its session; the row of one number is one too many."""

    def __init__(self, broken: int) -> None:
        self.broken = broken

    def take(self, session: Session, payload: Any, _envelope: Envelope) -> None:
        row = {"source": "", "aggregate": str(payload.number), "counts": "", "aggseq": 0}
        session.add(HeadRow(consumer="grudge", held=None if payload.number == self.broken else False, **row))


async def test_what_a_handler_leaves_to_the_session_is_its_own_failure(db: Database, clock: Clock) -> None:
    handlers = [Handler(handler.subject, handler.reader, Grudge(102).take) for handler in Consumer().handlers]
    await Taker(db, Inbox(SHELF, handlers), clock=clock).take(histories(3, 3))
    (letter,) = await letters(db)
    assert (letter["event"]["data"]["number"], letter["error"].split(":")[0]) == (102, "IntegrityError")
    assert (await known(db), await parked(db)) == (7, [3])


async def test_a_write_that_fails_of_no_handler_is_tried_event_by_event(
    db: Database, shelf: Inbox, consumer: Consumer, clock: Clock
) -> None:
    taker = Taker(cast("Database", OneByOne(db)), shelf, clock=clock)
    await taker.take(histories(2, 2))
    assert ([len(group) for group in consumer.groups], await letters(db)) == ([1, 1, 1, 1], [])


class OneByOne:
    """A database whose commit fails when several events are in it."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def write(self, fn: Callable[..., Any], *arguments: Any) -> Any:
        def run(session: Session) -> Any:
            found = fn(session, *arguments)
            if isinstance(found, list) and len(found) > 1:
                message = "disk I/O error"
                raise OSError(message)
            return found

        return await self._db.write(run)


async def test_slow_handlers_let_others_write_in_between(
    taker: Taker, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "LONGEST_SECONDS", -1.0)
    await taker.take(histories(3, 2))
    assert [len(group) for group in consumer.groups] == [1] * 6
    assert [of(consumer, box) for box in range(3)] == [[1, 2]] * 3


async def test_what_was_not_reached_is_not_in_the_inbox(
    db: Database, shelf: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = create_history(3)
    assert await db.write(shelf.take, [first, third], MOMENT) == ["done", "parked"]
    assert await known(db) == 1
    monkeypatch.setattr(inbox, "LONGEST_SECONDS", -1.0)
    assert await db.write(shelf.take, [second], MOMENT) == ["done"]
    assert await db.write(shelf.release, Key(SHELF, "/boxes/main", "a"), 10, MOMENT) == 1
    assert await known(db) == 3


async def test_a_batch_takes_three_statements_however_many_events_there_are(
    tmp_path: Path, shelf: Inbox, statements: Callable[..., list[str]]
) -> None:
    db = open_database(tmp_path / "counted.sqlite3", service=SHELF, instance="main")
    db.migrate()
    db.start()
    for events in (create_history(1, box="z"), histories(20, 3)):
        seen = await db.write(statements, shelf, events)
        assert seen == ["INSERT INTO inbox", "SELECT heads.consumer, heads.source,", "INSERT INTO heads"]
    await db.close()


@pytest.fixture
def statements() -> Callable[..., list[str]]:
    """Take events on SQLite; how the statements begin that this took, one that runs for many rows once."""

    def count(session: Session, shelf: Inbox, envelopes: list[Envelope]) -> list[str]:
        seen: list[str] = []
        driver = session.connection().connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.set_trace_callback(lambda statement: seen.append(" ".join(statement.split()[:3])))
        shelf.take(session, envelopes, MOMENT)
        driver.set_trace_callback(None)
        return [statement for statement, _ in groupby(seen)]

    return count


@pytest.mark.parametrize("wanted", [[], ["a"], ["a", "c", "nobody", 'it\'s "quoted", {b}'], ["c", "c"]])
async def test_each_value_of_a_list_is_looked_up(db: Database, wanted: list[str]) -> None:
    def write(session: Session) -> None:
        for name in ("a", "b", "c", 'it\'s "quoted", {b}'):
            session.add(HeadRow(consumer=name, source="", aggregate="", counts="", aggseq=0, held=False))

    found = Hot(select(HeadRow.consumer).where(HeadRow.consumer.in_(select(each("names", String)))))
    await db.write(write)
    rows = await db.read(lambda session: found.all(session, names=wanted))
    assert {row.consumer for row in rows} == set(wanted) - {"nobody"}


def deliveries(*numbers: int, box: str = "a") -> list[Delivery]:
    return [Delivery(cast("Any", None), create_envelope(number, box=box), cast("Any", None), 0) for number in numbers]


def test_an_aggregate_waits_for_those_of_it_that_are_out_and_others_do_not() -> None:
    lanes, hot, other = Lanes(), deliveries(1, 2, 3), deliveries(7, box="b")
    for delivery in (*hot, *other):
        lanes.add(delivery)
    assert lanes.take(2) == hot[:2]
    assert (lanes.take(2), lanes.take(2)) == (other, [])
    lanes.settle(hot[:2])
    assert lanes.take(2) == hot[2:]


def test_a_hot_aggregate_comes_after_those_that_waited_meanwhile() -> None:
    lanes, hot, others = Lanes(), deliveries(1, 2, 3, 4), [deliveries(7, box=box)[0] for box in ("b", "c")]
    for delivery in (*hot, *others):
        lanes.add(delivery)
    lanes.settle(lanes.take(2))
    assert lanes.take(4) == [*others, *hot[2:]]


def test_what_is_not_settled_is_known_whether_it_is_out_or_waits() -> None:
    lanes, both = Lanes(), deliveries(1, 2)
    for delivery in both:
        lanes.add(delivery)
    taken = lanes.take(1)
    assert set(lanes) == set(both)
    lanes.settle(taken)
    assert list(lanes) == both[1:]
