"""Signing in at a provider of identities: a real one in a process of its own, and one that lies."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from aiohttp import web
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import RSAKey
from shared.tests.boxes import Clock
from shared.tests.people import HOST, Browser, Town, create_people_app

from interlinker_shared.accounts.provider import Provider, Trip, subject_of
from interlinker_shared.auth import Assurance
from interlinker_shared.errors import UnauthorisedError, UnavailableError
from interlinker_shared.settings import ServiceSettings
from interlinker_shared.testing import RunApp, free_port, wait_for_port

CLIENT: dict[str, Any] = {"oidc_client_id": "boxes", "oidc_client_secret": "a secret / of this client"}
SURE = "https://example.org/loa3"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    port = free_port()
    users = [{"sub": "anna", "acr": SURE}, {"sub": "bert"}]
    told = [part for user in users for part in ("--user-claims", json.dumps(user))]
    program = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true", *told]
    process = subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def app(test_settings: dict[str, Any], clock: Clock, issuer: str) -> FastAPI:
    provider = CLIENT | {"oidc_issuer": issuer, "oidc_acr_map": {SURE: "high"}, "sign_up": "provider"}
    return create_people_app(test_settings | provider, clock)


@pytest.fixture
async def town(app: FastAPI, run_app: RunApp, capsys: pytest.CaptureFixture[str]) -> Town:
    await run_app(app)
    return Town(app, capsys)


async def leave(browser: Browser, path: str = "/sign-in/provider?next=/boxes") -> str:
    """Where the provider is, and what it is asked."""
    address: str = (await browser.get(path)).headers["location"]
    return address


async def agree(address: str, sub: str = "anna") -> str:
    """What somebody does at the provider; where she is sent back to."""
    async with httpx.AsyncClient() as client:
        answer = await client.post(address, data={"sub": sub})
    back: str = answer.headers["location"]
    assert back.startswith(HOST)
    return back.removeprefix(HOST)


async def test_who_comes_back_is_signed_in_and_goes_on(town: Town, issuer: str) -> None:
    browser = town.browser()
    answer = await browser.get(await agree(await leave(browser)))
    assert answer.headers["location"] == "../../boxes"
    (session,) = (await browser.client.get("/sessions")).json()["items"]
    assert (session["way"], session["assurance"]) == ("provider", "high")
    assert subject_of(issuer, "anna") in (await browser.get("/account/view")).text


async def test_the_same_person_has_the_same_account(town: Town) -> None:
    for sub in ("anna", "anna", "bert"):
        browser = town.browser()
        await browser.get(await agree(await leave(browser), sub))
    owner = await town.owner()
    accounts = (await owner.client.get("/accounts")).json()["items"]
    assert len([one for one in accounts if one["subject"].startswith("oidc-")]) == 2


async def test_a_level_that_is_not_mapped_is_low(town: Town) -> None:
    browser = town.browser()
    await browser.get(await agree(await leave(browser), "bert"))
    (session,) = (await browser.client.get("/sessions")).json()["items"]
    assert session["assurance"] == "low"


async def test_what_is_asked_is_bound_to_this_sign_in(town: Town) -> None:
    first, second = [parse_qs(urlsplit(await leave(town.browser())).query) for _ in range(2)]
    assert first["code_challenge_method"] == ["S256"]
    assert (first["scope"], first["response_type"]) == (["openid"], ["code"])
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name][0]) >= 43
        assert first[name] != second[name]


async def test_an_answer_is_good_once(town: Town) -> None:
    browser = town.browser()
    back = await agree(await leave(browser))
    state = parse_qs(urlsplit(back).query)["state"][0]
    assert (await browser.get(back)).status_code == 303
    browser.client.cookies["il_trip"] = state
    assert (await browser.get(back)).status_code == 401


async def test_an_answer_after_ten_minutes_is_refused(town: Town, clock: Clock) -> None:
    browser = town.browser()
    back = await agree(await leave(browser))
    clock.go_on(600)
    assert (await browser.get(back)).status_code == 401


async def test_nobody_is_signed_in_as_whoever_sends_a_link(town: Town) -> None:
    """The answer to an attacker's own sign-in, opened by a reader: hers is not the browser that left."""
    back = await agree(await leave(town.browser()))
    answer = await town.browser().get(back)
    assert answer.status_code == 401
    assert "il_session" not in str(answer.headers.get_list("set-cookie"))


async def test_a_code_put_into_another_answer_is_refused(town: Town) -> None:
    stolen = parse_qs(urlsplit(await agree(await leave(town.browser()))).query)["code"][0]
    browser = town.browser()
    state = parse_qs(urlsplit(await leave(browser)).query)["state"][0]
    assert (await browser.get(f"/sign-in/provider/back?code={stolen}&state={state}")).status_code == 401


@pytest.mark.parametrize("query", ["", "?error=access_denied", "?code=x", "?state=x", "?code=x&state=x"])
async def test_an_answer_without_a_question_is_refused(town: Town, query: str) -> None:
    assert (await town.browser().get(f"/sign-in/provider/back{query}")).status_code == 401


