"""The demo page in a real Chromium: no axe violation in any state, no sideways scrolling, keyboard first."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from threading import Thread
from typing import Literal

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium")
VIEW = "/plans/7/view"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]


@pytest.fixture(scope="module")
def address(demo_app: FastAPI) -> Iterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(demo_app, log_level="warning"))
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listening.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def violations(page: Page) -> list[str]:
    return [violation["id"] for violation in Axe().run(page).response["violations"]]


def scrolls_sideways(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1200])
@pytest.mark.parametrize("path", [VIEW, f"{VIEW}?lang=ar", "/missing?lang=de"])
def test_axe_finds_nothing(
    browser: Browser, address: str, path: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    with browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme) as page:
        page.goto(address + path)
        assert violations(page) == []
        assert not scrolls_sideways(page)


def test_rejected_form_leads_to_its_fields_without_javascript(browser: Browser, address: str) -> None:
    with browser.new_page(java_script_enabled=False) as page:
        page.goto(address + VIEW)
        page.get_by_label("Title").fill("")
        page.get_by_role("button", name="Send").click()
        assert page.title().startswith("Error:")
        page.get_by_role("link", name="Title: Please answer this.").click()
        page.keyboard.press("Tab")
        assert page.get_by_label("Why it matters").evaluate("field => field === document.activeElement")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_errors(browser: Browser, address: str, scheme: Literal["light", "dark"]) -> None:
    with browser.new_page(viewport={"width": 320, "height": 900}, color_scheme=scheme) as page:
        page.goto(f"{address}{VIEW}?lang=es")
        page.get_by_role("button", name="Enviar").click()
        assert violations(page) == []
        assert not scrolls_sideways(page)


def test_first_tab_reaches_the_skip_link_and_targets_are_large(browser: Browser, address: str) -> None:
    with browser.new_page() as page:
        page.goto(address + VIEW)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "il-skip"
        for box in (found.bounding_box() for found in page.locator(".il-button, .il-languages a, .il-option").all()):
            assert box is not None
            assert min(box["width"], box["height"]) >= 24
