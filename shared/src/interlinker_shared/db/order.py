"""Rows that must not tell when they came, or with which others: how they are written anew, and what is wiped behind them.

A database keeps the order of arrival in places that no query names: SQLite in where a page has its cells and in its log,
PostgreSQL in each row's place and in the number of the transaction that wrote it, which a row elsewhere may share.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, insert, select, tuple_
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from interlinker_shared.db.jobs import connection_of, signal

WIPED = "wiped "
"""Signals that begin so name a table whose former rows must not be found any more, wherever the database keeps them."""
FORGOTTEN = "forgotten"
"""A signal: something was deleted that SQLite's log must not hold any longer. On PostgreSQL that is left to its own vacuum."""
COMPACT = "compact"
"""A signal: SQLite is to write its file anew after the commit, without anything that no row holds."""


def forget_order(
    session: Session,
    rows: Table,
    moved: Table,
    of: ColumnElement[bool],
    *,
    changed: Mapping[str, ColumnElement[Any]] | None = None,
) -> None:
    """Write those of `rows` that are `of` anew, all in this transaction and in the order of their keys, which must be random.

    `moved` is an empty table with the same columns: on the way all of them lie there. `changed` says which columns get
    another value. After the commit neither files nor logs of the database hold the rows as they were.
    """
    connection = connection_of(session)
    columns = [(changed or {}).get(column.key, column).label(column.key) for column in rows.c]
    names = [column.key for column in rows.c]
    with wiping(connection):
        out = select(*columns).where(of).order_by(*rows.primary_key)
        connection.execute(insert(moved).from_select(names, out))
        connection.execute(delete(rows).where(of))
        back = select(moved).order_by(*moved.primary_key)
        connection.execute(insert(rows).from_select(names, back))
        connection.execute(delete(moved))
    signal(session, f"{WIPED}{rows.name}")


def wipe(session: Session, rows: Table, of: ColumnElement[bool]) -> None:
    """Delete those of `rows` that are `of`, and leave no copy of them in the database's files and logs."""
    connection = connection_of(session)
    with wiping(connection):
        connection.execute(delete(rows).where(of))
    signal(session, f"{WIPED}{rows.name}")


def wipe_some(session: Session, rows: Table, of: ColumnElement[bool], limit: int, *, by: Any = ()) -> list[Any]:
    """Delete up to `limit` of `rows` that are `of`, the first in the order of the columns `by`; gives their keys, as rows.

    The same as `wipe` for more than one write should last. On PostgreSQL the server cleans up behind it in its own time.
    """
    connection = connection_of(session)
    keys = list(rows.primary_key)
    some = select(*keys).where(of).order_by(*by).limit(limit)
    gone = delete(rows).where(tuple_(*keys).in_(some)).returning(*keys)
    with wiping(connection):
        keys_gone = list(connection.execute(gone))
    signal(session, FORGOTTEN)
    return keys_gone


def tells_of_deleted(signals: Iterable[str]) -> bool:
    """Whether SQLite's log holds what must not be found any more."""
    return any(name == FORGOTTEN or name.startswith(WIPED) for name in signals)


def wiped(signals: Iterable[str]) -> set[str]:
    """The tables that `signals` name."""
    return {name.removeprefix(WIPED) for name in signals if name.startswith(WIPED)}


@contextlib.contextmanager
def forgetting(session: Session) -> Iterator[None]:
    """Inside, what is deleted or written over is overwritten in SQLite's file, and after the commit in its log.

    Not everything: where SQLite has moved rows from page to page, a copy may stay that no row knows of. `compact` gets it.
    """
    with wiping(connection_of(session)):
        yield
    signal(session, FORGOTTEN)


def compact(session: Session) -> None:
    """Have SQLite write its file anew right after this commit, on which the caller waits; nothing on PostgreSQL.

    Everybody else who writes waits as well, and as much room as the file takes must be free twice.
    """
    signal(session, COMPACT)


@contextlib.contextmanager
def wiping(connection: Connection) -> Iterator[None]:
    """On SQLite, overwrite what is deleted within the block with zeros; elsewhere that is done after the commit."""
    if connection.dialect.name != "sqlite":
        yield
        return
    former = connection.exec_driver_sql("PRAGMA secure_delete").scalar_one()
    connection.exec_driver_sql("PRAGMA secure_delete=ON")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA secure_delete={former}")
