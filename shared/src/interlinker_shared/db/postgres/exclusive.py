"""Being the only replica that does something: a session's advisory lock, watched for as long as it is held."""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType

import psycopg

from interlinker_shared.db.jobs import LostLockError
from interlinker_shared.db.postgres.connections import connected

TRY_SECONDS = 1.0
WATCH_SECONDS = 2.0
ANSWER_SECONDS = 5.0


class Exclusive:
    """An async context: enters when the lock is free, and cancels what runs inside when the lock is lost."""

    def __init__(self, conninfo: str, service: int, purpose: int, *, watch_seconds: float = WATCH_SECONDS) -> None:
        """Two numbers name the lock; every `watch_seconds` it is seen to that it is still held."""
        self._watch_seconds = watch_seconds
        self._conninfo = conninfo
        self._lock = (service, purpose)
        self._stack = contextlib.AsyncExitStack()
        self._watch: asyncio.Task[None] | None = None
        self._lost = False

    async def __aenter__(self) -> None:
        """Wait until no other replica is inside."""
        connection = await self._locked()
        owner = asyncio.current_task()
        assert owner is not None  # noqa: S101 - a coroutine runs in a task
        self._watch = asyncio.create_task(self._watch_over(owner, connection))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the next one in; LostLockError when the lock was lost meanwhile."""
        assert self._watch is not None  # noqa: S101 - entered
        self._watch.cancel()
        await asyncio.wait([self._watch])
        await self._stack.aclose()
        owner = asyncio.current_task()
        if self._lost and kind is asyncio.CancelledError and owner is not None and owner.uncancel() == 0:
            raise LostLockError from error

    async def _locked(self) -> psycopg.AsyncConnection:
        while True:
            try:
                connection = await self._stack.enter_async_context(connected(self._conninfo))
                while not await self._try(connection):  # noqa: ASYNC110 - the lock is another process's
                    await asyncio.sleep(TRY_SECONDS)
            except (psycopg.Error, OSError):
                await self._stack.aclose()
                await asyncio.sleep(TRY_SECONDS)
            except BaseException:
                await self._stack.aclose()
                raise
            else:
                return connection

    async def _try(self, connection: psycopg.AsyncConnection) -> bool:
        cursor = await connection.execute("SELECT pg_try_advisory_lock(%s, %s)", self._lock)
        row = await cursor.fetchone()
        return row is not None and bool(row[0])

    async def _watch_over(self, owner: asyncio.Task[object], connection: psycopg.AsyncConnection) -> None:
        try:
            while True:
                await asyncio.sleep(self._watch_seconds)
                async with asyncio.timeout(ANSWER_SECONDS):
                    await connection.execute("SELECT 1")
        except (psycopg.Error, OSError, TimeoutError):
            self._lost = True
            owner.cancel()
