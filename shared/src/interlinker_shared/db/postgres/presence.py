"""Who is there: replicas hold a lock together; one that holds it alone may answer from memory, for nobody else can write."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
import structlog
from psycopg import sql

from interlinker_shared.db.postgres.connections import connected

ANSWER_SECONDS = 5.0
RETRY_SECONDS = 0.1

TABLES = (
    "CREATE TABLE IF NOT EXISTS {schema}.alone (one boolean PRIMARY KEY DEFAULT true CHECK (one), replica text)",
    "INSERT INTO {schema}.alone (replica) VALUES (NULL) ON CONFLICT DO NOTHING",
)
"""What a store needs at its start: one row with the replica that may be answering from memory."""
_HOLDERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND granted "
    "AND classid = %s AND objid = %s AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)

log = structlog.get_logger()

# A clock that goes on while the machine sleeps, where there is one: a lease must not outlive that.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def clock() -> float:
    """Seconds since some moment; no other machine's clock is ever compared with it, only lengths of time are."""
    return time.clock_gettime(_CLOCK)


class AbsentError(Exception):
    """This replica cannot show that it still holds the lock, so it must not commit."""


@dataclass(frozen=True)
class Pace:
    """Seconds: between two looks, that one is good for, that others allow for it, and before a lock is asked for again.

    `settle` is longer than `lease` by more than two clocks can differ in their rate.
    """

    beat: float = 0.25
    lease: float = 1.0
    settle: float = 1.5
    calm: float = 2.0
    knock: float = 0.02


