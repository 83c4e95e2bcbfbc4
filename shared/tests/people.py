"""People who sign in to the small block: each with a browser of her own, and the letters that reach them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from shared.tests.boxes import Clock, create_box_app

from interlinker_shared.accounts import admin_link
from interlinker_shared.accounts.paths import CONFIRM
from interlinker_shared.pages import Pages
from interlinker_shared.testing import SECRET, eventually

HOST = "http://localhost"
ORIGIN = {"Origin": HOST}
ANNA = "anna@example.org"
OLGA = "olga@example.org"

_LINK = re.compile(r"(http://\S+token=\S+)")


def create_people_app(settings: dict[str, Any], clock: Callable[[], Any] | None = None) -> FastAPI:
    """The block with pages, where people sign in."""
    pages = Pages("interlinker_shared.pages", name={"en": "Boxes", "es": "Cajas", "de": "Kisten"})
    base = {"public_url": HOST, "accounts": "on"}
    return create_box_app(base | settings, clock=clock or Clock(), pages=pages)


class Town:
    """The service, and what it writes on its terminal."""

    def __init__(self, app: FastAPI, capsys: pytest.CaptureFixture[str]) -> None:
        self.app = app
        self._capsys = capsys
        self._said = ""

    def browser(self) -> Browser:
        """Somebody's browser, with no cookies yet."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return Browser(httpx.AsyncClient(transport=transport, base_url=HOST))

    @property
    def said(self) -> str:
        """All that was written on the terminal so far."""
        self._said += self._capsys.readouterr().err
        return self._said

    async def link_for(self, email: str) -> str:
        """The newest link that was written for an address, once there is a new one."""
        before = len(self.links(email))

        async def there() -> bool:
            return len(self.links(email)) > before

        await eventually(there)
        return self.links(email)[-1]

    def links(self, email: str) -> list[str]:
        """All links for an address, oldest first."""
        letters = [part for part in self.said.split("--- No mail server") if f"to {email} ---" in part]
        return [found[0] for letter in letters if (found := _LINK.search(letter))]

    async def owner(self) -> Browser:
        """The first owner, by a link from the command line, signed in."""
        browser = self.browser()
        token = admin_link.mint(SECRET, "boxes")
        answer = await browser.post(CONFIRM, token=token, email=OLGA)
        assert answer.status_code == httpx.codes.SEE_OTHER, answer.text
        return browser

    async def member(self, email: str = ANNA, role: str = "member") -> Browser:
        """Somebody who was invited and has signed in."""
        owner = await self.owner()
        sent = await owner.client.post("/invitations", json={"email": email, "role": role}, headers=ORIGIN)
        browser = self.browser()
        answer = await browser.confirm(sent.raise_for_status().json()["link"])
        assert answer.status_code == httpx.codes.SEE_OTHER
        return browser


class Browser:
    """Keeps cookies, and sends Origin with what it posts."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers={"Accept": "text/html"} | headers)

    async def post(self, path: str, *, origin: str | None = HOST, **fields: str) -> httpx.Response:
        headers = {"Origin": origin} if origin else {}
        return await self.client.post(path, data=fields, headers={"Accept": "text/html"} | headers)

    async def confirm(self, link: str) -> httpx.Response:
        """Follow a link and press the button."""
        page = await self.get(link.removeprefix(HOST))
        token = re.search(r'name="token" value="([^"]+)"', page.text)
        assert token is not None, page.text
        return await self.post(CONFIRM, token=token[1])
