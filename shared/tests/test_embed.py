"""Embed tokens: who is let in, on what, for how long; and who is not."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from shared.tests.boxes import SERVICE, Box, create_box_app
from shared.tests.portals import ORIGIN, Portal, b64, hs256, segment

from interlinker_shared.auth import Role, mint_token
from interlinker_shared.clock import utc_now
from interlinker_shared.db import Database
from interlinker_shared.embed import store
from interlinker_shared.ids import new_id
from interlinker_shared.testing import SECRET, RunApp, TokenHeaders, eventually

ELSEWHERE = "https://elsewhere.example.org"


@pytest.fixture
def embedding(test_settings: dict[str, Any]) -> FastAPI:
    return create_box_app(test_settings | {"frame_ancestors": "'self' https://old.example.org"}, clock=utc_now)


@pytest.fixture(params=["HS256", "Ed25519"])
async def portal(request: pytest.FixtureRequest, embedding: FastAPI, run_app: RunApp, token: TokenHeaders) -> Portal:
    box = Box(await run_app(embedding), token)
    portal = Portal((await box.opened())["id"], box=box, algorithm=request.param)
    (await portal.trusted()).raise_for_status()
    return portal


async def test_a_token_becomes_a_bearer_for_one_asset(portal: Portal) -> None:
    answer = await portal.exchange(portal.token(name="Anna", lang="de"))
    session = answer.json()
    bearer = session.pop("token")
    said = {"subject": "town:anna", "role": "member", "asset": portal.asset, "name": "Anna", "lang": "de"}
    assert (answer.status_code, session) == (200, said | {"expires_in": 900})
    headers = {"Authorization": f"Bearer {bearer}"}
    put = await portal.box.client.post(f"/boxes/{portal.asset}/things", json={"name": "x"}, headers=headers)
    other = await portal.box.client.get(f"/boxes/{(await portal.box.opened())['id']}", headers=headers)
    assert (put.status_code, other.status_code) == (201, 404)


async def test_the_role_is_the_lesser_of_what_the_host_says_and_what_it_may_say(portal: Portal) -> None:
    for said, got in (("observer", "observer"), ("member", "member"), ("moderator", "member"), ("owner", "member")):
        assert (await portal.exchange(portal.token(role=said))).json()["role"] == got
    headers = await portal.let_in(role="owner")
    assert (await portal.box.client.post(f"/boxes/{portal.asset}/close", headers=headers)).status_code == 403


@pytest.mark.parametrize(
    "changes",
    [
        *({"iss": "other"}, {"iss": None}, {"iss": 7}, {"iss": ["town"]}),
        *({"aud": "forum"}, {"aud": None}, {"aud": [SERVICE]}, {"aud": ""}),
        *({"sub": None}, {"sub": ""}, {"sub": 7}, {"sub": "a:b"}, {"sub": "anna@example.org"}, {"sub": "x" * 101}),
        *({"jti": None}, {"jti": ""}, {"jti": "short"}, {"jti": 12345678}, {"jti": "x" * 101}),
        *({"exp": None}, {"exp": "soon"}, {"exp": True}, {"exp": 2**63}, {"exp": 1e12}),
        *({"iat": None}, {"iat": "now"}, {"iat": False}),
        *({"origin": None}, {"origin": ELSEWHERE}, {"origin": "null"}, {"origin": [ORIGIN]}),
        *({"role": None}, {"role": "emperor"}, {"role": 3}, {"role": ["member"]}),
        *({"asset": None}, {"asset": "all"}, {"asset": 7}, {"asset": []}),
        *({"name": 7}, {"name": "x" * 201}, {"lang": "not a language"}, {"lang": 7}, {"nbf": 2**40}, {"nbf": "x"}),
    ],
)
async def test_a_claim_that_is_missing_or_wrong_lets_nobody_in(portal: Portal, changes: dict[str, Any]) -> None:
    answer = await portal.exchange(portal.token(**changes))
    assert (answer.status_code, answer.json()["detail"]) == (401, REFUSED)


REFUSED = "The token is not valid here, or no longer. Get a new one and try again."


async def test_ten_minutes_are_the_most_and_clocks_may_differ_by_five_seconds(portal: Portal) -> None:
    now = int(time.time())
    good = [(0, 600), (4, 604), (-590, 10), (-300, -3)]
    bad = [(0, 601), (9, 300), (-600, -6), (0, 86_400), (-10_000, 100), (0, -10)]
    for issued, expires in good + bad:
        answer = await portal.exchange(portal.token(iat=now + issued, exp=now + expires))
        assert (answer.status_code == 200) is ((issued, expires) in good), (issued, expires)
    assert (await portal.exchange(portal.token(nbf=now + 60))).status_code == 401


async def test_a_token_is_spent_once(portal: Portal) -> None:
    token = portal.token()
    assert [(await portal.exchange(token)).status_code for _ in range(3)] == [200, 401, 401]
    again = portal.token(jti="a-jti-of-my-own", sub="bert")
    assert [(await portal.exchange(again)).status_code for _ in range(2)] == [200, 401]


async def test_of_two_hundred_exchanges_at_once_one_wins(portal: Portal) -> None:
    token = portal.token()
    answers = await asyncio.gather(*(portal.exchange(token) for _ in range(200)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 401: 199}


async def test_replicas_agree_on_who_wins(db: Database) -> None:
    spent = [db.write(store.spend, "town", "a-jti", utc_now()) for _ in range(200)]
    assert Counter(await asyncio.gather(*spent)) == {True: 1, False: 199}
    assert await db.write(store.spend, "other", "a-jti", utc_now()), "another host's tokens have names of their own"


async def test_a_repeated_request_does_not_bring_the_bearer_back(portal: Portal) -> None:
    token, key = portal.token(), {"Idempotency-Key": "k"}
    first, second = [await portal.exchange(token, **key) for _ in range(2)]
    assert (first.status_code, second.status_code) == (200, 401)


async def test_spent_tokens_are_forgotten_once_they_are_too_old_anyway(db: Database) -> None:
    now = utc_now()
    await db.write(store.spend, "town", "old", now - timedelta(seconds=1))
    await db.write(store.spend, "town", "new", now + timedelta(seconds=1))
    await db.write(store.forget_spent, now)
    assert await db.write(store.spend, "town", "old", now)
    assert not await db.write(store.spend, "town", "new", now)


@pytest.mark.parametrize(
    ("origin", "site", "embedded_by"),
    [
        (None, None, None),
        (None, None, ORIGIN),
        (ELSEWHERE, None, None),
        (ELSEWHERE, "cross-site", ORIGIN),
        ("null", None, ORIGIN),
        ("http://test", "same-origin", ELSEWHERE),
        ("http://test", "same-origin", None),
        ("http://test", "same-site", ORIGIN),
    ],
)
async def test_a_token_is_good_on_the_page_that_it_was_made_for_only(
    portal: Portal, origin: str | None, site: str | None, embedded_by: str | None
) -> None:
    headers = {"Origin": origin, "Sec-Fetch-Site": site}
    body = {"token": portal.token(), "embedded_by": embedded_by}
    sent = {name: value for name, value in headers.items() if value}
    assert (await portal.box.client.post("/embed/session", json=body, headers=sent)).status_code == 401
    if embedded_by == ORIGIN:
        own = {"Origin": "http://test", "Sec-Fetch-Site": "same-origin"}
        assert (await portal.box.client.post("/embed/session", json=body, headers=own)).status_code == 200


async def test_a_token_of_one_portal_is_no_good_on_the_page_of_another(portal: Portal) -> None:
    other = replace(portal, id="village")
    (await other.trusted(origins=[ELSEWHERE])).raise_for_status()
    assert (await portal.exchange(portal.token(origin=ELSEWHERE), origin=ELSEWHERE)).status_code == 401
    assert (await other.exchange(other.token(origin=ELSEWHERE), origin=ELSEWHERE)).status_code == 200
    assert (await other.exchange(other.token(iss="town", origin=ELSEWHERE), origin=ELSEWHERE)).status_code == 401


@pytest.mark.parametrize("portal", ["Ed25519"], indirect=True)
async def test_a_public_key_is_no_secret_to_sign_with(portal: Portal) -> None:
    raw = portal.private.public_key().public_bytes_raw()
    for key in (raw, portal.public_key.encode(), raw.hex().encode(), b""):
        for alg in ("HS256", "EdDSA", "Ed25519"):
            signed = f"{segment({'alg': alg, 'typ': 'il-embed+jwt'})}.{segment(portal.claims())}"
            assert (await portal.exchange(f"{signed}.{hs256(signed, key)}")).status_code == 401


@pytest.mark.parametrize("portal", ["HS256"], indirect=True)
async def test_a_host_with_a_secret_cannot_be_spoken_for_by_a_key_pair(portal: Portal) -> None:
    for alg in ("EdDSA", "Ed25519", "HS256"):
        signed = f"{segment({'alg': alg, 'typ': 'il-embed+jwt'})}.{segment(portal.claims())}"
        assert (await portal.exchange(f"{signed}.{b64(portal.private.sign(signed.encode()))}")).status_code == 401


@pytest.mark.parametrize(
    "header",
    [
        *({"alg": "none"}, {"alg": "HS512"}, {"alg": 1}, {"typ": "JWT"}, {"typ": None}, {"typ": "il-bearer+jwt"}),
        *({"jku": "https://e.example/"}, {"jwk": {}}, {"x5u": "https://e.example/"}, {"crit": ["exp"]}, {"b64": False}),
    ],
)
async def test_a_header_that_says_more_or_other_than_it_should_is_refused(
    portal: Portal, header: dict[str, Any]
) -> None:
    head = portal.header | header
    assert (await portal.exchange(portal.sign(portal.claims(), head))).status_code == 401


async def test_something_said_twice_is_refused(portal: Portal) -> None:
    said = json.dumps(portal.claims())
    assert (await portal.exchange(portal.sign_text('{"role":"observer",' + said[1:]))).status_code == 401
    doubled = json.dumps(portal.header).replace("{", '{"kid":"a","kid":"b",')
    assert (await portal.exchange(portal.sign_text(said, doubled))).status_code == 401
    assert (await portal.exchange(portal.sign_text(said))).status_code == 200


async def test_an_embed_token_is_no_bearer_and_a_bearer_no_embed_token(portal: Portal) -> None:
    bearer = (await portal.let_in())["Authorization"].removeprefix("Bearer ")
    family = mint_token(SECRET, subject="anna", role=Role.OWNER, audience=SERVICE)
    assert (await portal.exchange(bearer)).status_code == 401
    assert (await portal.exchange(family)).status_code == 401
    headers = {"Authorization": f"Bearer {portal.token()}"}
    assert (await portal.box.client.get(f"/boxes/{portal.asset}", headers=headers)).status_code == 401


async def test_who_came_from_a_host_goes_with_it(portal: Portal) -> None:
    headers = await portal.let_in()
    path = f"/boxes/{portal.asset}"
    assert (await portal.box.client.get(path, headers=headers)).status_code == 200
    gone = await portal.box.ask("DELETE", "/embed/hosts/town", headers={"If-Match": '"1"'})
    assert gone.status_code == 204
    assert (await portal.box.client.get(path, headers=headers)).status_code == 401
    assert (await portal.exchange(portal.token())).status_code == 401


async def test_a_lower_ceiling_holds_at_once(portal: Portal) -> None:
    headers = await portal.let_in()
    path = f"/boxes/{portal.asset}/things"
    change = {"max_role": "observer"}
    await portal.box.ask("PATCH", "/embed/hosts/town", json=change, headers={"If-Match": '"1"'})
    assert (await portal.box.client.post(path, json={"name": "x"}, headers=headers)).status_code == 403


@pytest.mark.parametrize("portal", ["HS256"], indirect=True)
async def test_a_leaked_secret_is_worth_nothing_once_it_is_rotated(portal: Portal) -> None:
    leaked = portal.token()
    rotated = (await portal.box.ask("POST", "/embed/hosts/town/rotate-secret")).json()
    assert (await portal.exchange(leaked)).status_code == 401
    portal.secret = rotated["secret"]
    assert (await portal.exchange(portal.token())).status_code == 200
    refused = await portal.box.ask(
        "PATCH", "/embed/hosts/town", json={"public_key": portal.public_key}, headers={"If-Match": '"2"'}
    )
    assert refused.status_code == 422


@pytest.mark.parametrize("portal", ["Ed25519"], indirect=True)
async def test_a_public_key_can_be_replaced(portal: Portal) -> None:
    new = replace(portal, private=Ed25519PrivateKey.generate())
    body, match = {"public_key": new.public_key}, {"If-Match": '"1"'}
    assert (await portal.box.ask("PATCH", "/embed/hosts/town", json=body, headers=match)).is_success
    assert (await portal.exchange(portal.token())).status_code == 401
    assert (await new.exchange(new.token())).status_code == 200
    assert (await portal.box.ask("POST", "/embed/hosts/town/rotate-secret")).status_code == 409


async def test_a_secret_is_shown_once(portal: Portal) -> None:
    answers = [
        await portal.box.ask("GET", "/embed/hosts"),
        await portal.box.ask("GET", "/embed/hosts/town"),
        await portal.box.ask("PATCH", "/embed/hosts/town", json={"name": "X"}, headers={"If-Match": '"1"'}),
    ]
    assert all(answer.is_success and "secret" not in answer.text for answer in answers)
    body = {"id": "village", "name": "Village", "origins": [ELSEWHERE]}
    made = [await portal.box.ask("POST", "/embed/hosts", json=body, headers={"Idempotency-Key": "v"}) for _ in "12"]
    assert [len(answer.json()["secret"] or "") for answer in made] == [43, 0]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"origins": []}, "/origins"),
        ({"origins": ["http://portal.example.org"]}, "/origins/0"),
        ({"origins": ["https://portal.example.org/"]}, "/origins/0"),
        ({"origins": ["https://portal.example.org:443"]}, "/origins/0"),
        ({"origins": ["https://Portal.example.org"]}, "/origins/0"),
        ({"origins": ["https://*.example.org"]}, "/origins/0"),
        ({"origins": ["https://a.example; script-src *"]}, "/origins/0"),
        ({"origins": ["null"]}, "/origins/0"),
        ({"max_role": "owner"}, "/max_role"),
        ({"algorithm": "none"}, "/algorithm"),
        ({"algorithm": "Ed25519"}, ""),
        ({"public_key": "A" * 43}, ""),
        ({"public_key": "AAAA", "algorithm": "Ed25519"}, "/public_key"),
        ({"id": "a:b"}, "/id"),
    ],
)
async def test_a_host_that_makes_no_sense_is_not_trusted(portal: Portal, body: dict[str, Any], pointer: str) -> None:
    whole = {"id": "village", "name": "Village", "origins": [ELSEWHERE]} | body
    answer = await portal.box.ask("POST", "/embed/hosts", json=whole)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_hosts_are_the_owners_business(portal: Portal) -> None:
    calls = [("GET", ""), ("POST", ""), ("GET", "/town"), ("PATCH", "/town"), ("DELETE", "/town")]
    for method, path in [*calls, ("POST", "/town/rotate-secret")]:
        assert (await portal.box.ask(method, f"/embed/hosts{path}", Role.MODERATOR)).status_code == 403
    missing = [await portal.box.ask(method, f"/embed/hosts/{new_id().hex[:8]}") for method in ("GET", "DELETE")]
    assert {answer.status_code for answer in missing} == {404}
    assert (await portal.trusted()).status_code == 409
    stale = await portal.box.ask("DELETE", "/embed/hosts/town", headers={"If-Match": '"7"'})
    assert stale.status_code == 412


async def test_pages_may_be_framed_and_called_by_hosts_and_nobody_else(portal: Portal) -> None:
    path, headers = f"/boxes/{portal.asset}", await portal.let_in()

    async def framed() -> bool:
        policy = (await portal.box.client.get(path)).headers["content-security-policy"]
        return policy.endswith(f"frame-ancestors 'self' https://old.example.org {ORIGIN}")

    await eventually(framed)
    answer = await portal.box.client.get(path, headers=headers | {"Origin": ORIGIN})
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "Origin" in answer.headers.get_list("vary", split_commas=True)
    assert "access-control-allow-credentials" not in answer.headers
    for origin in (ELSEWHERE, "null", ORIGIN + ".evil.example", ORIGIN.upper()):
        refused = await portal.box.client.get(path, headers=headers | {"Origin": origin})
        assert "access-control-allow-origin" not in refused.headers, origin
    await portal.box.ask("DELETE", "/embed/hosts/town")
    await eventually(lambda: _not(framed()))


async def test_a_kept_answer_is_not_given_to_another_origin(portal: Portal) -> None:
    await eventually(lambda: _allowed(portal))
    path = f"/boxes/{portal.asset}"
    assert "access-control-allow-origin" not in (await portal.box.client.get(path)).headers
    there = await portal.box.client.get(path, headers={"Origin": ORIGIN})
    assert there.headers["access-control-allow-origin"] == ORIGIN
    assert "Origin" in there.headers.get_list("vary", split_commas=True)
    assert "access-control-allow-origin" not in (await portal.box.client.get(path)).headers


async def test_a_browser_that_asks_first_is_told_what_it_may_send(portal: Portal) -> None:
    await eventually(lambda: _allowed(portal))
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    told = await portal.box.client.options("/embed/session", headers=asks | {"Origin": ORIGIN})
    assert (told.status_code, told.headers["access-control-allow-origin"]) == (204, ORIGIN)
    assert "Authorization" in told.headers["access-control-allow-headers"]
    refused = await portal.box.client.options("/embed/session", headers=asks | {"Origin": ELSEWHERE})
    assert refused.status_code == 405
    assert not [name for name in refused.headers if name.startswith("access-control")]


async def test_anybody_may_know_who_embeds(portal: Portal) -> None:
    assert (await portal.box.client.get("/embed/origins")).json() == {"origins": [ORIGIN]}
    await portal.box.ask("DELETE", "/embed/hosts/town")
    assert (await portal.box.client.get("/embed/origins")).json() == {"origins": []}, "and is told anew once it changes"


async def _allowed(portal: Portal) -> bool:
    answer = await portal.box.client.get("/health/live", headers={"Origin": ORIGIN})
    return "access-control-allow-origin" in answer.headers


async def _not(found: Any) -> bool:
    return not await found
