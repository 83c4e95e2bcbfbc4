"""Time: tasks that wait for it go on within a second; being late after a stop means going on at once, and once."""

from __future__ import annotations

import asyncio

from interlinker_gateway.actions.news import time_passed
from interlinker_gateway.store import processes
from interlinker_shared.state import Kit

TICK_SECONDS = 0.5


async def run_timers(kit: Kit) -> None:
    """Fire timers until cancelled."""
    while True:
        await fire(kit)
        await asyncio.sleep(TICK_SECONDS)


async def fire(kit: Kit) -> None:
    """Let go on what is due now."""
    now = kit.clock()
    for process_id, task in await kit.db.read(processes.due_timers, now):
        await kit.db.write(time_passed, process_id, task, now=now)
