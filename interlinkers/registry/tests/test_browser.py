"""The catalogue in a real Chromium: axe finds nothing, nothing scrolls sideways, the keyboard reaches all."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import httpx
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from interlinkers.registry.tests.calling import registration
from playwright.sync_api import Browser, Page, sync_playwright
from pydantic import SecretStr

from interlinker_registry.app import create_app
from interlinker_registry.settings import RegistrySettings
from interlinker_shared.auth import Role, mint_token
from interlinker_shared.testing import SECRET

CHROMIUM = shutil.which("chromium")
OWNER = {"Authorization": f"Bearer {mint_token(SECRET, subject='owner', role=Role.OWNER, audience='registry')}"}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a registry that listens and holds an entry in every state."""
    folder: Path = tmp_path_factory.mktemp("registry")
    app = create_app(RegistrySettings(data_dir=folder, secret=SecretStr(SECRET), nats_url=None, registry_url=None))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    fill(url)
    yield url
    server.should_exit = True
    thread.join()
    listening.close()


def fill(url: str) -> None:
    """Register three services: one runs and is conformant, one is stopping and is not, one is gone."""
    with httpx.Client(base_url=url, headers=OWNER) as client:
        for service in ("forum", "survey", "budget"):
            body = registration(service)
            client.put(f"/instances/{service}-main", json=body).raise_for_status()
        drain = {"epoch": 1, "health": "draining", "manifest_digest": registration("survey")["manifest_digest"]}
        client.post("/instances/survey-main/renewals", json=drain).raise_for_status()
        client.delete("/instances/budget-main?epoch=1").raise_for_status()
        client.put("/catalogue/forum/badge", json={"conformance": "passed"}).raise_for_status()
        client.put("/catalogue/survey/badge", json={"conformance": "failed"}).raise_for_status()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(params=["light", "dark"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A narrow page, for 400 % zoom is 320 pixels, in both colour schemes."""
    page = browser.new_page(viewport={"width": 320, "height": 700}, color_scheme=request.param, bypass_csp=True)
    yield page
    page.close()


@pytest.mark.parametrize("query", ["", "?lang=de", "?lang=es&q=forum", "?q=nothing-like-it", "?limit=1", "?limit=0"])
def test_axe_finds_nothing(address: str, page: Page, query: str) -> None:
    page.goto(f"{address}/catalogue/view{query}")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("window.innerWidth")


def test_a_search_works_by_keyboard(address: str, page: Page) -> None:
    page.goto(f"{address}/catalogue/view?lang=de")
    page.get_by_label("In Namen und Beschreibungen suchen").fill("survey")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=survey**")
    assert page.get_by_role("rowheader").count() == 1
    assert page.get_by_text("Wird beendet").is_visible()
    assert page.locator("html").get_attribute("lang") == "de"