class Liar:
    """A provider that signs whatever it is told to, and as it is told to."""

    def __init__(self) -> None:
        self.issuer = ""
        self.own = RSAKey.generate_key(2048, {"kid": "own"})
        self.key = self.own
        self.sign: Callable[[dict[str, Any]], str] = self._by_rsa
        self.changes: dict[str, Any] = {}
        self.seen: dict[str, str] = {}

    async def metadata(self, _request: web.Request) -> web.Response:
        told = {"authorization_endpoint": "x", "token_endpoint": f"{self.issuer}/token"}
        return web.json_response(told | {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"})

    async def keys(self, _request: web.Request) -> web.Response:
        return web.json_response({"keys": [self.own.as_dict(private=False)]})

    async def token(self, request: web.Request) -> web.Response:
        self.seen = {name: str(value) for name, value in (await request.post()).items()}
        self.seen["authorization"] = request.headers.get("authorization", "")
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": "boxes", "sub": "anna", "iat": now, "exp": now + 60, "nonce": "nonce"}
        claims = {name: value for name, value in (claims | self.changes).items() if value is not None}
        return web.json_response({"id_token": self.sign(claims)})

    def _by_rsa(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": "own"}, claims, self.key)


def by_hand(header: dict[str, Any], claims: dict[str, Any], key: bytes | None) -> str:
    """A token that no library of today would write."""

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    signed = f"{part(json.dumps(header).encode())}.{part(json.dumps(claims).encode())}"
    return f"{signed}.{part(hmac.digest(key, signed.encode(), 'sha256')) if key else ''}"


TRIP = Trip("state", "nonce", "verifier")


@pytest.fixture
async def liar() -> AsyncIterator[Liar]:
    liar = Liar()
    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", liar.metadata)
    app.router.add_get("/keys", liar.keys)
    app.router.add_post("/token", liar.token)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    liar.issuer = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield liar
    await runner.cleanup()


def provider_of(liar: Liar, issuer: str | None = None) -> Provider:
    return Provider(ServiceSettings(oidc_issuer=issuer or liar.issuer, **CLIENT))


async def test_an_honest_token_is_taken_and_the_verifier_is_shown(liar: Liar) -> None:
    who = await provider_of(liar).identity("code", TRIP, liar.issuer)
    assert (who.subject, who.assurance) == (subject_of(liar.issuer, "anna"), Assurance.LOW)
    assert liar.seen["code_verifier"] == "verifier"
    pair = base64.b64decode(liar.seen["authorization"].removeprefix("Basic ")).decode()
    assert pair == "boxes:a%20secret%20%2F%20of%20this%20client"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"aud": ["boxes", "another"]},
        {"aud": None},
        {"azp": "another"},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": None},
        {"exp": 1},
        {"exp": None},
        {"iat": 99999999999},
    ],
    ids=str,
)
async def test_a_token_that_is_not_exactly_ours_is_refused(liar: Liar, changes: dict[str, Any]) -> None:
    liar.changes = changes
    with pytest.raises(UnauthorisedError):
        await provider_of(liar).identity("code", TRIP, None)


async def test_a_token_signed_by_another_key_is_refused(liar: Liar) -> None:
    liar.key = RSAKey.generate_key(2048, {"kid": "own"})
    with pytest.raises(UnauthorisedError):
        await provider_of(liar).identity("code", TRIP, None)


async def test_a_public_key_is_no_shared_secret(liar: Liar) -> None:
    """Algorithm confusion: signed by HS256 with what everybody knows."""
    public = liar.own.as_pem(private=False)
    liar.sign = lambda claims: by_hand({"alg": "HS256", "kid": "own"}, claims, public)
    with pytest.raises(UnauthorisedError):
        await provider_of(liar).identity("code", TRIP, None)


async def test_an_unsigned_token_is_refused(liar: Liar) -> None:
    liar.sign = lambda claims: by_hand({"alg": "none"}, claims, None)
    with pytest.raises(UnauthorisedError):
        await provider_of(liar).identity("code", TRIP, None)


async def test_an_answer_from_another_issuer_is_refused(liar: Liar) -> None:
    with pytest.raises(UnauthorisedError):
        await provider_of(liar).identity("code", TRIP, "https://evil.example")


async def test_nobody_speaks_for_another_issuer(liar: Liar) -> None:
    place, liar.issuer = liar.issuer, "https://evil.example"
    with pytest.raises(UnavailableError):
        await provider_of(liar, place).address(TRIP, "en")


async def test_a_provider_that_is_away_is_said_so() -> None:
    provider = Provider(ServiceSettings(oidc_issuer=f"http://127.0.0.1:{free_port()}", oidc_client_id="boxes"))
    with pytest.raises(UnavailableError):
        await provider.address(TRIP, "en")


def test_a_challenge_is_the_hash_of_its_verifier() -> None:
    from authlib.oauth2.rfc7636 import create_s256_code_challenge  # noqa: PLC0415

    mine = base64.urlsafe_b64encode(hashlib.sha256(b"verifier").digest()).decode().rstrip("=")
    assert create_s256_code_challenge("verifier") == mine


@pytest.mark.parametrize("settings", [{"oidc_issuer": "http://idp.example"}, {"oidc_issuer": "https://idp.example"}])
def test_a_provider_that_is_set_wrong_stops_the_start(settings: dict[str, Any]) -> None:
    client: dict[str, Any] = {"oidc_client_id": "x"} if settings["oidc_issuer"].startswith("http:") else {}
    with pytest.raises(ValueError, match="OIDC"):
        ServiceSettings(**settings, **client)


@pytest.mark.parametrize(("sign_up", "status"), [("invited", 403), ("provider", 303), ("open", 303)])
async def test_whom_the_provider_knows_needs_an_invitation_unless_the_operator_says_otherwise(
    test_settings: dict[str, Any], run_app: RunApp, clock: Clock, issuer: str, capsys: Any, sign_up: str, status: int
) -> None:
    app = create_people_app(test_settings | CLIENT | {"oidc_issuer": issuer, "sign_up": sign_up}, clock)
    await run_app(app)
    browser = Town(app, capsys).browser()
    answer = await browser.get(await agree(await leave(browser)))
    assert answer.status_code == status
    assert ("il_session" in str(answer.headers.get_list("set-cookie"))) == (status == 303)
