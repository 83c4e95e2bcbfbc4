"""Signals between replicas: LISTEN on one connection, NOTIFY from another, so that commits do not wait for each other."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable

import psycopg
import structlog

from interlinker_shared.db.postgres.connections import connected
from interlinker_shared.db.writer import Listener

GAP_SECONDS = (
    0.02  # NOTIFY takes a lock of the whole database as it commits: at most so often, and in no write's transaction
)
RETRY_SECONDS = 1.0

log = structlog.get_logger()


class Everything(set[str]):
    """After a lost connection nobody knows what was missed: this holds every signal."""

    def __contains__(self, _signal: object) -> bool:
        """Yes."""
        return True

    def __bool__(self) -> bool:
        """It is not empty."""
        return True


class Signals:
    """Hears what other replicas commit, and tells them what this one does."""

    def __init__(self, conninfo: str, *, channel: str, alone: Callable[[], bool] = lambda: False) -> None:
        """Nothing is connected yet. While `alone` says so there is nobody to tell."""
        self._alone = alone
        self._conninfo = conninfo
        self._channel = channel
        self._me = secrets.token_hex(8)
        self._listeners: list[Listener] = []
        self._unsent: set[str] = set()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, listeners: list[Listener]) -> None:
        """Begin; call it on the event loop."""
        self._listeners = listeners
        listeners.append(self._remember)
        self._tasks = [
            asyncio.create_task(self._for_ever(self._listen)),
            asyncio.create_task(self._for_ever(self._send)),
        ]

    def missed(self) -> None:
        """Others may have raised signals that did not come here."""
        self._tell(Everything())

    async def stop(self) -> None:
        """End."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _remember(self, signals: set[str]) -> None:
        if not self._alone():  # who comes now looks at everything once it is there
            self._unsent |= signals
            self._wake.set()

    async def _for_ever(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            with contextlib.suppress(psycopg.Error, OSError):
                await work()
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self) -> None:
        async with connected(self._conninfo) as connection:
            await connection.execute(f'LISTEN "{self._channel}"')
            self.missed()
            async for notice in connection.notifies():
                sender, _, names = notice.payload.partition(" ")
                if sender != self._me:
                    self._tell(set(names.split()))

    async def _send(self) -> None:
        async with connected(self._conninfo) as connection:
            while True:
                await self._wake.wait()
                self._wake.clear()
                names, self._unsent = self._unsent, set()
                payload = f"{self._me} {' '.join(sorted(names))}"
                await connection.execute("SELECT pg_notify(%s, %s)", (self._channel, payload))
                await asyncio.sleep(GAP_SECONDS)

    def _tell(self, signals: set[str]) -> None:
        for listener in self._listeners:
            if listener != self._remember:
                listener(signals)
