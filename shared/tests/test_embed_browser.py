"""A portal and a block in a real Chromium: the page in the frame gets its bearer from the page around it, and from no other."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import APIRouter
from playwright.sync_api import Browser, Page, sync_playwright
from shared.tests.boxes import SERVICE, create_box_app
from shared.tests.portals import Signer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from interlinker_shared.auth import Role, mint_token
from interlinker_shared.clock import utc_now
from interlinker_shared.http import Anyone
from interlinker_shared.pages import Pages
from interlinker_shared.testing import SECRET

CHROMIUM = shutil.which("chromium")
OWNER = {"Authorization": f"Bearer {mint_token(SECRET, subject='owner', role=Role.OWNER, audience=SERVICE)}"}
GUIDE = Path(__file__).parents[2] / "docs" / "embedding.md"
(SNIPPET,) = re.findall(r"^```html\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]

SCRIPT = """
import { fromParent } from "./static/kit/embed.js";
const session = await fromParent();
const say = (text) => { document.body.append(Object.assign(document.createElement("p"), { textContent: text })); };
for (const name of ["first", "second"]) {
  const body = JSON.stringify({ name });
  const headers = { "Content-Type": "application/json" };
  const answer = await session.fetch(`boxes/${location.hash.slice(1)}/things`, { method: "POST", body, headers });
  say(`${name} ${answer.status}`);
}
say(`kept ${document.cookie.length}`); // storage throws here: this Chromium blocks what is third-party
await session.fetch("https://elsewhere.example/").catch((error) => say(error.message));
document.body.id = "done";
"""


async def framed(_who: Anyone) -> Response:
    """The page of the block that is embedded."""
    return HTMLResponse('<!doctype html><title>Box</title><body><script type="module" src="./framed.js"></script>')


async def script(_who: Anyone) -> Response:
    return Response(SCRIPT, media_type="text/javascript")


@dataclass
class Town:
    """A portal: a page with a frame as the guide has it, and a backend that signs."""

    signer: Signer = field(default_factory=lambda: Signer(""))
    block: str = ""
    signed: int = 0

    async def page(self, _request: Request) -> Response:
        frame = re.sub(r'src="[^"]*"', f'src="{self.block}/framed#{self.signer.asset}"', SNIPPET)
        return HTMLResponse(f"<!doctype html><title>Town</title>{frame}")

    async def script_page(self, _request: Request) -> Response:
        """A page that works with the API itself, without a frame."""
        return HTMLResponse(
            f"""<!doctype html><title>Town</title><body><script type="module">
            import {{ Session }} from "{self.block}/static/kit/embed.js";
            const session = new Session(async () => ({{ token: await (await fetch("/embed-token")).text() }}));
            const answer = await session.fetch("boxes/{self.signer.asset}");
            document.body.append((await answer.json()).title);
            document.body.id = "done";
            </script>"""
        )

    async def token(self, _request: Request) -> Response:
        self.signed += 1
        return PlainTextResponse(self.signer.token())

    def app(self) -> Starlette:
        routes = [Route("/", self.page), Route("/script", self.script_page), Route("/embed-token", self.token)]
        return Starlette(routes=routes)


@contextlib.contextmanager
def serving(app: Any) -> Iterator[int]:
    """The port on which an application listens."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@pytest.fixture
def town(test_settings: dict[str, Any]) -> Iterator[Town]:
    """A portal on localhost and a block on 127.0.0.1 that trusts it: two sites to a browser."""

    def more(router: APIRouter) -> None:
        router.add_api_route("/framed", framed, methods=["GET"])
        router.add_api_route("/framed.js", script, methods=["GET"])

    town, pages = Town(), Pages("interlinker_shared", name={"en": "Boxes"})
    with (
        serving(create_box_app(test_settings, routes=more, clock=utc_now, pages=pages)) as port,
        serving(town.app()) as own,
    ):
        town.block, town.signer.origin = f"http://127.0.0.1:{port}", f"http://localhost:{own}"
        with httpx.Client(base_url=town.block, headers=OWNER) as owner:
            town.signer.asset = owner.post("/boxes", json={"title": "A box"}).json()["id"]
            owner.post(f"/boxes/{town.signer.asset}/open").raise_for_status()
            host = {"id": "town", "name": "Town", "origins": [town.signer.origin]}
            town.signer.secret = owner.post("/embed/hosts", json=host).json()["secret"]
            wait_until_told(owner, town.signer.origin)
        yield town


def wait_until_told(owner: httpx.Client, origin: str) -> None:
    """Until the block has heard of its own commit, a moment later."""
    while origin not in owner.get("/health/live").headers["content-security-policy"]:
        pass


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


def test_a_page_in_a_frame_works_with_what_the_page_around_it_hands_on(town: Town, page: Page) -> None:
    page.goto(town.signer.origin)
    inside = page.frame_locator("iframe")
    inside.locator("body#done").wait_for()
    said = inside.locator("p").all_inner_texts()
    assert said == ["first 201", "second 201", "kept 0", "This address is not one of the service."]
    assert town.signed == 1, "one bearer serves until it nears its end"
    assert page.context.cookies() == []


def test_a_page_of_the_portal_works_with_the_api_itself(town: Town, page: Page) -> None:
    page.goto(f"{town.signer.origin}/script")
    page.locator("body#done").wait_for()
    assert "A box" in page.locator("body").inner_text()


def test_a_stranger_can_neither_frame_the_page_nor_hand_it_a_token(town: Town, page: Page) -> None:
    stranger = Town(town.signer, town.block)
    with serving(stranger.app()) as port:
        page.goto(f"http://localhost:{port}")
        page.wait_for_load_state("networkidle")
        assert page.frames[1].url.startswith("chrome-error:"), "the policy of the block kept it out of the frame"
        token = town.signer.token()
        with page.expect_popup() as opened:
            page.evaluate("(to) => { window.box = open(to) }", f"{town.block}/framed#{town.signer.asset}")
        opened.value.wait_for_load_state("networkidle")
        page.evaluate("(token) => window.box.postMessage({ type: 'il-embed:token', token }, '*')", token)
        opened.value.wait_for_load_state("networkidle")
        assert opened.value.locator("p").count() == 0
    assert stranger.signed == 0
    with httpx.Client(base_url=town.block) as client:
        spent = client.post("/embed/session", json={"token": token}, headers={"Origin": town.signer.origin})
        assert spent.status_code == 200, "the token that a stranger had was never sent on"
