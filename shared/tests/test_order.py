"""Rows that are written anew tell nothing of when they came, and what is wiped is in no file of the database."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Column, MetaData, String, Table, Uuid, insert, literal, select
from sqlalchemy.orm import Session

from interlinker_shared.db import Database, forget_order, wipe
from interlinker_shared.testing import eventually

META = MetaData()
NOTES, MOVED = (
    Table(
        name,
        META,
        Column("box", String, primary_key=True),
        Column("id", Uuid, primary_key=True),
        Column("words", String),
        sqlite_with_rowid=False,
    )
    for name in ("notes", "notes_moved")
)
COUNT = 400


@pytest.fixture
async def arrived(db: Database) -> list[str]:
    """Words in the order in which they came, each in a transaction of its own; every tenth into another box."""
    await db.write(lambda session: META.create_all(session.connection()))
    chance = random.Random(1)
    words = [f"words {chance.getrandbits(64):016x}" for _ in range(COUNT)]
    for number, one in enumerate(words):
        box = "other" if number % 10 == 0 else "mine"
        row = {"box": box, "id": UUID(int=chance.getrandbits(128)), "words": one}
        await db.write(_add, row)
    return words


async def test_nothing_but_the_order_is_lost(db: Database, arrived: list[str]) -> None:
    before = await db.read(_all)
    await db.write(_forget)
    assert await db.read(_all) == before
    assert len(before) == len(arrived)
    assert await db.read(lambda session: session.execute(select(MOVED)).all()) == []


async def test_columns_get_the_values_that_are_asked_for(db: Database, arrived: list[str]) -> None:
    await db.write(lambda session: _forget(session, changed={"words": literal("gone")}))
    found = {words for box, _, words in await db.read(_all) if box == "mine"}
    assert (found, len(arrived)) == ({"gone"}, COUNT)


async def test_what_a_failed_write_forgot_is_all_there(db: Database, arrived: list[str]) -> None:
    def fail(session: Session) -> None:
        _forget(session)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await db.write(fail)
    assert {words for _, _, words in await db.read(_all)} == set(arrived)


async def test_files_have_no_copy_of_what_was_wiped(
    db: Database, arrived: list[str], tmp_path: Path, database_url: str | None
) -> None:
    await db.write(lambda session: wipe(session, NOTES, NOTES.c.box == "mine"))
    left = {words for _, _, words in await db.read(_all)}
    # On PostgreSQL a transaction that is open elsewhere on the server makes the rewriting wait for a later commit.
    await eventually(lambda: _holds_only(db, arrived, left, tmp_path, database_url), within=30)


async def test_log_is_cut_once_nobody_reads_it_any_more(
    db: Database, arrived: list[str], tmp_path: Path, database_url: str | None
) -> None:
    if database_url is not None:
        pytest.skip("what SQLite has to wait for")
    log, reading = tmp_path / "boxes.sqlite3-wal", db.stream(_slowly)
    await anext(reading)
    await db.write(_forget)
    assert log.stat().st_size > 0
    await reading.aclose()
    await eventually(lambda: _pinged(db, log))
    assert len(arrived) == COUNT


@pytest.mark.postgres
async def test_file_is_made_new_once_nobody_can_see_its_former_rows(
    db: Database, arrived: list[str], tmp_path: Path, database_url: str | None
) -> None:
    if database_url is None:
        pytest.skip("what PostgreSQL has to wait for")
    with psycopg.connect(database_url) as early:
        early.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").execute("SELECT 1")
        await db.write(lambda session: wipe(session, NOTES, NOTES.c.box == "mine"))
        assert arrived[1].encode() in _files(tmp_path, database_url)
    await eventually(lambda: _rewritten(db, arrived[1], database_url), within=30)


@pytest.mark.postgres
async def test_rows_have_one_transaction_and_lie_in_the_order_of_their_ids(
    db: Database, arrived: list[str], database_url: str | None
) -> None:
    if database_url is None:
        pytest.skip("what PostgreSQL tells of a row")
    await db.write(_forget)
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT xmin::text, id FROM boxes.notes WHERE box = 'mine' ORDER BY ctid").fetchall()
    assert len({transaction for transaction, _ in rows}) == 1
    assert [id for _, id in rows] == sorted(id for _, id in rows)
    assert len(rows) < len(arrived)


def _add(session: Session, row: dict[str, Any]) -> None:
    session.execute(insert(NOTES).values(row))


def _forget(session: Session, /, **more: Any) -> None:
    forget_order(session, NOTES, MOVED, NOTES.c.box == "mine", **more)


def _all(session: Session) -> Sequence[Any]:
    return session.execute(select(NOTES).order_by(NOTES.c.box, NOTES.c.id)).all()


def _slowly(session: Session) -> Any:
    for row in session.execute(select(NOTES).execution_options(yield_per=1)):
        yield row.words.encode() * 10_000


async def _pinged(db: Database, log: Path) -> bool:
    await db.ping()
    return (await asyncio.to_thread(log.stat)).st_size == 0


async def _holds_only(db: Database, words: list[str], left: set[str], folder: Path, database_url: str | None) -> bool:
    await db.ping()
    content = await asyncio.to_thread(_files, folder, database_url)
    return {one for one in words if one.encode() in content} == left


async def _rewritten(db: Database, words: str, database_url: str) -> bool:
    await db.ping()
    return words.encode() not in await asyncio.to_thread(_files, Path(), database_url)


def _files(folder: Path, database_url: str | None) -> bytes:
    """The bytes of the files that hold the table."""
    if database_url is None:
        return b"".join(path.read_bytes() for path in folder.glob("*.sqlite3*"))
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        data = connection.execute("SHOW data_directory").fetchall()[0][0]
        found = connection.execute("SELECT pg_relation_filepath('boxes.notes'::regclass)").fetchall()
    content: bytes = (Path(data) / found[0][0]).read_bytes()
    return content
