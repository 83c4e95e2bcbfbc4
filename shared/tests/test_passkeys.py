"""Passkeys in a real Chromium with a virtual authenticator: registered, used, and refused when they are not what they should be."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, CDPSession, Page, expect, sync_playwright
from shared.tests.people import OLGA, create_people_app
from webauthn import base64url_to_bytes

from interlinker_shared.accounts import admin_link, passkeys
from interlinker_shared.accounts.passkeys import Held, Party, PasskeyRefusedError
from interlinker_shared.accounts.paths import CONFIRM
from interlinker_shared.clock import utc_now
from interlinker_shared.testing import SECRET

CHROMIUM = shutil.which("chromium")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))
    place = f"http://localhost:{listening.getsockname()[1]}"
    with served(listening, place, tmp_path_factory.mktemp("boxes")):
        yield place


@contextmanager
def served(listening: socket.socket, place: str, folder: Path) -> Iterator[None]:
    settings = {"data_dir": folder, "secret": SECRET, "nats_url": None, "registry_url": None, "public_url": place}
    server = uvicorn.Server(uvicorn.Config(create_people_app(settings, utc_now), log_level="warning"))
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield
    server.should_exit = True
    thread.join()
    listening.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


class Reader:
    """Somebody at a page, with a device that makes passkeys; `posted` is what the page's script sent, by address."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.posted: dict[str, Any] = {}
        page.on("request", self._note)
        self.device: CDPSession = page.context.new_cdp_session(page)
        self.device.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
        options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
        self.authenticator = self.device.send("WebAuthn.addVirtualAuthenticator", {"options": options})[
            "authenticatorId"
        ]

    def _note(self, request: Any) -> None:
        if request.method == "POST" and "/passkeys" in request.url and request.post_data:
            self.posted[request.url.removeprefix(self.address)] = json.loads(request.post_data)

    def become_owner(self) -> None:
        self.page.goto(f"{self.address}{CONFIRM}?token={admin_link.mint(SECRET, 'boxes')}")
        self.page.get_by_label("E-mail address").fill(OLGA)
        self.page.get_by_role("button", name="Become an owner").click()
        self.page.wait_for_url("**/account/view")

    def add_passkey(self) -> None:
        there = self.page.get_by_role("button", name="Delete this passkey")
        before = there.count()
        self.page.get_by_role("button", name="Add a passkey").click()
        expect(there).to_have_count(before + 1)

    def sign_out(self) -> None:
        self.page.get_by_role("button", name="Sign out").click()
        self.page.wait_for_url("**/sign-in/view")

    def sign_in(self) -> None:
        self.page.get_by_role("button", name="Sign in with a passkey").click()

    def again(self, path: str) -> int:
        """Send once more what the script sent; the status of the answer."""
        return self.page.request.post(
            self.address + path, data=self.posted[path], headers={"Origin": self.address}
        ).status


@pytest.fixture
def reader(browser: Browser, address: str) -> Iterator[Reader]:
    with browser.new_context(locale="en") as context:
        yield Reader(context.new_page(), address)


def violations(page: Page) -> list[str]:
    return [violation["id"] for violation in Axe().run(page).response["violations"]]


def test_a_passkey_signs_in_without_a_letter(reader: Reader) -> None:
    reader.become_owner()
    reader.add_passkey()
    reader.sign_out()
    reader.page.goto(f"{reader.address}/sign-in/view?next=/people/view")
    reader.sign_in()
    reader.page.get_by_role("heading", name="People and their roles").wait_for()
    assert OLGA in reader.page.content()


def test_an_answer_is_good_once(reader: Reader) -> None:
    reader.become_owner()
    reader.add_passkey()
    assert reader.again("/passkeys") == 422
    reader.sign_out()
    reader.sign_in()
    reader.page.wait_for_url("**/account/view")
    assert reader.again("/passkeys/sign-in") == 422


def test_a_copy_of_a_passkey_is_refused(reader: Reader) -> None:
    """Its count is behind that of the one it was copied from."""
    reader.become_owner()
    reader.add_passkey()
    where = {"authenticatorId": reader.authenticator}
    (made,) = reader.device.send("WebAuthn.getCredentials", where)["credentials"]
    for _ in range(2):
        reader.sign_out()
        reader.sign_in()
        reader.page.wait_for_url("**/account/view")
    reader.sign_out()
    reader.device.send("WebAuthn.clearCredentials", where)
    reader.device.send("WebAuthn.addCredential", where | {"credential": made})
    reader.sign_in()
    reader.page.get_by_text("That did not work.").wait_for()


def test_a_deleted_passkey_is_refused(reader: Reader) -> None:
    reader.become_owner()
    reader.add_passkey()
    while (buttons := reader.page.get_by_role("button", name="Delete this passkey")).count():
        buttons.first.click()
        reader.page.wait_for_load_state()
    reader.sign_out()
    reader.sign_in()
    reader.page.get_by_text("That did not work.").wait_for()


@pytest.mark.parametrize("origin", ["http://localhost:1", "https://localhost", "http://evil.example"])
def test_an_answer_given_to_another_site_is_refused(reader: Reader, origin: str) -> None:
    reader.become_owner()
    reader.add_passkey()
    made = reader.posted["/passkeys"]["credential"]
    reader.sign_out()
    reader.sign_in()
    reader.page.wait_for_url("**/account/view")
    answer = reader.posted["/passkeys/sign-in"]["credential"]
    held = Held(made["id"], "?", public_key_of(made, reader.address), 0)
    challenge = challenge_of(answer)
    with pytest.raises(PasskeyRefusedError):
        passkeys.checked_count(held, answer, challenge, Party("Boxes", origin))


def challenge_of(credential: dict[str, Any]) -> bytes:
    told = json.loads(base64url_to_bytes(credential["response"]["clientDataJSON"]))
    return base64url_to_bytes(told["challenge"])


def public_key_of(credential: dict[str, Any], origin: str) -> str:
    import webauthn  # noqa: PLC0415
    from webauthn.helpers import bytes_to_base64url  # noqa: PLC0415

    made = webauthn.verify_registration_response(
        credential=credential,
        expected_challenge=challenge_of(credential),
        expected_rp_id="localhost",
        expected_origin=origin,
    )
    return bytes_to_base64url(made.credential_public_key)


@pytest.mark.parametrize("language", ["en", "es", "de"])
def test_axe_finds_nothing_on_the_pages_of_accounts(reader: Reader, language: str) -> None:
    found = {}
    reader.become_owner()
    reader.add_passkey()
    for path in ("/account/view", "/people/view", "/sign-in/view", "/sign-in/sent/view", f"{CONFIRM}?token=x"):
        reader.page.goto(f"{reader.address}{path}{'&' if '?' in path else '?'}lang={language}")
        found[path] = violations(reader.page)
    assert {path: ids for path, ids in found.items() if ids} == {}
