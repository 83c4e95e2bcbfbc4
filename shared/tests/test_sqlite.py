"""SQLite: group commit, what a kill leaves, one process, reads on the loop."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from shared.tests.boxes import held, run
from shared.tests.test_db import SLOW, add, create_table, numbers
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from interlinker_shared.db import Database, brief, open_database
from interlinker_shared.db.sqlite import check_version
from interlinker_shared.errors import UnavailableError

ACKNOWLEDGED = 30
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


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    database = open_database(tmp_path / "boxes.sqlite3", service="boxes", instance="main", statement_seconds=1.5)
    database.migrate()
    database.start()
    yield database
    await database.close()


async def test_a_read_that_takes_too_long_is_stopped(db: Database) -> None:
    with pytest.raises(UnavailableError) as stopped:
        await db.read(lambda session: session.execute(text(SLOW.format(1_000_000_000))).scalar_one())
    assert stopped.value.kind_slug == "timeout"


async def test_a_write_that_takes_too_long_is_stopped_and_its_neighbours_are_not(db: Database) -> None:
    await db.write(create_table)
    async with held(db):
        late = asyncio.create_task(db.write(run(f"INSERT INTO n {SLOW.format(1_000_000_000)}")))
        tasks = [asyncio.create_task(db.write(add, number)) for number in (1, 2)]
        await asyncio.sleep(0)
    with pytest.raises(UnavailableError, match="too long"):
        await late
    assert await asyncio.gather(*tasks) == await db.read(numbers) == [1, 2]


async def test_writes_that_wait_share_one_commit(db: Database) -> None:
    await db.write(create_table)
    commits: list[object] = []
    count = lambda connection: commits.append(connection)  # noqa: E731, PLW0108 - a bound method cannot be removed again
    event.listen(Engine, "commit", count)
    async with held(db):
        tasks = [asyncio.create_task(db.write(add, number)) for number in range(40)]
        await asyncio.sleep(0)
    assert await asyncio.gather(*tasks) == list(range(40))
    event.remove(Engine, "commit", count)
    assert len(commits) == 2  # that of the job which was waiting, and one for all the others


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
    assert [name.partition("_")[0] for name in ran_in] == ["MainThread", "MainThread", "reader"]


async def test_the_loop_reads_on_after_a_slow_read(db: Database) -> None:
    await db.write(create_table)
    await db.read(lambda session: session.execute(text(SLOW.format(1_000_000))).scalar_one())
    await db.write(add, 1)
    assert await db.read(numbers) == [1]


def test_the_sqlite_here_is_new_enough() -> None:
    check_version()


@brief
def add_briefly(session: Session, number: int) -> int:
    return add(session, number)


async def test_a_brief_write_runs_on_the_loop_and_any_other_beside_it(db: Database) -> None:
    await db.write(create_table)
    where = brief(lambda _session: threading.get_ident())
    assert await db.write(where) == threading.get_ident()
    assert await db.write(lambda _session: threading.get_ident()) != threading.get_ident()


@pytest.mark.parametrize("statement", [SLOW, "INSERT INTO n " + SLOW])
async def test_a_brief_write_that_takes_long_is_repeated_beside_the_loop(db: Database, statement: str) -> None:
    await db.write(create_table)
    threads: list[int] = []

    @brief
    def slow_at_first(session: Session) -> None:
        threads.append(threading.get_ident())
        session.execute(text(statement.format(1_000_000_000 if len(threads) == 1 else 1)))

    neighbour = asyncio.create_task(db.write(add_briefly, 10))
    await db.write(slow_at_first)
    assert await neighbour == 10
    assert [one == threading.get_ident() for one in threads] == [True, False]


async def test_a_brief_write_that_fails_leaves_its_neighbours_alone(db: Database) -> None:
    await db.write(create_table)
    tasks = [asyncio.create_task(db.write(add_briefly, number)) for number in (1, 1, 2)]
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert found[::2] == [1, 2] == await db.read(numbers)
    assert isinstance(found[1], IntegrityError)


async def test_when_a_commit_of_brief_writes_fails_those_that_can_be_stored_are(db: Database) -> None:
    await db.write(create_table)
    await db.write(run("CREATE TABLE c (i INTEGER REFERENCES n (i) DEFERRABLE INITIALLY DEFERRED)"))
    tasks = [db.write(brief(run("INSERT INTO c VALUES (5)"))), db.write(add_briefly, 1)]
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(found[0], IntegrityError)
    assert found[1:] == [1] == await db.read(numbers)


async def test_writes_are_done_in_the_order_in_which_they_came(db: Database) -> None:
    await db.write(create_table)
    done: list[int] = []

    def note(number: int) -> Callable[[Session], None]:
        return lambda _session: done.append(number)

    await asyncio.gather(*(db.write(brief(note(n)) if n % 3 else note(n)) for n in range(12)))
    assert done == list(range(12))
