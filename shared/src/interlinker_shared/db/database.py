"""The database of one service: writes through one queue, reads beside it; the same on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from interlinker_shared.db.migrate import upgrade
from interlinker_shared.db.sqlite import SqliteStore
from interlinker_shared.db.writer import Committer, Listener, Writer
from interlinker_shared.sealing import INFO, Seal

P = ParamSpec("P")
T = TypeVar("T")

QUEUE_LIMIT = 2048
STATEMENT_SECONDS = 30.0
PATIENCE_SECONDS = 5.0


class Store(Protocol):
    """What the two databases do in ways of their own."""

    @property
    def writers(self) -> int:
        """How many committers there may be."""

    def migrating(self) -> AbstractContextManager[Connection]:
        """A connection for migrations, which nobody else makes meanwhile."""

    def start(self, listeners: list[Listener]) -> None:
        """Open what reads need; pass on what other processes signal to `listeners`."""

    async def close(self) -> None:
        """Let everything go."""

    def alone(self) -> bool:
        """Whether listeners have heard of every commit that anybody was told of."""

    def committer(self) -> Committer:
        """A connection that writes."""

    async def read(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(session, …)` on a read-only snapshot."""

    def stream(
        self, fn: Callable[Concatenate[Session, P], Iterator[bytes]], /, *args: P.args, **kwargs: P.kwargs
    ) -> AsyncGenerator[bytes]:
        """Yield what `fn(session, …)` yields."""

    def exclusive(self, name: str) -> AbstractAsyncContextManager[None]:
        """Be the only one inside `name`."""


class Database:
    """One way to write, one way to read. Nobody else begins or commits a transaction."""

    def __init__(self, store: Store, *, queue_limit: int = QUEUE_LIMIT) -> None:
        """Nothing runs yet; beyond `queue_limit` waiting writes new ones are told to come back."""
        self._store = store
        self._writer = Writer(store.committer, threads=store.writers, limit=queue_limit)

    def migrate(self, *packages: str) -> None:
        """Bring the schema of shared and of `packages` up to date."""
        with self._store.migrating() as connection:
            for package in ("interlinker_shared", *packages):
                upgrade(connection, package)

    def start(self) -> None:
        """Start the writers; call it on the event loop that will await them."""
        self._store.start(self._writer.listeners)
        self._writer.start()

    async def close(self) -> None:
        """Finish what waits, then let the database go."""
        await self._writer.stop()
        await self._store.close()

    def on_commit(self, listener: Listener) -> None:
        """Call `listener` on the event loop after each commit with the signals that its jobs raised, if any.

        On PostgreSQL it hears the signals of other replicas too, a few milliseconds later.
        """
        self._writer.listeners.append(listener)

    @property
    def writers(self) -> int:
        """How many groups may be written at the same time."""
        return self._store.writers

    @property
    def shared(self) -> bool:
        """Whether other processes may write to it as well."""
        return not isinstance(self._store, SqliteStore)

    def alone(self) -> bool:
        """Whether, at this moment, commit listeners have heard of every commit that anybody was told of.

        Always so on SQLite; on PostgreSQL while this is the only replica, which takes some seconds to find out.
        """
        return self._store.alone()

    @property
    def queued(self) -> int:
        """Writes that wait."""
        return self._writer.queued

    async def write(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(session, …)` in a transaction; return its result after the commit.

        `fn` may run more than once, until one of its attempts is committed: it keeps nothing but its result. Raises what
        `fn` raises, with nothing of it stored, UnavailableError when too many writes wait or the database is away, and
        StorageFullError.
        """
        return await self._writer.submit(fn, *args, **kwargs)

    async def read(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(session, …)` on a read-only snapshot. UnavailableError when it takes too long."""
        return await self._store.read(fn, *args, **kwargs)

    def stream(
        self, fn: Callable[Concatenate[Session, P], Iterator[bytes]], /, *args: P.args, **kwargs: P.kwargs
    ) -> AsyncGenerator[bytes]:
        """Yield what `fn(session, …)` yields, in chunks of about 64 KiB, from a thread on one read-only snapshot."""
        return self._store.stream(fn, *args, **kwargs)

    def exclusive(self, name: str) -> AbstractAsyncContextManager[None]:
        """Inside, this is the only process that works on `name`; enters when it is. See the store for what ends it."""
        return self._store.exclusive(name)

    async def ping(self) -> None:
        """Fail when the database cannot be written."""
        await self.write(_touch_nothing)


def open_database(
    place: Path | str,
    *,
    service: str,
    instance: str,
    queue_limit: int = QUEUE_LIMIT,
    statement_seconds: float = STATEMENT_SECONDS,
    patience_seconds: float = PATIENCE_SECONDS,
    seal: Seal | None = None,
) -> Database:
    """The database at `place`: a SQLite file, made if it is missing, or a `postgresql://` address; nothing runs yet.

    `seal` is for secrets in it. A statement is stopped after `statement_seconds`; for `patience_seconds` requests wait for a
    server that is away.
    Raises RuntimeError when another process has the file open or a library is missing or too old.
    """
    info: dict[str, Any] = {"service": service, "source": f"/{service}/{instance}"}
    if seal is not None:
        info[INFO] = seal
    if isinstance(place, Path):
        return Database(SqliteStore(place, info, statement_seconds=statement_seconds), queue_limit=queue_limit)
    from interlinker_shared.db.postgres import PostgresStore  # noqa: PLC0415 - most run on SQLite and need no driver

    store = PostgresStore(place, info, statement_seconds=statement_seconds, patience_seconds=patience_seconds)
    return Database(store, queue_limit=queue_limit)


def _touch_nothing(session: Session) -> None:
    session.execute(text("SELECT 1"))