class Presence:
    """Holds a lock of the schema in a session of its own: shared to be there, exclusive as well to be alone.

    Only who is there commits. The server takes the lock away when the session ends, and the session may end without our
    knowledge. So each right is good for a lease from the last answer that came over the session, and whoever gets the
    lock after one who may have lost it waits until that lease is over by any clock. Decision 26 has the argument.
    """

    def __init__(
        self, conninfo: str, schema: str, *, lock: tuple[int, int], barrier: tuple[int, int], pace: Pace | None = None
    ) -> None:
        """Two numbers name a lock. `barrier` is the one that every group of writes holds from its seal to its end."""
        self._conninfo = conninfo
        self._schema = schema
        self._lock = lock
        self._barrier = barrier
        self._pace = pace or Pace()
        self._me = secrets.token_hex(8)
        self._on_change: Callable[[], None] = lambda: None
        self._here = threading.Event()
        self._present_until = self._alone_until = 0.0
        self._exclusive_since: float | None = None
        self._alone = self._doubted = False
        self._calm_until = 0.0
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop

    def start(self, on_change: Callable[[], None]) -> None:
        """Begin; `on_change` is called on this event loop when others may have written what nobody told us about."""
        self._on_change = on_change
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Leave, after the last commit."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def alone(self) -> bool:
        """Whether no other replica can have had a commit acknowledged that `on_change` has not told of."""
        return clock() < self._alone_until

    def wait(self, seconds: float) -> None:
        """In a writer's thread: wait until this replica is there, but no longer than so many seconds."""
        self._here.wait(seconds)

    def check(self) -> None:
        """In a writer's thread, between its seal and its commit: AbsentError unless this replica is there."""
        if clock() >= self._present_until:
            raise AbsentError

    def doubt(self) -> None:
        """In a writer's thread: nobody knows whether one of our own commits took place, or will."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody asks any more
            self._loop.call_soon_threadsafe(self._doubt)

    def _doubt(self) -> None:
        self._doubted, self._alone_until = True, 0.0

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(psycopg.Error, OSError, TimeoutError):
                await self._attend()
            await asyncio.sleep(RETRY_SECONDS)

    async def _attend(self) -> None:
        """Be there for as long as one connection lasts."""
        async with connected(self._conninfo) as connection:
            try:
                await self._join(connection)
                while True:
                    await self._beat(connection, asked=await self._rest(connection))
            finally:
                was_alone, self._exclusive_since, self._alone = self._alone, None, False
                self._present_until = self._alone_until = 0.0
                self._here.clear()
                if was_alone and not connection.closed:
                    await self._say_so()

    async def _join(self, connection: psycopg.AsyncConnection) -> None:
        await connection.execute(f'LISTEN "{self._channel}"')
        await self._get_in(connection)
        looked = clock()
        former = await self._ask(connection, "SELECT replica FROM {schema}.alone")
        if former is not None:
            if former != self._me:
                log.info("another replica may still answer from memory: writes wait", seconds=self._pace.settle)
                await asyncio.sleep(self._pace.settle)
            looked = clock()
            await self._ask(
                connection, "UPDATE {schema}.alone SET replica = NULL WHERE replica = %s RETURNING 1", former
            )
        self._present_until = looked + self._pace.lease
        self._on_change()
        self._here.set()

    async def _get_in(self, connection: psycopg.AsyncConnection) -> None:
        """Get the shared lock: who is alone makes room, or is thrown out when it does not answer."""
        began = clock()
        while not await self._ask(connection, "SELECT pg_try_advisory_lock_shared(%s, %s)", *self._lock):
            await self._ask(connection, "SELECT pg_notify(%s, %s)", self._channel, self._me)
            if clock() - began > self._pace.settle:
                log.warning("the replica that is alone does not make room: its session is ended")
                await self._ask(connection, _HOLDERS, *self._lock)
                began = clock()
            await asyncio.sleep(self._pace.knock)

    async def _rest(self, connection: psycopg.AsyncConnection) -> bool:
        """Wait for the next beat, or for another replica that wants in: then True."""
        asked = False
        async for notice in connection.notifies(timeout=self._pace.beat, stop_after=1):
            asked = notice.payload != self._me
        return asked

    async def _beat(self, connection: psycopg.AsyncConnection, *, asked: bool) -> None:
        now = clock()
        if asked:
            self._calm_until = now + self._pace.calm
        since = self._exclusive_since
        if since is None:
            await self._try_to_be_alone(connection, now)
        elif asked or self._doubted:
            await self._make_room(connection)
        elif self._alone or now - since < self._pace.settle:
            await self._ask(connection, "SELECT 1")
        else:
            await self._be_alone(connection)
        self._present_until = now + self._pace.lease
        if self._alone and not self._doubted:
            self._alone_until = now + self._pace.lease

    async def _try_to_be_alone(self, connection: psycopg.AsyncConnection, now: float) -> None:
        if now < self._calm_until:
            await self._ask(connection, "SELECT 1")
        elif await self._ask(connection, "SELECT pg_try_advisory_lock(%s, %s)", *self._lock):
            self._exclusive_since = clock()

    async def _be_alone(self, connection: psycopg.AsyncConnection) -> None:
        """Every commit by others has ended once we have passed the barrier; what was read before that is forgotten."""
        await self._ask(connection, "UPDATE {schema}.alone SET replica = %s RETURNING 1", self._me)
        await self._ask(connection, "SELECT pg_advisory_xact_lock(%s, %s)", *self._barrier)
        self._on_change()
        self._alone = True

    async def _make_room(self, connection: psycopg.AsyncConnection) -> None:
        self._alone, self._alone_until, self._doubted = False, 0.0, False
        await self._say_so(connection)
        await self._ask(connection, "SELECT pg_advisory_unlock(%s, %s)", *self._lock)
        self._exclusive_since = None

    async def _say_so(self, connection: psycopg.AsyncConnection | None = None) -> None:
        """Write down that we answer from memory no more, so that nobody waits for the end of our lease."""
        statement: LiteralString = "UPDATE {schema}.alone SET replica = NULL WHERE replica = %s RETURNING 1"
        if connection is not None:
            await self._ask(connection, statement, self._me)
            return
        with contextlib.suppress(psycopg.Error, OSError, TimeoutError):
            async with connected(
                self._conninfo
            ) as another:  # what was cancelled may have left the first one in mid-air
                await self._ask(another, statement, self._me)

    async def _ask(self, connection: psycopg.AsyncConnection, query: LiteralString, *values: object) -> Any:
        """The first column of the first row; TimeoutError when none comes within some seconds."""
        statement = sql.SQL(query).format(schema=sql.Identifier(self._schema)) if "{schema}" in query else query
        async with asyncio.timeout(ANSWER_SECONDS):
            row = await (await connection.execute(statement, values)).fetchone()
        return row[0] if row else None

    @property
    def _channel(self) -> str:
        return f"interlinkers_{self._schema}_presence"
