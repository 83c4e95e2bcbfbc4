"""PostgreSQL: replicas on one schema, conflicts, a server that crashes, numbers that become visible in order."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import psycopg
import pytest
from asgi_lifespan import LifespanManager
from fastapi import FastAPI
from shared.tests.boxes import create_box_app, fill, run
from shared.tests.test_db import add, create_table, numbers
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.orm import Session

from interlinker_shared.db import Database, LostLockError, open_database, signal
from interlinker_shared.db.postgres.exclusive import Exclusive
from interlinker_shared.db.postgres.store import READERS, check_version
from interlinker_shared.errors import UnavailableError
from interlinker_shared.events import outbox
from interlinker_shared.failpoints import Point, watched
from interlinker_shared.ids import new_id
from interlinker_shared.postgres_server import PostgresServer, running_postgres
from interlinker_shared.state import Kit
from interlinker_shared.testing import RunApp, TokenHeaders, eventually, free_port

pytestmark = pytest.mark.postgres

Replica = Callable[..., Database]


@pytest.fixture
async def replica(postgres_url: str) -> AsyncIterator[Replica]:
    """Open one more database handle on the same schema, as another process would."""
    opened: list[Database] = []

    def open_one(**options: Any) -> Database:
        db = open_database(postgres_url, service="boxes", instance="main", **options)
        db.migrate()
        db.start()
        opened.append(db)
        return db

    yield open_one
    for db in opened:
        await db.close()


def counter(session: Session) -> int:
    return int(session.execute(text("SELECT i FROM n")).scalar_one())


def count_up(session: Session) -> int:
    """Read, then write what follows from it: two of these at once must not both see the same."""
    following = counter(session) + 1
    session.execute(text("UPDATE n SET i = :i"), {"i": following})
    return following


async def test_replicas_that_change_the_same_row_lose_nothing(replica: Replica) -> None:
    one, two = replica(), replica()
    await one.write(create_table)
    await one.write(add, 0)
    results = await asyncio.gather(*(db.write(count_up) for _ in range(100) for db in (one, two)))
    assert sorted(results) == list(range(1, 201))
    assert await two.read(counter) == 200


async def test_a_write_that_others_are_in_the_way_of_for_ever_is_told_so(replica: Replica, postgres_url: str) -> None:
    db = replica(patience_seconds=0.2)
    await db.write(create_table)
    with psycopg.connect(postgres_url) as other:
        other.execute("LOCK TABLE boxes.n IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(UnavailableError) as refused:
            await db.write(add, 1)
    assert refused.value.kind_slug == "busy"


async def test_a_refusal_without_a_trace_costs_its_neighbours_nothing(replica: Replica) -> None:
    db = replica()
    await db.write(create_table)

    def refuse(session: Session) -> None:
        numbers(session)
        raise LookupError

    tasks = [db.write(refuse) if number % 3 else db.write(add, number) for number in range(60)]
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes[:4]] == [int, LookupError, LookupError, int]
    assert await db.read(numbers) == list(range(0, 60, 3))


async def test_numbers_become_visible_in_order(replica: Replica) -> None:
    writers = [replica(), replica()]
    seen: list[int] = []
    stop = asyncio.Event()

    async def follow() -> None:
        last = False
        while not last:
            last = stop.is_set()
            found = await writers[0].read(outbox.list_events, seen[-1] if seen else 0, 1000)
            seen.extend(number for number, _ in found)

    follower = asyncio.create_task(follow())
    await asyncio.gather(*(db.write(fill, new_id(), number) for number in range(300) for db in writers))
    stop.set()
    await follower
    assert len(seen) == 600


async def test_two_replicas_start_at_once_on_an_empty_database(postgres_url: str) -> None:
    databases = [open_database(postgres_url, service="boxes", instance="main") for _ in range(2)]
    await asyncio.gather(*(asyncio.to_thread(db.migrate) for db in databases))
    for db in databases:
        db.start()
    assert await databases[0].read(outbox.list_events, 0, 1) == []
    await asyncio.gather(*(db.close() for db in databases))


async def test_a_signal_reaches_the_other_replica(replica: Replica) -> None:
    one, two = replica(), replica()
    heard: list[str] = []
    two.on_commit(lambda signals: heard.append("bell") if "bell" in signals else None)

    async def rung() -> bool:
        await one.write(lambda session: signal(session, "bell"))
        return bool(heard)

    await eventually(rung)


async def test_only_one_replica_is_inside(replica: Replica) -> None:
    one, two = replica(), replica()
    inside: list[str] = []

    async def work(db: Database, name: str) -> None:
        async with db.exclusive("work"):
            inside.append(name)

    async with one.exclusive("work"):
        task = asyncio.create_task(work(two, "two"))
        async with one.exclusive("other work"):
            assert inside == []
    await asyncio.wait_for(task, 5)
    assert inside == ["two"]


async def test_who_loses_the_lock_is_stopped(postgres_url: str) -> None:
    async def work() -> None:
        async with Exclusive(postgres_url, 1, 2, watch_seconds=0.05):
            with psycopg.connect(postgres_url, autocommit=True) as admin:
                admin.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
            await asyncio.sleep(10)

    with pytest.raises(LostLockError):
        await work()


@pytest.fixture
def server() -> Any:
    with running_postgres(free_port()) as running:
        yield running


async def _reached(acknowledged: list[int], count: int) -> bool:
    return len(acknowledged) >= count


async def test_a_crash_of_the_server_loses_nothing_that_was_acknowledged(server: PostgresServer) -> None:
    db = open_database(server.url, service="boxes", instance="main")
    db.migrate()
    db.start()
    await db.write(create_table)
    acknowledged: list[int] = []

    async def write(number: int) -> None:
        acknowledged.append(await db.write(add, number))

    tasks = [asyncio.create_task(write(number)) for number in range(500)]
    await eventually(lambda: _reached(acknowledged, 100))
    await asyncio.to_thread(server.stop, "immediate")
    await asyncio.to_thread(server.start)
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [outcome for outcome in outcomes if outcome is not None] == []
    assert sorted(acknowledged) == await db.read(numbers) == list(range(500))
    await db.close()


async def test_a_commit_that_a_crash_undid_is_done_again_though_another_got_its_number(server: PostgresServer) -> None:
    db = open_database(server.url, service="boxes", instance="main")
    db.migrate()
    db.start()
    await db.write(create_table)
    committing, go_on = threading.Event(), threading.Event()

    def hold(point: Point) -> None:
        if point is Point.COMMITTING and not committing.is_set():
            committing.set()
            go_on.wait(10)

    with watched(hold):
        writing = asyncio.create_task(db.write(add, 1))
        await asyncio.to_thread(committing.wait, 10)
        await asyncio.to_thread(server.stop, "immediate")
        await asyncio.to_thread(server.start)
        with psycopg.connect(server.url) as other:  # PostgreSQL gives it the transaction number that the crash freed
            other.execute("INSERT INTO boxes.n VALUES (2)")
        go_on.set()
        await writing
    assert await db.read(numbers) == [1, 2]
    await db.close()


async def test_a_commit_of_which_nobody_can_say_what_became_is_not_done_again(server: PostgresServer) -> None:
    db = open_database(server.url, service="boxes", instance="main", patience_seconds=0.3)
    db.migrate()
    db.start()
    await db.write(create_table)
    attempts: list[int] = []

    def write(session: Session) -> None:
        attempts.append(add(session, 1))

    stops = watched(lambda point: server.stop("immediate") if point is Point.COMMITTING else None)
    with stops, pytest.raises(UnavailableError) as refused:
        await db.write(write)
    assert (refused.value.kind_slug, attempts) == ("unknown-outcome", [1])
    await db.close()


async def test_a_server_that_stays_away_is_said_so_and_nothing_is_stored(server: PostgresServer) -> None:
    db = open_database(server.url, service="boxes", instance="main", patience_seconds=0.3)
    db.migrate()
    db.start()
    await db.write(create_table)
    server.stop()
    for ask in (db.write(add, 1), db.read(numbers)):
        with pytest.raises(UnavailableError) as refused:
            await ask
        assert refused.value.kind_slug == "database-away"
    server.start()
    assert await db.read(numbers) == []
    await db.close()


async def test_a_statement_that_takes_too_long_is_stopped(replica: Replica) -> None:
    db = replica(statement_seconds=0.2)
    for ask in (db.write(run("SELECT pg_sleep(10)")), db.read(run("SELECT pg_sleep(10)"))):
        with pytest.raises(UnavailableError, match="too long"):
            await ask


def test_an_old_server_is_refused() -> None:
    with pytest.raises(RuntimeError, match="12 is too old"):
        check_version(120022)


async def test_a_reader_of_postgresql_cannot_write(replica: Replica) -> None:
    db = replica()
    await db.write(create_table)
    with pytest.raises(DBAPIError, match="read-only"):
        await db.read(add, 1)


async def test_reads_run_beside_the_loop(replica: Replica) -> None:
    names: list[str] = []
    await replica().read(lambda _session: names.append(threading.current_thread().name))
    assert names[0].startswith("reader")


async def test_what_must_not_run_twice_moves_to_the_next_replica(
    test_settings: dict[str, Any], postgres_url: str, run_app: RunApp
) -> None:
    leading: list[int] = []

    def app(number: int) -> FastAPI:
        async def work(_kit: Kit) -> None:
            leading.append(number)
            try:
                await asyncio.Event().wait()
            finally:
                leading.remove(number)

        return create_box_app(test_settings | {"database_url": postgres_url}, exclusive=[work])

    first, second = app(1), app(2)
    async with LifespanManager(first):
        await eventually(lambda: _is(leading, [1]))
        await run_app(second)
        assert leading == [1]
    await eventually(lambda: _is(leading, [2]))


async def _is(found: list[int], expected: list[int]) -> bool:
    return found == expected


async def on_every_reader(db: Database, statement: str) -> set[Any]:
    """What a statement gives in all threads, each of which is busy for a while."""

    def ask(session: Session) -> Any:
        session.execute(text("SELECT pg_sleep(0.2)"))
        found = session.execute(text(statement)).scalar()
        return found if found is not None else refuse(session)

    found = await asyncio.gather(*(db.read(ask) for _ in range(READERS)), return_exceptions=True)
    return {type(one) if isinstance(one, Exception) else one for one in found}


def refuse(_session: Session) -> None:
    raise LookupError


async def test_readers_keep_their_connections_and_go_on_after_a_refusal_and_after_a_failure(replica: Replica) -> None:
    db, session = replica(), "SELECT pg_backend_pid()"
    before = await on_every_reader(db, session)
    assert await on_every_reader(db, "SELECT NULL") == {LookupError}
    assert await on_every_reader(db, session) == before
    assert ProgrammingError in await on_every_reader(db, "SELECT nothing")
    assert len(await on_every_reader(db, session)) == READERS


async def test_each_read_sees_what_was_committed_before_it(replica: Replica) -> None:
    db = replica()
    await db.write(create_table)
    for number in range(20):
        await db.write(add, number)
        assert await db.read(numbers) == list(range(number + 1))


async def test_writes_go_on_over_the_same_connection_after_one_was_rolled_back(replica: Replica) -> None:
    db = replica()
    await db.write(create_table)
    for number in range(10):  # more often than the driver needs to prepare a statement of its own
        await db.write(add, number)
        await db.write(fill, new_id(), number)
    with pytest.raises(ProgrammingError):
        await db.write(run("INSERT INTO n VALUES (10); SELECT nothing"))
    await db.write(fill, new_id(), 10)
    assert len(await db.read(outbox.list_events, 0, 100)) == 11


async def test_a_cursor_past_32_bits_is_past_everything(
    test_settings: dict[str, Any], postgres_url: str, run_app: RunApp, token: TokenHeaders
) -> None:
    client = await run_app(create_box_app(test_settings | {"database_url": postgres_url}))
    for query in ("/audit?after=9007199254740991", "/events?aggregate=x&after_aggseq=9007199254740991"):
        answer = await client.get(query, headers=token(audience="boxes"))
        assert (answer.status_code, answer.json()["items"]) == (200, []), answer.text
