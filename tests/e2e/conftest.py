"""One played process that the tests here look at, and blocks in other states beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright
from rich.progress import Progress

from deploy.demo import ending as endings
from deploy.demo.citizens import QUESTIONNAIRE, settle
from deploy.demo.front import Front
from deploy.demo.story import Story
from tests.family import Family, finish

PEOPLE = 48
CHROMIUM = "/usr/bin/chromium"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True)
class Played:
    """A finished process, and the addresses of assets that take guests."""

    family: Family
    story: Story
    ending: endings.Ending
    open_assets: dict[str, str]

    @property
    def process_page(self) -> str:
        """The page of the process."""
        return f"{self.family.url}/processes/{self.story.process}/view"


@pytest.fixture(scope="session")
def played(family: Family) -> Played:
    return finish(_play(family))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield launched
        launched.close()


async def _play(family: Family) -> Played:
    front = Front(family.url, family.secret)
    story = Story(front, settle(PEOPLE), Progress(disable=True))
    await story.play()
    ending = await endings.gather(story)
    open_assets = {
        "survey": await _open(front, story, "/i/survey/surveys", {"definition": QUESTIONNAIRE, "access": "open"}),
        "ideation": await _open(front, story, "/i/ideation/campaigns", {"budget": 1000, "guests": True}),
        "forum": await _open(front, story, "/i/forum/boards", {"guests": True}),
    }
    await front.close()
    return Played(family, story, ending, open_assets)


async def _open(front: Front, story: Story, path: str, config: dict[str, Any]) -> str:
    asset = await front.call("POST", path, story.owner, {"title": "Our street", "config": config})
    address = f"{path}/{asset['id']}"
    await front.call("POST", f"{address}/open", story.owner)
    return f"{front.url}{address}/view"
