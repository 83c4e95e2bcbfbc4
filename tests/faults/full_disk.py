"""Fault 4: the disk is full. Writes are refused clearly, reads go on, and freed space is enough to go on."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.apps import WRITER
from tests.faults.clients import CREATED, Caller, calling
from tests.faults.disk import SmallDisk
from tests.faults.services import Service

FULL = 507
OK = 200
PADDING = 50_000
FEW = 20
AT_ONCE = 8
SQLITE_MEGABYTES = 8
POSTGRES_MEGABYTES = 40


@dataclass
class Full:
    """What the clients saw."""

    acknowledged: set[int] = field(default_factory=set)
    refusals: Counter[str] = field(default_factory=Counter)
    """How often a write was refused with which status and problem."""
    reads_failed: int = 0
    recovered_after: float | None = None
    """Seconds from the space that was freed to the next write that succeeded."""
    lost: int = 0

    @property
    def unclear(self) -> int:
        """Refusals that do not say that the storage is full."""
        return self.refusals.total() - self.refusals[f"{FULL} storage-full"]


async def fill_up(folder: Path, disk: SmallDisk, *, database: str | None = None, patience: float = 30.0) -> Full:
    """Write to a full disk, read from it, free it, write again, restart the service and look for what was promised.

    Without a `database` the disk is where the writer keeps its data: `folder / WRITER`.
    """
    seen = Full()
    service = Service(WRITER, folder, {} if database is None else {"FAULTS_DATABASE_URL": database})
    async with calling(service) as caller:
        await _write(caller, seen, range(FEW))
        await asyncio.to_thread(disk.fill)
        numbers = iter(range(FEW, 100_000))
        while seen.refusals.total() < FEW:
            await _write(caller, seen, [next(numbers) for _ in range(AT_ONCE)])
            seen.reads_failed += await _reads_fail(caller)
        await asyncio.to_thread(disk.free)
        seen.recovered_after = await _recover(lambda: _send(caller, seen, next(numbers)), patience)
        await _write(caller, seen, [next(numbers) for _ in range(FEW)])
    async with calling(service) as caller:
        kept = {number for _, number in (await caller.call("GET", "/entries")).body["rows"]}
        seen.lost = len(seen.acknowledged - kept)
    return seen


async def _write(caller: Caller, seen: Full, numbers: range | list[int]) -> None:
    await asyncio.gather(*(_send(caller, seen, number) for number in numbers))


async def _send(caller: Caller, seen: Full, number: int) -> bool:
    body = {"aggregate": "one", "number": number, "padding": "x" * PADDING}
    answer = await caller.call("POST", "/entries", body)
    if answer.status == CREATED:
        seen.acknowledged.add(number)
        return True
    problem = answer.body["type"].rpartition(":")[2] if isinstance(answer.body, dict) else answer.body
    seen.refusals[f"{answer.status} {problem}"] += 1
    return False


async def _reads_fail(caller: Caller) -> bool:
    answer = await caller.call("GET", "/entries/count")
    return answer.status != OK


async def _recover(send: Callable[[], Awaitable[bool]], patience: float) -> float | None:
    began = time.monotonic()
    while not await send():
        if time.monotonic() - began > patience:
            return None
        await asyncio.sleep(0.1)
    return time.monotonic() - began
