"""The demo, as `make demo` plays it, with fewer people."""

from __future__ import annotations

import pytest
from deploy.demo import ending as endings
from deploy.demo.citizens import settle
from deploy.demo.front import Front
from deploy.demo.story import Story
from rich.progress import Progress
from tests.family import Family

pytestmark = pytest.mark.e2e

PEOPLE = 36


@pytest.fixture
async def front(family: Family) -> Front:
    return Front(family.url, family.secret)


async def test_a_process_runs_from_question_to_feedback(front: Front) -> None:
    story = Story(front, settle(PEOPLE), Progress(disable=True))
    await story.play()
    ending = await endings.gather(story)
    assert endings.faults(story, ending) == []
    assert ending.summary()["funded"]
    assert len(story.refused) >= PEOPLE // 10
    await front.close()
