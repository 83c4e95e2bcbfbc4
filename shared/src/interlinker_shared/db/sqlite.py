"""SQLite as we use it: one read-write connection, `query_only` readers, one process per file."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import sqlite3
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import msgspec
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection, RootTransaction
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool, QueuePool

from interlinker_shared.db.jobs import CONNECTION, FULL_MESSAGE, LATE_MESSAGE, Group, Job, LostGroupError
from interlinker_shared.db.order import COMPACT, tells_of_deleted
from interlinker_shared.db.readers import ThreadReader
from interlinker_shared.db.writer import Listener, Task
from interlinker_shared.errors import StorageFullError, UnavailableError
from interlinker_shared.failpoints import Point, reach

P = ParamSpec("P")
T = TypeVar("T")

OLDEST = (3, 38, 0)  # RETURNING, upsert and JSON operators
LOOP_LIMIT_SECONDS = 0.02
BRIEF_SECONDS = 0.05  # for a brief write on the loop; it is stopped too late rather than twice
OPCODES_BETWEEN_CHECKS = 2000
SLOW_READERS = 4
PATIENCE = "busy_timeout=5000"
LEFT_BYTES = 64 * 1024  # with less than this left, an I/O error means that the disk is full


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


class SqliteStore:
    """One database file. It owns the file for the life of the process: nobody else may have it open."""

    writers = 1

    def __init__(self, path: Path, info: dict[str, Any], *, statement_seconds: float) -> None:
        """Raise RuntimeError when another process has the file open or the SQLite library is too old.

        A statement that runs for longer than `statement_seconds` is interrupted, and its job fails.
        """
        check_version()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(path.with_name(f"{path.name}.lock"))
        self._path = path
        self._info = info
        self._seconds = statement_seconds
        self._engine = _writer_engine(path)
        readers = _reader_engine(path, SLOW_READERS)
        self._slow = ThreadReader(readers, info, threads=SLOW_READERS)
        self._readers = readers
        self._loop_reader: LoopReader | None = None

    @contextlib.contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A connection for migrations; no other process can hold the lock meanwhile."""
        with self._engine.connect() as connection:
            yield connection

    def start(self, _listeners: list[Listener]) -> None:
        """Open the reader of the event loop. No other process signals anything."""
        self._loop_reader = LoopReader(self._readers, self._info)

    async def close(self) -> None:
        """Let the file go."""
        if self._loop_reader is not None:
            self._loop_reader.close()
        await asyncio.to_thread(self._slow.close)
        self._engine.dispose()
        self._lock.release()

    def alone(self) -> bool:
        """The file is locked for this process."""
        return True

    def committer(self) -> SqliteCommitter:
        """The one connection that writes."""
        return SqliteCommitter(self._engine.connect(), self._info, self._explain, seconds=self._seconds)

    async def read(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a read: at once on the loop, or in a thread when it takes too long."""
        assert self._loop_reader is not None, "the database is not started"  # noqa: S101
        try:
            return self._loop_reader.run(fn, *args, **kwargs)
        except SlowReadError:
            pass
        try:
            return await self._slow.run(self._in_time(fn), *args, **kwargs)
        except DBAPIError as error:
            raise self._explain(error) from error

    def stream(
        self, fn: Callable[Concatenate[Session, P], Iterator[bytes]], /, *args: P.args, **kwargs: P.kwargs
    ) -> AsyncGenerator[bytes]:
        """Yield what `fn(session, …)` yields, from a thread and for as long as it takes."""
        return self._slow.stream(fn, *args, **kwargs)

    @contextlib.asynccontextmanager
    async def exclusive(self, _name: str) -> AsyncIterator[None]:
        """Enter: the file's owner is alone anyway."""
        yield

    def _in_time(self, fn: Callable[Concatenate[Session, P], T]) -> Callable[Concatenate[Session, P], T]:
        def limited(session: Session, /, *args: P.args, **kwargs: P.kwargs) -> T:
            driver = session.connection().connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - narrows the type
            with _deadline(driver, self._seconds):
                return fn(session, *args, **kwargs)

        return limited

    def _explain(self, error: BaseException) -> BaseException:
        """What an error of the driver means to who asked; any other error as it is."""
        name = getattr(getattr(error, "orig", error), "sqlite_errorname", "")
        if name == "SQLITE_INTERRUPT":
            return UnavailableError(LATE_MESSAGE, slug="timeout")
        if name == "SQLITE_FULL" or (name.startswith("SQLITE_IOERR") and self._free_bytes() < LEFT_BYTES):
            return StorageFullError(FULL_MESSAGE)
        return error

    def _free_bytes(self) -> int:
        return shutil.disk_usage(self._path.parent).free


class SqliteCommitter:
    """Commits groups: a savepoint before each job, so that one that fails leaves its neighbours alone."""

    def __init__(
        self,
        connection: Connection,
        info: dict[str, Any],
        explain: Callable[[BaseException], BaseException],
        *,
        seconds: float,
    ) -> None:
        """It keeps `connection`; `explain` says what an error of the driver means."""
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - narrows the type
        self._connection = connection
        self._driver = driver
        self._explain = explain
        self._seconds = seconds
        self._limit = seconds
        self._stopped = False
        self._late_at = float("inf")
        self._log_tells = True  # a crash may have come between a commit and this
        self._group = Group(connection, info)
        self._transaction: RootTransaction | None = None
        driver.set_progress_handler(self._is_late, OPCODES_BETWEEN_CHECKS)

    def begin(self, group: list[Job]) -> Task:
        """Run brief jobs; what is left is the commit, and, should anything go wrong, one job after the other."""
        ran = self._run(group, min(self._seconds, BRIEF_SECONDS))
        return self._end if ran else self._commit_each

    def commit(self, group: list[Job]) -> None:
        """Commit all of `group` at once, or, when that fails, one job after the other."""
        if not self._attempt(group) and len(group) > 1:
            self._commit_each(group)

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def begin_job(self) -> None:
        """Set a savepoint, and the time by which a statement must end."""
        self._driver.execute("SAVEPOINT job")
        self._late_at = time.monotonic() + self._limit

    def end_job(self) -> None:
        """Keep what the job did."""
        self._driver.execute("RELEASE job")

    def undo_job(self) -> bool:
        """Undo the job; False where SQLite has undone the whole transaction, as on a full disk or an interrupt.

        False as well where the job was stopped on the event loop: it gets its time in the thread.
        """
        if self._stopped or not self._driver.in_transaction:
            return False
        self._driver.execute("ROLLBACK TO job")
        self._driver.execute("RELEASE job")
        return True

    def _end(self, group: list[Job]) -> None:
        if not self._commit(group):
            self._commit_each(group)

    def _commit_each(self, group: list[Job]) -> None:
        for job in group:
            job.reset()
            self._attempt([job])

    def _attempt(self, jobs: list[Job]) -> bool:
        return self._run(jobs, self._seconds) and self._commit(jobs)

    def _run(self, jobs: list[Job], limit: float) -> bool:
        """Run jobs in a new transaction, each statement for `limit` seconds at most; False when nothing is left of it."""
        self._limit, self._stopped = limit, False
        try:
            self._transaction = self._connection.begin()
            self._group.run(jobs, self)
            self._late_at = float("inf")
            self._group.flush(jobs)
        except BaseException as error:  # noqa: BLE001 - nothing of the group is stored, so each of its jobs must hear it
            self._lose(jobs, error)
            return False
        return True

    def _commit(self, jobs: list[Job]) -> bool:
        try:
            assert self._transaction is not None  # noqa: S101 - narrows the type
            reach(Point.COMMITTING)
            self._transaction.commit()
        except BaseException as error:  # noqa: BLE001 - as above
            self._lose(jobs, error)
            return False
        for job in jobs:
            if job.error is not None:
                job.error = self._explain(job.error)
        self._compact([job for job in jobs if COMPACT in job.signals])
        self._log_tells = self._log_tells or any(tells_of_deleted(job.signals) for job in jobs)
        if self._log_tells:
            self._empty_log()
        return True

    def _compact(self, jobs: list[Job]) -> None:
        """Write the file anew, for those who wait for that; they hear when it could not be done."""
        if not jobs:
            return
        self._log_tells = True
        try:
            self._driver.execute("VACUUM")
        except sqlite3.Error as error:
            for job in jobs:
                job.fail(self._explain(error))

    def _empty_log(self) -> None:
        """Cut the log, which holds pages as they were; while somebody reads it that has to wait for a later commit."""
        with contextlib.suppress(sqlite3.Error):
            self._driver.execute("PRAGMA busy_timeout=0")
            busy, _, _ = self._driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._log_tells = bool(busy)
        self._driver.execute(f"PRAGMA {PATIENCE}")

    def _lose(self, jobs: list[Job], error: BaseException) -> None:
        if self._transaction is not None and self._connection.get_transaction() is self._transaction:
            with contextlib.suppress(DBAPIError):  # it may be over already
                self._transaction.rollback()
        self._driver.rollback()  # a COMMIT that fails leaves SQLite inside the transaction
        cause = error.__cause__ if isinstance(error, LostGroupError) else error
        for job in jobs:
            job.fail(self._explain(job.error or cause or error))

    def _is_late(self) -> int:
        late = time.monotonic() > self._late_at
        self._stopped = self._stopped or (late and self._limit < self._seconds)
        return int(late)


class LoopReader:
    """Short reads on the event loop over one kept connection and session, interrupted when they take too long."""

    def __init__(self, engine: Engine, info: dict[str, Any]) -> None:
        """Keep one connection of `engine` for the loop."""
        # Reads last microseconds: the engine's own way to begin and end a transaction would cost more than most of them.
        self._connection = engine.connect().execution_options(own_begin=True)
        self._info = info
        self._late_at = 0.0
        driver = self._connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - narrows the type
        driver.set_progress_handler(self._is_late, OPCODES_BETWEEN_CHECKS)
        self._driver = driver
        self._session = Session(self._connection, info=info | {CONNECTION: self._connection})

    def run(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a read; raise SlowReadError when it was interrupted."""
        self._late_at = time.monotonic() + LOOP_LIMIT_SECONDS
        self._driver.execute("BEGIN")
        try:
            return fn(self._session, *args, **kwargs)
        except OperationalError as error:
            if getattr(error.orig, "sqlite_errorname", "") == "SQLITE_INTERRUPT":
                raise SlowReadError from None
            raise
        finally:
            if self._session.in_transaction():  # otherwise nobody has used its ORM
                self._session.expunge_all()
            self._driver.rollback()

    def close(self) -> None:
        """Give the connection back."""
        with contextlib.suppress(sqlite3.Error):
            self._driver.set_progress_handler(None, 0)
        self._session.close()
        self._connection.close()

    def _is_late(self) -> int:
        return int(time.monotonic() > self._late_at)


def _writer_engine(path: Path) -> Engine:
    """The engine of the one read-write connection. It owns the checkpoints, which keeps the WAL-reset bug away."""
    engine = _engine(path, poolclass=NullPool)
    pragmas = (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        PATIENCE,
        "cache_size=-16000",
        "secure_delete=FAST",
    )
    _configure(engine, pragmas)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _reader_engine(path: Path, size: int) -> Engine:
    """An engine whose connections cannot write."""
    engine = _engine(path, poolclass=QueuePool, pool_size=size + 1, max_overflow=size)
    _configure(engine, ("query_only=ON", PATIENCE, "cache_size=-8000", "mmap_size=268435456"))

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if not connection.get_execution_options().get("own_begin"):
            connection.exec_driver_sql("BEGIN")

    return engine


def _engine(path: Path, **pool: Any) -> Engine:
    # The driver must not begin transactions of its own accord: the listeners of `begin` say which kind.
    arguments = {"check_same_thread": False, "isolation_level": None}
    return create_engine(f"sqlite:///{path}", connect_args=arguments, json_deserializer=msgspec.json.decode, **pool)


def _configure(engine: Engine, pragmas: tuple[str, ...]) -> None:
    @event.listens_for(engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")


@contextlib.contextmanager
def _deadline(driver: sqlite3.Connection, seconds: float) -> Iterator[None]:
    late_at = time.monotonic() + seconds
    driver.set_progress_handler(lambda: int(time.monotonic() > late_at), OPCODES_BETWEEN_CHECKS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)
