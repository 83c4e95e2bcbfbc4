"""SQLite as we use it: one read-write connection, `query_only` readers, one process per file."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool, QueuePool

P = ParamSpec("P")
T = TypeVar("T")

OLDEST = (3, 38, 0)  # RETURNING, upsert and JSON operators
LOOP_LIMIT_SECONDS = 0.02
OPCODES_BETWEEN_CHECKS = 2000


class SlowReadError(Exception):
    """The read took longer on the event loop than a read may."""


class FileLock:
    """An exclusive lock that lives as long as the process: a second one on the same file is refused."""

    def __init__(self, path: Path) -> None:
        """Raise RuntimeError when another process holds the lock at `path`."""
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            message = f"{path.with_suffix('')} is in use by another process. Stop that one first, or choose another data folder."
            raise RuntimeError(message) from None

    def release(self) -> None:
        """Let the next process have it."""
        os.close(self._file)


def check_version() -> None:
    """Refuse a SQLite library that lacks what our statements need."""
    if sqlite3.sqlite_version_info < OLDEST:
        message = f"SQLite {sqlite3.sqlite_version} is too old: {'.'.join(map(str, OLDEST))} or newer is needed."
        raise RuntimeError(message)


def writer_engine(path: Path) -> Engine:
    """The engine of the one read-write connection. It owns the checkpoints, which keeps the WAL-reset bug away."""
    engine = _engine(path, poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=5000",
            "cache_size=-16000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def reader_engine(path: Path, size: int) -> Engine:
    """An engine whose connections cannot write."""
    engine = _engine(path, poolclass=QueuePool, pool_size=size + 1, max_overflow=size)

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in ("query_only=ON", "busy_timeout=5000", "cache_size=-8000", "mmap_size=268435456"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _engine(path: Path, **pool: Any) -> Engine:
    # The driver must not begin transactions of its own accord: `begin` above says which kind.
    arguments = {"check_same_thread": False, "isolation_level": None}
    return create_engine(f"sqlite:///{path}", connect_args=arguments, **pool)


class LoopReader:
    """Short reads on the event loop over one kept connection, interrupted when they take too long."""

    def __init__(self, engine: Engine, info: dict[str, Any]) -> None:
        """Keep one connection of `engine` for the loop."""
        self._connection = engine.connect()
        self._info = info
        self._deadline = 0.0
        driver = self._connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - narrows the type
        driver.set_progress_handler(self._is_late, OPCODES_BETWEEN_CHECKS)
        self._driver = driver

    def run(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a read; raise SlowReadError when it was interrupted."""
        self._deadline = time.monotonic() + LOOP_LIMIT_SECONDS
        try:
            with Session(self._connection, info=dict(self._info)) as session:
                return fn(session, *args, **kwargs)
        except OperationalError as error:
            if "interrupted" in str(error.orig):
                raise SlowReadError from None
            raise
        finally:
            self._connection.rollback()

    def close(self) -> None:
        """Give the connection back."""
        with contextlib.suppress(sqlite3.Error):
            self._driver.set_progress_handler(None, 0)
        self._connection.close()

    def _is_late(self) -> int:
        return int(time.monotonic() > self._deadline)
