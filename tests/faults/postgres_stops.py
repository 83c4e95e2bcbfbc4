"""Fault 3: PostgreSQL stopped without a good-bye while the services write."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace

from interlinker_shared.postgres_server import PostgresServer
from tests.faults.clients import Clients
from tests.faults.storm import Plan, Storm
from tests.faults.tally import Tally

POLL_SECONDS = 0.01
BACK_WITHIN_SECONDS = 60.0


@dataclass(frozen=True)
class Outcome:
    """What was left, and how long each time the next write took from a database that takes connections again."""

    tally: Tally
    recoveries: list[float]
    """Seconds."""


async def stop_postgres(plan: Plan, server: PostgresServer, *, times: int, writes: int) -> Outcome:
    """Stop `server` so many times, after so many writes each; it holds the data of all services of `plan`."""
    storm, recoveries = Storm(replace(plan, database=server.url)), []
    async with storm.raging():
        await storm.ready()
        for _ in range(times):
            await _written(storm.clients, writes)
            await asyncio.to_thread(server.stop, "immediate")
            await asyncio.to_thread(server.start)
            began = time.monotonic()
            await _written(storm.clients, 1)
            recoveries.append(time.monotonic() - began)
    return Outcome(storm.tally, recoveries)


async def _written(clients: Clients, more: int) -> None:
    """Return once so many more writes are acknowledged; TimeoutError after a minute."""
    goal = len(clients.acknowledged) + more
    async with asyncio.timeout(BACK_WITHIN_SECONDS):
        while len(clients.acknowledged) < goal:  # noqa: ASYNC110 - a plain counter tells nobody
            await asyncio.sleep(POLL_SECONDS)
