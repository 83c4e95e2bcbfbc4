"""The database: group commit, what a kill leaves, one process, readers, streams."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from shared.tests.boxes import held, run
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from interlinker_shared.db import Database, open_database
from interlinker_shared.db.sqlite import check_version
from interlinker_shared.errors import UnavailableError

OpenDb = Callable[..., Database]

ACKNOWLEDGED = 30
CHUNK = b"x" * 70_000
SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT max(i) FROM n"
WRITES_FOR_EVER = """
import asyncio, pathlib, sys
from sqlalchemy import text
from interlinker_shared.db import open_database

async def main():
    db = open_database(pathlib.Path(sys.argv[1]), service="boxes", instance="main")
    db.start()
    await db.write(lambda session: session.execute(text("CREATE TABLE n (i INTEGER PRIMARY KEY)")) and None)
    for i in range(10_000):
        await db.write(lambda session: session.execute(text("INSERT INTO n VALUES (:i)"), {"i": i}) and None)
        print(i, flush=True)

asyncio.run(main())
"""


def create_table(session: Session) -> None:
    session.execute(text("CREATE TABLE n (i INTEGER PRIMARY KEY)"))


def add(session: Session, number: int) -> int:
    session.execute(text("INSERT INTO n VALUES (:i)"), {"i": number})
    return number


def numbers(session: Session) -> list[int]:
    return list(session.scalars(text("SELECT i FROM n ORDER BY i")))


async def test_writes_that_wait_share_one_commit(db: Database) -> None:
    await db.write(create_table)
    commits: list[object] = []
    event.listen(db._engine, "commit", commits.append)
    async with held(db):
        tasks = [asyncio.create_task(db.write(add, number)) for number in range(40)]
        await asyncio.sleep(0)
    assert await asyncio.gather(*tasks) == list(range(40))
    assert len(commits) == 2  # that of the job which was waiting, and one for all the others


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


async def test_a_commit_that_fails_is_heard_and_the_next_one_works(db: Database) -> None:
    await db.write(create_table)
    await db.write(run("CREATE TABLE c (i INTEGER REFERENCES n (i) DEFERRABLE INITIALLY DEFERRED)"))
    with pytest.raises(IntegrityError):
        await db.write(run("INSERT INTO c VALUES (5)"))
    assert await db.write(add, 1) == 1
    assert await db.read(numbers) == [1]


def test_acknowledged_writes_survive_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "killed.sqlite3"
    with subprocess.Popen([sys.executable, "-c", WRITES_FOR_EVER, str(path)], stdout=subprocess.PIPE, text=True) as one:
        assert one.stdout is not None
        acknowledged = [int(one.stdout.readline()) for _ in range(ACKNOWLEDGED)]
        one.send_signal(signal.SIGKILL)
    assert set(acknowledged) <= set(asyncio.run(_reopened(path)))


async def _reopened(path: Path) -> list[int]:
    db = open_database(path, service="boxes", instance="main")
    db.start()
    found = await db.read(numbers)
    await db.close()
    return found


def test_a_second_process_on_the_same_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "taken.sqlite3"
    with subprocess.Popen([sys.executable, "-c", WRITES_FOR_EVER, str(path)], stdout=subprocess.PIPE, text=True) as one:
        assert one.stdout is not None
        one.stdout.readline()
        with pytest.raises(RuntimeError, match="in use by another process"):
            open_database(path, service="boxes", instance="main")
        one.kill()


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


async def test_a_reader_cannot_write(db: Database) -> None:
    await db.write(create_table)
    with pytest.raises(OperationalError, match="readonly"):
        await db.read(add, 1)


async def test_a_slow_read_goes_to_a_thread(db: Database) -> None:
    ran_in: list[str] = []

    def slow(session: Session, rounds: int) -> int:
        ran_in.append(threading.current_thread().name)
        return int(session.execute(text(SLOW.format(rounds))).scalar_one())

    assert await db.read(slow, 10) == 10
    assert await db.read(slow, 1_000_000) == 1_000_000
    assert [name.partition("_")[0] for name in ran_in] == ["MainThread", "MainThread", "slow-read"]


async def test_the_loop_reads_on_after_a_slow_read(db: Database) -> None:
    await db.write(create_table)
    await db.read(lambda session: session.execute(text(SLOW.format(1_000_000))).scalar_one())
    await db.write(add, 1)
    assert await db.read(numbers) == [1]


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


def test_the_sqlite_here_is_new_enough() -> None:
    check_version()
