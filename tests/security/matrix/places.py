"""Where a service keeps its data, on either database: what its rows are, and how a copy becomes again what it was."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import subprocess
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import sql

from interlinker_shared.ids import new_id
from interlinker_shared.postgres_server import find_programs

ORIGINAL = "original"  # a schema that nobody but this module writes to
TRIES = 5  # the service writes meanwhile
Rows = dict[str, str]
Skipped = Collection[tuple[str, str]]


class Place(Protocol):
    """The data of one service."""

    @property
    def service(self) -> str:
        """Whose they are."""

    @property
    def folder(self) -> Path:
        """Where its files are."""

    @property
    def url(self) -> str | None:
        """The address of its database; None where that is a file."""

    def rows(self, skipped: Skipped) -> Rows:
        """The hash of each table's rows, but for the (table, column) that are skipped."""

    def copied(self, folder: Path) -> contextlib.AbstractContextManager[Copy]:
        """A copy, for as long as the block."""


@dataclass(frozen=True)
class Copy:
    """A copy of a place: `restore` makes it what it was, also under those who have it open."""

    place: Place
    restore: Callable[[], None]


@dataclass(frozen=True)
class SqlitePlace:
    """A file."""

    service: str
    folder: Path
    url: None = None

    @property
    def file(self) -> Path:
        """Everything is in it."""
        return self.folder / f"{self.service}.sqlite3"

    def rows(self, skipped: Skipped) -> Rows:
        """As `Place` says."""
        with contextlib.closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)) as connection:
            names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {name: _hash(_sqlite_rows(connection, name, skipped)) for name in names}

    @contextlib.contextmanager
    def copied(self, folder: Path) -> Iterator[Copy]:
        """As `Place` says."""
        original, copy = SqlitePlace("original", folder), SqlitePlace(self.service, folder)
        _back_up(self.file, original.file)
        _back_up(original.file, copy.file)
        yield Copy(copy, lambda: _back_up(original.file, copy.file))


@dataclass(frozen=True)
class PostgresPlace:
    """A schema in a database of its own."""

    service: str
    folder: Path
    url: str

    def rows(self, skipped: Skipped) -> Rows:
        """As `Place` says."""
        with psycopg.connect(self.url) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            found = _columns(connection, self.service)
            return {name: _hash(_postgres_rows(connection, self.service, name, found[name], skipped)) for name in found}

    @contextlib.contextmanager
    def copied(self, folder: Path) -> Iterator[Copy]:
        """As `Place` says."""
        name = f"lab_{new_id().hex}"
        url = f"{self.url.rpartition('/')[0]}/{name}"
        with psycopg.connect(self.url, autocommit=True) as admin:
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            try:
                _dump(self.url, url)
                yield Copy(PostgresPlace(self.service, folder, url), _restorer(url, self.service))
            finally:
                admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _hash(found: list[Any]) -> str:
    return hashlib.sha256(repr(found).encode()).hexdigest()


def _sqlite_rows(connection: sqlite3.Connection, table: str, skipped: Skipped) -> list[Any]:
    columns = [name for _, name, *_ in connection.execute(f'PRAGMA table_info("{table}")')]
    kept = ", ".join(f'"{name}"' for name in columns if (table, name) not in skipped)
    return connection.execute(f'SELECT {kept} FROM "{table}" ORDER BY {kept}').fetchall()  # noqa: S608 - names of its own


def _postgres_rows(
    connection: psycopg.Connection[Any], schema: str, table: str, columns: list[str], skipped: Skipped
) -> list[Any]:
    names = [name for name in columns if (table, name) not in skipped]
    if not names:
        return []
    kept = sql.SQL(", ").join(map(sql.Identifier, names))
    found = connection.execute(sql.SQL("SELECT {} FROM {}").format(kept, sql.Identifier(schema, table)))
    return sorted(map(repr, found))  # JSON has no order of its own


def _back_up(source: Path, target: Path) -> None:
    with contextlib.closing(sqlite3.connect(source)) as theirs, contextlib.closing(sqlite3.connect(target)) as ours:
        theirs.backup(ours)


def _dump(source: str, target: str) -> None:
    programs = find_programs()
    dumped = subprocess.run([programs / "pg_dump", source], check=True, capture_output=True)
    psql: list[str | Path] = [programs / "psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", target]
    subprocess.run(psql, input=dumped.stdout, check=True, capture_output=True)


def _restorer(url: str, schema: str) -> Callable[[], None]:
    """Remember the rows of a schema in a second one; what brings them back."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(ORIGINAL)))
        tables = _columns(connection, schema)
        for table in tables:
            remember = sql.SQL("CREATE TABLE {} AS TABLE {}")
            there, here = sql.Identifier(ORIGINAL, table), sql.Identifier(schema, table)
            connection.execute(remember.format(there, here))
        again = sql.SQL("; ").join(_again(schema, table, columns) for table, columns in tables.items())
        text = again.as_string(connection)
    return lambda: _restore(url, text)


def _again(schema: str, table: str, columns: list[str]) -> sql.Composed:
    here, there = sql.Identifier(schema, table), sql.Identifier(ORIGINAL, table)
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    words = "DELETE FROM {here}; INSERT INTO {here} ({names}) OVERRIDING SYSTEM VALUE SELECT {names} FROM {there}"
    return sql.SQL(words).format(here=here, there=there, names=names)


def _restore(url: str, text: str) -> None:
    for left in reversed(range(TRIES)):
        try:
            with psycopg.connect(url) as connection:
                connection.execute("SET LOCAL session_replication_role = replica")  # neither triggers nor foreign keys
                connection.execute(text.encode())
        except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure, psycopg.errors.UniqueViolation):
            if not left:
                raise
        else:
            return


def _columns(connection: psycopg.Connection[Any], schema: str) -> dict[str, list[str]]:
    """By table, the columns that can be written."""
    found: dict[str, list[str]] = {}
    query = (
        "SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t "
        "USING (table_schema, table_name) WHERE table_schema = %s AND table_type = 'BASE TABLE' "
        "AND is_generated = 'NEVER' ORDER BY c.table_name, c.ordinal_position"
    )
    for table, column in connection.execute(query, (schema,)):
        found.setdefault(table, []).append(column)
    return found
