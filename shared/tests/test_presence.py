"""Replicas on PostgreSQL: one that is alone answers from memory, and never when another may have written."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import psycopg
import pytest
from shared.tests.box_service import ALONE
from shared.tests.boxes import SERVICE, Box
from shared.tests.test_db import add, create_table, numbers

from interlinker_shared.db import Database
from interlinker_shared.db.postgres import PostgresStore
from interlinker_shared.db.postgres.committer import BARRIER, lock_number
from interlinker_shared.db.postgres.presence import Pace
from interlinker_shared.db.versions import concerns
from interlinker_shared.errors import UnavailableError
from interlinker_shared.testing import TokenHeaders, eventually, free_port

pytestmark = pytest.mark.postgres

QUICK = Pace(beat=0.02, lease=0.2, settle=0.3, calm=0.3)
PATIENT = Pace(beat=0.02, lease=0.2, settle=30, calm=0.3)  # ends the session of nobody who holds the lock
PRESENCE = f"({lock_number(SERVICE)}, {lock_number('presence')})"
SESSIONS = f"FROM pg_locks WHERE objid = {lock_number('presence')}"
NUMBERS = f"({lock_number(SERVICE)}, {lock_number(BARRIER)})"

Replica = Callable[..., Database]


@pytest.fixture
async def replica(postgres_url: str) -> AsyncIterator[Replica]:
    """One more replica, whose leases are short."""
    opened: list[Database] = []

    def open_one(patience: float = 5.0, pace: Pace = QUICK) -> Database:
        info = {"service": SERVICE, "source": f"/{SERVICE}/main"}
        store = PostgresStore(postgres_url, info, statement_seconds=5, patience_seconds=patience, pace=pace)
        db = Database(store)
        db.migrate()
        db.start()
        opened.append(db)
        return db

    yield open_one
    for db in opened:
        await db.close()


async def until_alone(db: Database) -> None:
    await eventually(lambda: is_alone(db))


async def until_not_alone(db: Database) -> None:
    """Sooner than a session is given up that does not answer."""
    await eventually(lambda: is_not_alone(db), within=2)


async def is_alone(db: Database) -> bool:
    return db.alone()


async def is_not_alone(db: Database) -> bool:
    return not db.alone()


async def test_a_replica_finds_out_that_it_is_alone_and_makes_room_for_the_next(replica: Replica) -> None:
    one = replica()
    await one.write(create_table)
    await until_alone(one)
    two = replica()
    await two.write(add, 1)
    assert not one.alone()
    await two.close()
    await until_alone(one)


async def test_of_two_replicas_neither_is_alone(replica: Replica) -> None:
    one, two = replica(), replica()
    await one.write(create_table)
    for number in range(40):
        await two.write(add, number)
        await asyncio.sleep(QUICK.beat)
        assert [one.alone(), two.alone()] == [False, False]


async def test_who_becomes_alone_forgets_what_it_read_before(replica: Replica) -> None:
    db = replica()
    forgotten: list[bool] = []
    await db.write(create_table)
    db.on_commit(lambda signals: forgotten.append("anything" in signals))
    await until_alone(db)
    assert forgotten[-1]


async def test_nobody_is_alone_before_commits_in_flight_have_ended(replica: Replica, postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute(f"SELECT pg_advisory_lock{NUMBERS}")
        db = replica()
        began = time.monotonic()
        while time.monotonic() - began < QUICK.settle * 2:
            assert not db.alone()
            await asyncio.sleep(QUICK.beat)
    await until_alone(db)


async def test_who_is_shut_out_stores_nothing_and_says_so(replica: Replica, postgres_url: str) -> None:
    db = replica(patience=0.3, pace=PATIENT)
    await db.write(create_table)
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute(f"SELECT pg_terminate_backend(pid) {SESSIONS}")
        other.execute(f"SELECT pg_advisory_lock{PRESENCE}")
        over = time.monotonic() + QUICK.lease  # until then it is present: who would be alone waits for longer
        await eventually(lambda: has_come(over))
        with pytest.raises(UnavailableError) as refused:
            await db.write(add, 1)
    assert refused.value.kind_slug == "database-away"
    assert await db.read(numbers) == []
    await eventually(lambda: writes(db))


async def has_come(moment: float) -> bool:
    return time.monotonic() > moment


async def writes(db: Database) -> bool:
    try:
        await db.write(add, 2)
    except UnavailableError:
        return False
    return True


async def test_while_a_commit_of_its_own_is_in_doubt_no_replica_is_alone(replica: Replica, postgres_url: str) -> None:
    db = replica()
    await until_alone(db)
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute(f"SELECT pg_advisory_lock{NUMBERS}")
        db._store._presence.doubt()  # type: ignore[attr-defined]  # a lost answer to COMMIT takes a server that goes away
        await until_not_alone(db)
        await asyncio.sleep(QUICK.settle * 2)
        assert not db.alone()
    await until_alone(db)


async def test_the_right_to_answer_from_memory_ends_by_itself_when_nothing_is_heard(
    replica: Replica, postgres_url: str
) -> None:
    db = replica()
    await until_alone(db)
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        found = admin.execute(f"SELECT pid {SESSIONS}").fetchone()
    assert found is not None
    os.kill(found[0], signal.SIGSTOP)  # the server's end of the session: it keeps the lock and answers no more
    try:
        await until_not_alone(db)
    finally:
        os.kill(found[0], signal.SIGCONT)
    await until_alone(db)


class Process:
    """A replica in a process of its own."""

    def __init__(self, pid: int, box: Box) -> None:
        self.pid = pid
        self.box = box

    async def until_alone(self) -> None:
        async def alone() -> bool:
            return bool((await self.box.client.get(ALONE)).json())

        await eventually(alone, within=10)

    async def title(self, path: str) -> str:
        return str((await self.box.client.get(path)).json()["title"])

    async def rename(self, path: str, title: str) -> None:
        etag = (await self.box.ask("GET", path)).headers["etag"]
        answer = await self.box.ask("PATCH", path, json={"title": title}, headers={"If-Match": etag})
        answer.raise_for_status()


@contextlib.asynccontextmanager
async def process(folder: Path, database: str, token: TokenHeaders) -> AsyncIterator[Process]:
    port = free_port()
    program = (sys.executable, "-m", "shared.tests.box_service", str(folder), database, str(port))
    running = await asyncio.create_subprocess_exec(*program)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            await eventually(lambda: answers(client), within=20)
            yield Process(running.pid, Box(client, token))
    finally:
        running.kill()
        await running.wait()


async def answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/health/ready")).is_success
    except httpx.HTTPError:
        return False


async def test_a_replica_that_was_stopped_while_alone_shows_what_another_has_written_meanwhile(
    tmp_path: Path, postgres_url: str, token: TokenHeaders
) -> None:
    async with process(tmp_path, postgres_url, token) as one:
        path = f"/boxes/{(await one.box.opened())['id']}"
        await one.until_alone()
        assert await one.title(path) == await one.title(path) == "A box"
        os.kill(one.pid, signal.SIGSTOP)
        async with process(tmp_path, postgres_url, token) as two:
            await two.rename(path, "Another title")
            asking = [asyncio.create_task(one.title(path)) for _ in range(3)]
            await asyncio.sleep(0)
            os.kill(one.pid, signal.SIGCONT)
            assert set(await asyncio.gather(*asking)) == {"Another title"}
            await one.rename(path, "A third one")
            assert await two.title(path) == "A third one"


async def test_a_write_waits_while_a_replica_that_lost_its_lock_may_answer_from_memory(
    tmp_path: Path, postgres_url: str, token: TokenHeaders, replica: Replica
) -> None:
    async with process(tmp_path, postgres_url, token) as one:
        await one.until_alone()
        os.kill(one.pid, signal.SIGSTOP)
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            admin.execute(f"SELECT pg_terminate_backend(pid) {SESSIONS}")
        began = time.monotonic()
        await replica().write(concerns, "a tag")
        assert time.monotonic() - began > QUICK.settle


async def test_after_a_good_bye_nobody_waits(replica: Replica) -> None:
    one = replica()
    await until_alone(one)
    await one.close()
    two = replica()
    began = time.monotonic()
    await two.write(concerns, "a tag")
    assert time.monotonic() - began < QUICK.settle
