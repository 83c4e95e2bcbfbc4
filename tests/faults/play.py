"""A whole process, played through the front door while one of its services is killed again and again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from rich.progress import Progress

from deploy.demo import ending as endings
from deploy.demo.citizens import settle
from deploy.demo.front import Front
from deploy.demo.story import Story
from tests.family import Family

PEOPLE = 24
KILL_AT = (40, 110, 190)  # requests into the play: while answering, while supporting, while voting


async def play(family: Family, killed: str | None = None) -> dict[str, Any]:
    """Play it to its end, and give that; AssertionError when something in it does not add up."""
    front = Front(family.url, family.secret)
    story = Story(front, settle(PEOPLE), Progress(disable=True))
    async with killing(family, front, killed):
        await story.play()
    ending = await endings.gather(story)
    await front.close()
    assert endings.faults(story, ending) == []
    return ending.summary()


@contextlib.asynccontextmanager
async def killing(family: Family, front: Front, service: str | None) -> AsyncIterator[None]:
    """Kill `service`, if any, at certain requests of the play within the block."""

    async def kill() -> int:
        killed = 0
        for calls in KILL_AT:
            while front.calls < calls:  # noqa: ASYNC110 - a plain counter tells nobody
                await asyncio.sleep(0.01)
            killed += await asyncio.to_thread(family.kill, str(service))
        return killed

    task = asyncio.create_task(kill()) if service else None
    yield
    if task is not None:
        assert await asyncio.wait_for(task, 1) > 0  # during the play, not after it
