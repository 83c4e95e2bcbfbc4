"""The reaper: moves leases on as time goes by."""

from __future__ import annotations

import asyncio
from datetime import datetime

from interlinker_registry import actions, domain, store
from interlinker_registry.directory import Heartbeats
from interlinker_shared.db import Database
from interlinker_shared.state import Kit

TICK_SECONDS = 1.0


async def run_reaper(kit: Kit, beats: Heartbeats) -> None:
    """Look at the leases every second until the service stops."""
    while not kit.stopping.is_set():
        await reap(kit.db, beats, kit.clock())
        await asyncio.sleep(TICK_SECONDS)


async def reap(db: Database, beats: Heartbeats, now: datetime) -> None:
    """Write what has changed by now, if anything has: one transaction, one new revision per lease."""
    leases = await db.read(store.leases, beats)
    beats.keep_only(lease.id for lease in leases if lease.live)
    if any(domain.sweep(leases, now=now)) or any(domain.is_forgettable(lease, now=now) for lease in leases):
        await db.write(actions.sweep_leases, beats, now=now)
