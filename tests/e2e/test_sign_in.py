"""Somebody signs in at the family's door, in a browser without JavaScript, and takes part in a block behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Browser, BrowserContext, Page

from interlinker_shared.accounts import admin_link
from interlinker_shared.accounts.paths import CONFIRM
from tests.e2e.conftest import CHROMIUM
from tests.family import Family

pytestmark = [
    pytest.mark.browser,
    pytest.mark.e2e,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Debian's chromium is not installed"),
]

OLGA = "olga@example.org"


def posted(context: BrowserContext, url: str, origin: str, body: Any = None) -> APIResponse:
    return context.request.post(url, data=body, headers={"Origin": origin})


def open_board(context: BrowserContext, family: Family) -> str:
    """A board that Olga has opened, by her cookie; its page."""
    boards = f"{family.url}/i/forum/boards"
    board = posted(context, boards, family.url, {"title": "Our street", "config": {}, "language": "en"}).json()
    assert posted(context, f"{boards}/{board['id']}/open", family.url).ok
    return f"{boards}/{board['id']}/view"


def sign_in(page: Page, family: Family) -> None:
    page.goto(f"{family.url}{CONFIRM}?token={admin_link.mint(family.secret, 'gateway')}")
    page.get_by_label("E-mail address").fill(OLGA)
    page.get_by_role("button", name="Become an owner").click()
    page.get_by_role("heading", name="My account").wait_for()


def test_who_signs_in_at_the_door_takes_part_behind_it(browser: Browser, family: Family) -> None:
    with browser.new_context(java_script_enabled=False, locale="en") as context:
        page = context.new_page()
        sign_in(page, family)
        page.goto(open_board(context, family))
        page.get_by_label("Title").fill("A bench")
        page.locator("textarea[name=text]").fill("Under the lime tree.")
        page.get_by_role("button", name="Open the topic").click()
        page.get_by_role("heading", name="A bench").wait_for()
        page.get_by_role("link", name="My account").click()
        assert page.url.removeprefix(family.url).startswith("/account/view")


def test_a_block_leads_to_the_door_and_the_door_back(browser: Browser, family: Family) -> None:
    with browser.new_context(java_script_enabled=False, locale="en") as olgas:
        sign_in(olgas.new_page(), family)
        board = open_board(olgas, family)
    with browser.new_context(java_script_enabled=False, locale="en") as context:
        page = context.new_page()
        page.goto(board)
        page.get_by_role("link", name="Sign in").click()
        assert page.url.startswith(f"{family.url}/sign-in/view?")
        wanted = page.locator("input[name=next]").input_value()
        assert wanted == board.removeprefix(family.url)


def test_another_site_can_do_nothing_in_the_name_of_a_reader(browser: Browser, family: Family) -> None:
    with browser.new_context(java_script_enabled=False, locale="en") as context:
        sign_in(context.new_page(), family)
        board = {"title": "Not hers", "config": {}, "language": "en"}
        for place in (f"{family.url}/i/forum/boards", f"{family.url}/invitations"):
            assert posted(context, place, "https://evil.example", board).status == 403
