"""A service that is killed while it delivers: every event arrives, in order, and not much of it twice."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

from shared.tests.receiver import Receiver, receiving
from shared.tests.webhook_service import BOXES

from interlinker_shared.webhooks.channel import WINDOW

EVENTS = 300
KILL_AT = (60, 200)  # messages taken


@contextlib.asynccontextmanager
async def service(folder: Path, url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The service as a process, which ends with SIGKILL."""
    program = (sys.executable, "-m", "shared.tests.webhook_service", str(folder), url, str(EVENTS))
    process = await asyncio.create_subprocess_exec(*program, stderr=asyncio.subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


async def test_a_service_killed_while_it_delivers_loses_nothing(tmp_path: Path) -> None:
    async with receiving() as receiver:
        for count in (*KILL_AT, EVENTS):
            async with service(tmp_path, receiver.url):
                await receiver.until(partial(arrived, receiver, count), within=30)
        check(receiver)


def arrived(receiver: Receiver, count: int) -> bool:
    return len(set(receiver.numbers)) >= count


def check(receiver: Receiver) -> None:
    assert len(receiver.by_aggregate()) == BOXES
    for numbers in receiver.by_aggregate().values():
        assert numbers == list(range(1, EVENTS // BOXES + 1))
    assert max(Counter(message.id for message in receiver.taken).values()) <= len(KILL_AT) + 1
    assert len(receiver.taken) - EVENTS <= len(KILL_AT) * WINDOW
