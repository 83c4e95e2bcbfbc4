"""Every page in a real Chromium: axe finds nothing, nothing scrolls sideways, everything works without JavaScript."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.e2e.conftest import CHROMIUM, Played

pytestmark = [
    pytest.mark.browser,
    pytest.mark.e2e,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Debian's chromium is not installed"),
]

OPEN = ("survey", "ideation", "forum")
CLOSED = ("needs", "ideas", "discuss", "vote")


def address_of(played: Played, page: str) -> str:
    if page == "process":
        return played.process_page
    if page == "catalogue":
        return f"{played.family.url}/i/registry/catalogue/view"
    if page in played.open_assets:
        return played.open_assets[page]
    return f"{played.family.url}/i/missing/view"


def violations(page: Page) -> list[str]:
    return [f"{found['id']}: {found['help']}" for found in Axe().run(page).response["violations"]]


def scrolls_sideways(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "language"), [(320, "de"), (1200, "en"), (1200, "es")])
@pytest.mark.parametrize("name", ["process", "catalogue", *OPEN])
def test_axe_finds_nothing(
    browser: Browser, played: Played, name: str, width: int, language: str, scheme: Literal["light", "dark"]
) -> None:
    with browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme) as page:
        answer = page.goto(f"{address_of(played, name)}?lang={language}")
        assert answer is not None
        assert answer.ok
        assert violations(page) == []
        assert not scrolls_sideways(page)


@pytest.mark.parametrize("task", CLOSED)
def test_axe_finds_nothing_on_results(browser: Browser, played: Played, task: str) -> None:
    link = played.ending.pages[task]
    with browser.new_page(viewport={"width": 320, "height": 900}) as page:
        page.goto(f"{played.family.url}{link}")
        assert "Closed" in page.inner_text("main")
        assert violations(page) == []
        assert not scrolls_sideways(page)


def send_once_more(page: Page) -> None:
    """As a guest without scripts is asked to, after three seconds."""
    assert "Wait three seconds" in page.inner_text("main")
    page.wait_for_timeout(3_100)
    page.get_by_role("button", name="Send", exact=True).click()


def test_a_guest_answers_a_survey_without_javascript(browser: Browser, played: Played) -> None:
    with browser.new_page(java_script_enabled=False) as page:
        page.goto(played.open_assets["survey"])
        page.get_by_role("button", name="Send answers").click()
        assert page.title().startswith("Error:")
        page.get_by_label("north").check()
        page.locator("input[type=radio][value='5']").check()
        page.get_by_role("button", name="Send answers").click()
        send_once_more(page)
        assert "Thank you" in page.inner_text("main")


def test_a_guest_submits_an_idea_without_javascript(browser: Browser, played: Played) -> None:
    with browser.new_page(java_script_enabled=False) as page:
        page.goto(played.open_assets["ideation"])
        page.get_by_label("Title").fill("A bench under the lime tree")
        page.get_by_role("textbox", name="Your idea").fill("In the shade, by the well.")
        page.get_by_role("button", name="Submit idea").click()
        send_once_more(page)
        assert "A bench under the lime tree" in page.inner_text("main")


def test_a_guest_opens_a_topic_without_javascript(browser: Browser, played: Played) -> None:
    with browser.new_page(java_script_enabled=False) as page:
        page.goto(played.open_assets["forum"])
        page.get_by_label("Title").fill("Who waters the trees?")
        page.get_by_role("textbox", name="Your text").fill("**Somebody** has to.")
        page.get_by_role("button", name="Open the topic").click()
        send_once_more(page)
        assert "Who waters the trees?" in page.inner_text("main")


def test_a_guests_browser_solves_the_challenge_by_itself(browser: Browser, played: Played) -> None:
    with browser.new_page() as page:
        page.goto(played.open_assets["forum"])
        page.get_by_label("Title").fill("Who mends the fence?")
        page.get_by_role("textbox", name="Your text").fill("The one by the school.")
        page.get_by_role("button", name="Open the topic").click()
        page.get_by_text("Your topic is open.").wait_for()
        assert "Who mends the fence?" in page.inner_text("main")


def test_the_process_page_works_by_keyboard_alone(browser: Browser, played: Played) -> None:
    with browser.new_page(java_script_enabled=False) as page:
        page.goto(played.process_page)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
