"""The reaper: moves leases on as time goes by, and not as somebody sets the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from interlinker_registry import actions, domain, store
from interlinker_registry.directory import Heartbeats
from interlinker_shared.db import Database
from interlinker_shared.state import Kit

TICK_SECONDS = 1.0
JUMP_SECONDS = 5.0

log = structlog.get_logger()


class ClockWatch:
    """Tells a clock that was set from one that went: `steady` counts seconds from anywhere, and nobody can set it."""

    def __init__(self, now: datetime, steady: Callable[[], float]) -> None:
        """From now on."""
        self._steady = steady
        self._ahead = now.timestamp() - steady()

    def jumped(self, now: datetime) -> float:
        """By how many seconds the clock was set since the last look; 0 where it only went."""
        before, self._ahead = self._ahead, now.timestamp() - self._steady()
        by = self._ahead - before
        return by if abs(by) >= JUMP_SECONDS else 0.0


async def run_reaper(kit: Kit, beats: Heartbeats, steady: Callable[[], float]) -> None:
    """Look at the leases every second until the service stops."""
    watch = ClockWatch(kit.clock(), steady)
    while not kit.stopping.is_set():
        now = kit.clock()
        if by := watch.jumped(now):
            log.warning("the clock was set: leases begin anew", seconds=round(by))
            await begin_anew(kit.db, beats, now)
        await reap(kit.db, beats, now)
        await asyncio.sleep(TICK_SECONDS)


async def reap(db: Database, beats: Heartbeats, now: datetime) -> None:
    """Write what has changed by now, if anything has: one transaction, one new revision per lease."""
    leases = await db.read(store.leases, beats)
    beats.keep_only(lease.id for lease in leases if lease.live)
    if any(domain.sweep(leases, now=now)) or any(domain.is_forgettable(lease, now=now) for lease in leases):
        await db.write(actions.sweep_leases, beats, now=now)


async def begin_anew(db: Database, beats: Heartbeats, now: datetime) -> None:
    """Judge leases as after a restart: what was heard by another time proves nothing."""
    await db.write(store.forget_future, now)
    beats.begin_anew(now)
