"""All that an operator has of a service: rows with their places and transactions, events, log lines, and the bytes of files."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nats
import psycopg
from psycopg.rows import dict_row

from interlinker_shared.subjects import STREAM

SQLITE_PAGE = 4096
POSTGRES_PAGE = 8192


@dataclass(frozen=True)
class Row:
    """A row as text; `place` and `transaction` are what the database tells of where and with what it was written."""

    table: str
    cells: dict[str, str]
    place: tuple[int, ...]
    transaction: int | None = None


@dataclass(frozen=True)
class File:
    """The bytes of a file, in pages."""

    name: str
    content: bytes
    page: int

    def places(self, text: str) -> list[int]:
        """Where `text` is."""
        return [found.start() for found in re.finditer(re.escape(text.encode()), self.content)]


@dataclass(frozen=True)
class Dump:
    """What lies on the operator's desk."""

    rows: list[Row]
    files: list[File]
    log: str = ""
    stream: list[dict[str, Any]] = field(default_factory=list)

    @property
    def events(self) -> list[dict[str, Any]]:
        """What the outbox has recorded, oldest first."""
        rows = sorted((int(row.cells["id"]), row.cells["envelope"]) for row in self.rows if row.table == "outbox")
        return [json.loads(envelope) for _, envelope in rows]


def dump_sqlite(path: Path, copy: Path) -> Dump:
    """Read a copy of the file and of its log, as they are while the service runs."""
    log = path.with_name(f"{path.name}-wal")
    files = [File(one.name, one.read_bytes(), SQLITE_PAGE) for one in (path, log) if one.exists()]
    for file in files:
        (copy / file.name).write_bytes(file.content)
    with sqlite3.connect(copy / path.name) as connection:
        connection.row_factory = sqlite3.Row
        tables = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").fetchall()
        rows = [row for name, sql in tables for row in _sqlite_rows(connection, name, has_rowid="WITHOUT" not in sql)]
    connection.close()
    return Dump(rows, files)


def dump_postgres(url: str, schema: str) -> Dump:
    """Read every table with `ctid` and `xmin`, and the files that PostgreSQL keeps them in."""
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
        connection.execute("CHECKPOINT")
        data = Path(connection.execute("SHOW data_directory").fetchall()[0]["data_directory"])
        found = connection.execute(
            "SELECT relname, relkind, pg_relation_filepath(oid) AS path FROM pg_class "
            "WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'i')",
            (schema,),
        ).fetchall()
        tables = [one["relname"] for one in found if one["relkind"] == "r"]
        rows = [row for name in tables for row in _postgres_rows(connection, schema, name)]
        files = [File(one["relname"], (data / one["path"]).read_bytes(), POSTGRES_PAGE) for one in found]
    return Dump(rows, files)


async def read_stream(url: str) -> list[dict[str, Any]]:
    """Every message that the broker has, oldest first."""
    client = await nats.connect(url, allow_reconnect=False)
    try:
        stream = client.jetstream()
        state = (await stream.stream_info(STREAM)).state
        numbers = range(state.first_seq, state.last_seq + 1)
        return [json.loads((await stream.get_msg(STREAM, number)).data or b"{}") for number in numbers]
    finally:
        await client.close()


def _sqlite_rows(connection: sqlite3.Connection, table: str, *, has_rowid: bool) -> list[Row]:
    place = "rowid" if has_rowid else "0"
    found = connection.execute(f'SELECT {place} AS its_place, * FROM "{table}"').fetchall()  # noqa: S608 - names of our own tables
    return [
        Row(table, {name: _text(row[name]) for name in row.keys()[1:]}, (row["its_place"] if has_rowid else number,))
        for number, row in enumerate(found)
    ]


def _postgres_rows(connection: psycopg.Connection[dict[str, Any]], schema: str, table: str) -> list[Row]:
    found = connection.execute(
        f'SELECT ctid::text AS its_place, xmin::text AS its_transaction, * FROM "{schema}"."{table}"'  # noqa: S608 - as above
    ).fetchall()
    return [
        Row(
            table,
            {name: _text(value) for name, value in row.items() if not name.startswith("its_")},
            tuple(map(int, row["its_place"].strip("()").split(","))),
            int(row["its_transaction"]),
        )
        for row in found
    ]


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    return json.dumps(value, default=str) if isinstance(value, dict | list) else str(value)
