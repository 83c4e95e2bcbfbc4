"""What this process knows and no table holds: when each instance was last heard of, and who waits for a change."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta

from interlinker_registry.domain import InstanceId, last_heard
from interlinker_shared.state import Kit

CHANGED = "directory"
"""The signal of a commit that changed what readers of the directory see."""
KEYS_CHANGED = "service-keys"
"""The signal of a commit that changed whose keys are good."""


class Heartbeats:
    """Renewals that changed nothing; they are gone with the process, by intent (see `domain.last_heard`)."""

    def __init__(self, *, started_at: datetime) -> None:
        """`started_at` is when this process began to listen."""
        self._started_at = started_at
        self._beats: dict[str, datetime] = {}

    def beat(self, id: InstanceId, now: datetime) -> None:
        """Note a sign of life."""
        self._beats[id] = now

    def heard_at(self, id: str, persisted: datetime, ttl: timedelta) -> datetime:
        """When an instance was last heard of; `persisted` is what its row says."""
        return last_heard(persisted, self._beats.get(id), ttl=ttl, restarted_at=self._started_at)

    def begin_anew(self, now: datetime) -> None:
        """Begin to listen now, as a new process would."""
        self._started_at = now
        self._beats.clear()

    def keep_only(self, ids: Iterable[str]) -> None:
        """Forget those who hold no lease any more."""
        kept = set(ids)
        for id in self._beats.keys() - kept:
            del self._beats[id]


class Directory:
    """Heartbeats, and the bell that every long poll waits for."""

    def __init__(self, *, started_at: datetime) -> None:
        """One per application."""
        self.beats = Heartbeats(started_at=started_at)
        self._bell = asyncio.Event()
        self._closed = False

    async def run(self, kit: Kit) -> None:
        """Ring at every commit that changes the directory or the keys; let everybody go when the service stops."""
        kit.db.on_commit(self._hear)
        try:
            await kit.stopping.wait()
        finally:
            self._closed = True
            self._ring()

    async def wait_past(self, after: int, seconds: float, *, revision: Callable[[], Awaitable[int]]) -> None:
        """Return when the revision is another than `after`, when the time is over, or when the service stops.

        Any other one, not only a higher: a registry that began anew counts from the start.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self._closed:
                    bell = self._bell  # before the read: a commit after it rings this one
                    if await revision() != after:
                        return
                    await bell.wait()

    def _hear(self, signals: set[str]) -> None:
        if not signals.isdisjoint({CHANGED, KEYS_CHANGED}):
            self._ring()

    def _ring(self) -> None:
        rung, self._bell = self._bell, asyncio.Event()
        rung.set()
