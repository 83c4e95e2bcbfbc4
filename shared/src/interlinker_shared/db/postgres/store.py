"""Engines, readers and start-up of a service's schema on PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any, Concatenate, ParamSpec, TypeVar

import psycopg
from psycopg import sql
from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool, QueuePool

from interlinker_shared.db.postgres.committer import BARRIER, SEALS, PostgresCommitter, lock_number
from interlinker_shared.db.postgres.connections import CONNECT_SECONDS
from interlinker_shared.db.postgres.exclusive import Exclusive
from interlinker_shared.db.postgres.presence import TABLES, Pace, Presence
from interlinker_shared.db.postgres.reader import KeptReader
from interlinker_shared.db.postgres.signals import Signals
from interlinker_shared.db.postgres.troubles import Trouble, explain, trouble_of
from interlinker_shared.db.readers import ThreadReader
from interlinker_shared.db.writer import Listener

P = ParamSpec("P")
T = TypeVar("T")

OLDEST = 130000  # what is older gets no security updates any more
WRITERS = 1  # two collide all the time: PostgreSQL sees conflicts by index page, and new keys all go to the last one
READERS = 8
PAUSE_SECONDS = 0.1


def check_version(version: int) -> None:
    """Refuse a server (130004 is 13.4) that lacks what our statements need."""
    if version < OLDEST:
        message = f"PostgreSQL {version // 10000} is too old: {OLDEST // 10000} or newer is needed."
        raise RuntimeError(message)


class PostgresStore:
    """A schema named after the service, in the database that the address names."""

    writers = WRITERS

    def __init__(
        self,
        address: str,
        info: dict[str, Any],
        *,
        statement_seconds: float,
        patience_seconds: float,
        pace: Pace | None = None,
    ) -> None:
        """Nothing is connected yet. A statement that runs for longer than `statement_seconds` is stopped by the server.

        For `patience_seconds` requests wait for a database that is away, or for a lock.
        """
        self._patience = patience_seconds
        self._url = make_url(address).set(drivername="postgresql+psycopg")
        self._info = info
        self._schema = info["service"].replace("-", "_")
        late = f"-c statement_timeout={round(statement_seconds * 1000)}"
        self._writer_engine = self._engine(
            # A replica that is stopped in the middle of a transaction must not hold its locks for ever.
            f"{late} -c lock_timeout={round(patience_seconds * 1000)} "
            f"-c idle_in_transaction_session_timeout={round(statement_seconds * 1000)}",
            poolclass=NullPool,
            isolation_level="SERIALIZABLE",
        )
        self._reader = KeptReader(self._reading(late, READERS), info, threads=READERS)
        self._streamer = ThreadReader(self._reading("-c statement_timeout=0", READERS), info, threads=1)
        self._presence = Presence(
            self._conninfo(),
            self._schema,
            lock=(lock_number(self._schema), lock_number("presence")),
            barrier=(lock_number(info["service"]), lock_number(BARRIER)),
            pace=pace,
        )
        self._signals = Signals(self._conninfo(), channel=f"interlinkers_{self._schema}", alone=self.alone)

    @contextlib.contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A connection for migrations; other replicas that start at the same time wait for it."""
        with psycopg.connect(self._conninfo(), autocommit=True) as admin:
            if admin.info.server_version < OLDEST:
                message = (
                    f"PostgreSQL {admin.info.server_version // 10000} is too old: {OLDEST // 10000} or newer is needed."
                )
                raise RuntimeError(message)
            admin.execute("SELECT pg_advisory_lock(%s, %s)", (lock_number(self._schema), lock_number("migrate")))
            for statement in ("CREATE SCHEMA IF NOT EXISTS {schema}", *SEALS, *TABLES):
                admin.execute(sql.SQL(statement).format(schema=sql.Identifier(self._schema)))
            engine = self._engine("", poolclass=NullPool)
            with engine.connect() as connection:
                yield connection
            engine.dispose()

    def start(self, listeners: list[Listener]) -> None:
        """Listen to the other replicas, and become one of them."""
        self._signals.start(listeners)
        self._presence.start(self._signals.missed)

    async def close(self) -> None:
        """Let everything go."""
        await self._presence.stop()
        await self._signals.stop()
        await asyncio.to_thread(self._reader.close)
        await asyncio.to_thread(self._streamer.close)
        self._writer_engine.dispose()

    def alone(self) -> bool:
        """Whether this is the only replica, so that listeners have heard of every commit that was acknowledged."""
        return self._presence.alone

    def committer(self) -> PostgresCommitter:
        """A connection that writes."""
        return PostgresCommitter(self._writer_engine, self._info, presence=self._presence, patience=self._patience)

    async def read(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a read in a thread; again, for some seconds, when the database is away."""
        give_up_at = time.monotonic() + self._patience
        while True:
            try:
                return await self._reader.run(fn, *args, **kwargs)
            except DBAPIError as error:
                if trouble_of(error) is not Trouble.AWAY or time.monotonic() >= give_up_at:
                    raise explain(error) from error
            await asyncio.sleep(PAUSE_SECONDS)

    def stream(
        self, fn: Callable[Concatenate[Session, P], Iterator[bytes]], /, *args: P.args, **kwargs: P.kwargs
    ) -> AsyncGenerator[bytes]:
        """Yield what `fn(session, …)` yields, from a thread and for as long as it takes."""
        return self._streamer.stream(fn, *args, **kwargs)

    def exclusive(self, name: str) -> AbstractAsyncContextManager[None]:
        """Be the only replica inside `name`; what runs inside is cancelled when the connection that holds the lock is lost."""
        return Exclusive(self._conninfo(), lock_number(self._schema), lock_number(name))

    def _reading(self, options: str, size: int) -> Engine:
        return self._engine(
            f"{options} -c default_transaction_read_only=on",
            poolclass=QueuePool,
            pool_size=size,
            max_overflow=size,
            isolation_level="REPEATABLE READ",
        )

    def _engine(self, options: str, **more: Any) -> Engine:
        arguments: dict[str, Any] = {
            "options": f"-c search_path={self._schema} -c timezone=UTC {options}",
            "connect_timeout": CONNECT_SECONDS,
            # A driver that has prepared something drops all that is prepared at each rollback, also what is ours (Direct).
            "prepare_threshold": None,
            "application_name": f"interlinker-{self._info['service']}",
        }
        return create_engine(self._url, connect_args=arguments, **more)

    def _conninfo(self) -> str:
        url: URL = self._url.set(drivername="postgresql")
        return url.render_as_string(hide_password=False)
