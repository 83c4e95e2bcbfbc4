"""Every kind of question in a real Chromium, in each state of the page: axe finds nothing, nothing scrolls sideways."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn
from interlinkers.survey.tests.every_type import EVERY

from interlinker_shared.auth import Role, mint_token
from interlinker_shared.testing import SECRET
from interlinker_survey.app import create_app
from interlinker_survey.settings import SurveySettings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

playwright = pytest.importorskip("playwright.sync_api", reason="the browser tools are not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the browser tools are not installed")

CHROMIUM = shutil.which("chromium")
OWNER = {"Authorization": f"Bearer {mint_token(SECRET, subject='owner', role=Role.OWNER, audience='survey')}"}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service that listens."""
    folder: Path = tmp_path_factory.mktemp("survey")
    alone: dict[str, Any] = {"data_dir": folder, "secret": SECRET, "nats_url": None, "registry_url": None}
    app = create_app(SurveySettings(**alone, guest_challenge=False))  # tests/e2e take the step of guests
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listening.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium."""
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def create(address: str, definition: dict[str, Any]) -> Iterator[Any]:
    """Create a survey in a state; the address of its page comes back."""
    with httpx.Client(base_url=address, headers=OWNER) as client:

        def made(*steps: str, access: str = "open", asks: dict[str, Any] | None = None) -> str:
            body = {"title": "Needs", "config": {"definition": asks or definition, "access": access}}
            path = f"/surveys/{client.post('/surveys', json=body).json()['id']}"
            for step in steps:
                client.post(f"{path}/{step}").raise_for_status()
            return f"{address}{path}/view"

        yield made


def is_accessible(page: Page) -> bool:
    """Whether axe finds nothing and the page fits its window."""
    found = [violation["id"] for violation in axe.Axe().run(page).response["violations"]]
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert found == []
    return not wide


@pytest.mark.parametrize(("width", "language"), [(320, "de"), (1200, "es")])
def test_the_form_is_accessible_before_and_after_an_error(
    browser: Browser, create: Any, width: int, language: str
) -> None:
    with browser.new_page(viewport={"width": width, "height": 900}) as page:
        page.goto(f"{create('open')}?lang={language}")
        assert is_accessible(page)
        page.locator("button[type=submit]").click()
        assert page.locator("#errors a").count() == 1
        assert page.locator("html").get_attribute("lang") == language
        assert is_accessible(page)


def test_the_other_states_are_accessible(browser: Browser, create: Any) -> None:
    with browser.new_page(viewport={"width": 320, "height": 900}) as page:
        for address in (create("open", access="account"), f"{create('open')}?sent=true", create("open", "close")):
            page.goto(address)
            assert is_accessible(page), address


def test_the_form_is_filled_in_without_javascript(browser: Browser, create: Any) -> None:
    with browser.new_page(java_script_enabled=False) as page:
        page.goto(create("open"))
        page.get_by_label("At school").check()
        page.get_by_label("0 – never").check()
        page.get_by_role("button", name="Next").click()
        page.get_by_label("suggestion").fill("More benches")
        page.get_by_label("since").fill("2001-05-06")
        page.get_by_role("button", name="Send answers").click()
        assert page.get_by_role("heading", name="Thank you").count() == 1


@pytest.mark.parametrize("width", [320, 1200])
def test_every_type_of_question_is_accessible_before_and_after_an_error(
    browser: Browser, create: Any, width: int
) -> None:
    """At 320 pixels, which is 1280 at 400 %, nothing scrolls sideways."""
    with browser.new_page(viewport={"width": width, "height": 900}) as page:
        page.goto(create("open", asks=EVERY))
        for path in ("panels", "rows"):
            page.locator(f"button[value='add:{path}']").click()
        assert is_accessible(page)
        page.get_by_role("button", name="Send answers").last.click()
        assert page.locator("#errors a").count() > 1
        assert is_accessible(page)


def test_the_keyboard_adds_a_panel_and_goes_on(browser: Browser, create: Any) -> None:
    panel = {"type": "paneldynamic", "name": "kids", "templateElements": [{"type": "text", "name": "age"}]}
    with browser.new_page(java_script_enabled=False) as page:
        page.goto(create("open", asks={"elements": [panel]}))
        page.get_by_role("button", name="Add another").press("Enter")
        page.get_by_role("textbox", name="age").fill("7")
        page.get_by_role("textbox", name="age").press("Enter")
        assert page.get_by_role("heading", name="Thank you").count() == 1
