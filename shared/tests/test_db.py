"""The database: group commit, what a kill leaves, one process, readers, streams."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest
from shared.tests.boxes import held
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from interlinker_shared.db import Database
from interlinker_shared.errors import UnavailableError

OpenDb = Callable[..., Database]

ACKNOWLEDGED = 30
CHUNK = b"x" * 70_000
SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT max(i) FROM n"


def create_table(session: Session) -> None:
    session.execute(text("CREATE TABLE n (i INTEGER PRIMARY KEY)"))


def add(session: Session, number: int) -> int:
    session.execute(text("INSERT INTO n VALUES (:i)"), {"i": number})
    return number


def numbers(session: Session) -> list[int]:
    return list(session.scalars(text("SELECT i FROM n ORDER BY i")))


async def test_a_failing_write_leaves_its_neighbours_alone(db: Database) -> None:
    await db.write(create_table)
    async with held(db):
        tasks = [asyncio.create_task(db.write(add, number)) for number in (1, 2, 2, 3)]
        await asyncio.sleep(0)
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [int, int, IntegrityError, int]
    assert await db.read(numbers) == [1, 2, 3]


async def test_nothing_of_a_failing_write_is_stored(db: Database) -> None:
    await db.write(create_table)

    def add_then_fail(session: Session) -> None:
        add(session, 7)
        raise LookupError

    with pytest.raises(LookupError):
        await db.write(add_then_fail)
    assert await db.read(numbers) == []


async def test_beyond_the_queue_limit_writes_are_told_to_come_back(open_db: OpenDb) -> None:
    db = open_db("narrow", queue_limit=1)
    async with held(db):
        waiting = asyncio.create_task(db.write(create_table))
        await asyncio.sleep(0)
        with pytest.raises(UnavailableError) as refused:
            await db.write(create_table)
    assert refused.value.retry_after == 1
    await waiting
    await db.close()


async def test_a_stopped_database_takes_no_writes(open_db: OpenDb) -> None:
    db = open_db("stopped")
    await db.close()
    with pytest.raises(UnavailableError, match="stopping"):
        await db.write(create_table)


async def test_what_waits_is_written_before_the_end(open_db: OpenDb) -> None:
    db = open_db("ending")
    await db.write(create_table)
    last = [asyncio.create_task(db.write(add, number)) for number in range(100)]
    await asyncio.sleep(0)
    await db.close()
    assert await asyncio.gather(*last) == list(range(100))


async def test_a_stream_shows_one_moment(db: Database) -> None:
    await db.write(create_table)
    await db.write(add, 1)

    def count_twice(session: Session) -> Iterator[bytes]:
        yield CHUNK + str(len(numbers(session))).encode()
        yield str(len(numbers(session))).encode()

    stream = db.stream(count_twice)
    first = await anext(stream)
    await db.write(add, 2)
    assert (first[-1:], await anext(stream)) == (b"1", b"1")
    await stream.aclose()


async def test_a_stream_that_nobody_reads_on_is_closed(db: Database) -> None:
    closed = threading.Event()

    def endless(_session: Session) -> Iterator[bytes]:
        try:
            while True:
                yield CHUNK
        finally:
            closed.set()

    stream = db.stream(endless)
    await anext(stream)
    assert not closed.is_set()
    await stream.aclose()
    assert closed.is_set()


async def test_small_parts_of_a_stream_are_sent_together(db: Database) -> None:
    chunks = [chunk async for chunk in db.stream(lambda _session: iter([b"x"] * 100_000))]
    assert [len(chunk) for chunk in chunks] == [65_536, 34_464]
