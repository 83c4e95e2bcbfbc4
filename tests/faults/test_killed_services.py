"""Any one service killed in the middle of a process, and started again: the same end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from rich.progress import Progress

from deploy.demo import ending as endings
from deploy.demo.citizens import settle
from deploy.demo.front import Front
from deploy.demo.story import Story
from tests.family import SERVICES, Family, finish

pytestmark = pytest.mark.e2e

PEOPLE = 24
KILL_AT = (40, 110, 190)  # requests into the play: while answering, while supporting, while voting


async def play(family: Family, killed: str | None = None) -> dict[str, Any]:
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


@pytest.fixture(scope="module")
def undisturbed(family: Family) -> dict[str, Any]:
    return finish(play(family))


@pytest.mark.parametrize("service", SERVICES)
async def test_a_killed_service_changes_nothing_about_the_end(
    family: Family, undisturbed: dict[str, Any], service: str
) -> None:
    assert await play(family, killed=service) == undisturbed
