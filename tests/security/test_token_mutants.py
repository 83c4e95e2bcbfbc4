"""Thousands of tokens that are almost valid, made from one of every way in: none is accepted."""

from __future__ import annotations

import base64
import random
import time
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from shared.tests.boxes import SERVICE, Box, create_box_app
from shared.tests.portals import Portal

from interlinker_shared.accounts import store as accounts
from interlinker_shared.accounts.actions import PREFIX
from interlinker_shared.accounts.models import Way
from interlinker_shared.accounts.secrets import hash_of, new_token
from interlinker_shared.auth import Assurance, Principal, Role, mint_token
from interlinker_shared.clock import utc_now
from interlinker_shared.errors import UnauthorisedError
from interlinker_shared.services.key import OwnKey, new_pem
from interlinker_shared.services.tokens import mint_citizen_token, mint_service_token
from interlinker_shared.state import Kit
from interlinker_shared.testing import SECRET, RunApp, TokenHeaders, introduced
from tests import results
from tests.security import mutants

GOAL = 5000
GOAL_EACH = 800  # of those that services sign
EACH = 400  # of the kinds that chance has a part in, for each way
NO_TEXT: tuple[Any, ...] = (7, [], {}, True, "")
WRONG_FAMILY: dict[str, Any] = {
    "iss": ("other", "", "interlinkers-embed", *NO_TEXT),
    "aud": ("forum", "", [], ["forum"], {}, 7),
    "sub": NO_TEXT,
    "exp": (0, -1, 1, "soon", [], True, None),
    "nbf": (2**40, "later"),
    "role": ("emperor", 3, ["owner"], {}, None),
    "asset": ("all", 7, "*", []),
    "ceiling": ("none", 9),
}
WRONG_EMBED: dict[str, Any] = {
    "iss": ("other", "Town", "town ", "../town", "' OR 1=1 --", "town\x00", *NO_TEXT),
    "aud": ("forum", "boxes ", "Boxes", ["boxes"], ["forum", "boxes"], *NO_TEXT),
    "sub": ("a:b", "a b", "a/b", "anna@example.org", "ä", "x" * 101, *NO_TEXT),
    "jti": ("short", "a b c d e f g", "x" * 101, "../../../etc", *NO_TEXT),
    "exp": (0, -1, 2**31, 2**53, 2**63, 1e12, float("inf"), float("nan"), "soon", [], True),
    "iat": (0, 2**40, -1, 1.5, "now", [], True),
    "nbf": (2**40, 1.5, "later", [], None),
    "origin": (
        "null",
        "https://evil.example",
        "https://portal.example.org/",
        "https://portal.example.org.evil.example",
        *NO_TEXT,
    ),
    "role": ("emperor", "OWNER", "owner ", None, *NO_TEXT),
    "asset": ("all", "*", "00000000", None, *NO_TEXT),
    "lang": ("<script>", 7, []),
    "name": (7, [], "x" * 201),
}


@pytest.fixture
async def service(test_settings: dict[str, Any], run_app: RunApp, token: TokenHeaders) -> tuple[Box, Kit]:
    app = create_box_app(test_settings, clock=utc_now)
    box = Box(await run_app(app), token)
    return box, app.state.kit


async def session_of(kit: Kit) -> str:
    """The token of a person who has signed in here."""
    token, now = new_token(PREFIX), kit.clock()
    await kit.db.write(accounts.add_account, "acc-anna", email=None, role=Role.MEMBER, language="en", now=now)
    await kit.db.write(accounts.add_session, hash_of(token), "acc-anna", way=Way.LINK, assurance=Assurance.LOW, now=now)
    return token


async def portal_of(box: Box, asset: str, algorithm: str) -> Portal:
    portal = Portal(asset, id="town" if algorithm == "HS256" else "village", algorithm=algorithm, box=box)
    (await portal.trusted()).raise_for_status()
    return portal


def family(token: str, rng: random.Random) -> Iterator[str]:
    """Mutants of the family's token: some as the holder of another service's token would have them, some rightly signed."""
    claims, key = mutants.opened(token.split(".")[1]), OctKey.import_key(SECRET)
    yield from mutants.Jwt(token, (SERVICE.encode(), b"interlinkers")).all(rng, EACH)
    yield from mutants.claims_of_wrong_kind(lambda said: jwt.encode({"alg": "HS256"}, said, key), claims, WRONG_FAMILY)
    yield jwt.encode({"alg": "HS256"}, claims | {"iat": 2**40}, key)
    for typ in mutants.TYPS[2:]:
        yield jwt.encode({"alg": "HS256", "typ": typ}, claims, key)


def embed(portal: Portal, rng: random.Random) -> Iterator[str]:
    """Mutants of a portal's token."""
    raw = portal.private.public_key().public_bytes_raw()
    public = (
        raw,
        portal.public_key.encode(),
        raw.hex().encode(),
        mutants.b64(raw + b"\n").encode(),
        b"town",
        b"village",
    )
    yield from mutants.Jwt(portal.token(), public).all(rng, EACH)
    yield from mutants.claims_of_wrong_kind(portal.sign, portal.claims(), WRONG_EMBED)
    for typ in mutants.TYPS:
        if typ != "il-embed+jwt":
            yield portal.sign(portal.claims(), portal.header | {"typ": typ})
    more: dict[str, Any]
    for more in (
        {"jwk": {}},
        {"jku": "https://evil.example"},
        {"crit": ["exp"]},
        {"b64": False},
        {"x5c": []},
        {"alg": "none"},
    ):
        yield portal.sign(portal.claims(), portal.header | more)
    now = int(time.time())
    for issued, expires in ((-700, -60), (-3600, -3000), (0, 700), (0, 3600), (100, 400), (-1000, 100)):
        yield portal.token(iat=now + issued, exp=now + expires)


WRONG_SIGNED: dict[str, Any] = {
    "iss": ("gateway/two", "forum/main", "gateway", "gateway/main ", "Gateway/main", "interlinkers", *NO_TEXT),
    "aud": ("forum", "boxes ", ["boxes"], ["boxes", "forum"], *NO_TEXT),
    "exp": (0, -1, 2**31, 2**53, 2**63, 1e12, "soon", [], True, None),
    "iat": (0, 2**40, -1, 1.5, "now", [], True, None),
    "jti": (7, [], {}, "", None),
    "nbf": (0, 2**40, "later", None),
}
WRONG_CITIZEN = WRONG_SIGNED | {
    "sub": NO_TEXT,
    "role": ("emperor", 3, ["owner"], {}, None),
    "asset": ("all", 7, "*", []),
    "ceiling": ("none", 9),
    "assurance": ("certain", 9, []),
    "channel": ("telepathy", 7),
}
WRONG_SERVICE = WRONG_SIGNED | {"sub": ("service:forum", "gateway", "service:", "anna", *NO_TEXT)}


def signed(key: OwnKey, token: str, wrong: dict[str, Any], rng: random.Random, peer: OwnKey) -> Iterator[str]:
    """Mutants of a token that a service signs; `peer` has a key as well, which is good for less."""
    header, claims = (mutants.opened(part) for part in token.split(".")[:2])
    raw = base64.urlsafe_b64decode(key.public.x + "=")
    public = (raw, key.public.x.encode(), raw.hex().encode(), key.kid.encode(), SERVICE.encode())
    yield from mutants.Jwt(token, public).all(rng, EACH)
    yield from mutants.claims_of_wrong_kind(lambda said: key.sign(said, header["typ"]), claims, wrong)
    for typ in (*mutants.TYPS, "il-citizen+jwt"):
        if typ != header["typ"]:
            yield key.sign(claims, typ)
    yield key.sign(claims, header["typ"].upper())
    yield peer.sign(claims, header["typ"])
    borrowed = OwnKey(key.name, new_pem())
    yield borrowed.sign(claims, header["typ"])
    borrowed.kid = key.kid
    yield borrowed.sign(claims, header["typ"])
    now = int(time.time())
    for issued, expires in ((-700, -60), (-61, -1), (0, 301), (0, 3600), (100, 160), (-400, 60)):
        yield key.sign(claims | {"iat": now + issued, "exp": now + expires}, header["typ"])


async def accepted_by_header(kit: Kit, tokens: set[str]) -> list[str]:
    """Those that let somebody in as an Authorization header."""
    found = []
    for token in tokens:
        try:
            await kit.auth.read(f"Bearer {token}")
        except UnauthorisedError:
            continue
        found.append(token)
    return found


async def accepted_by_exchange(portal: Portal, tokens: set[str]) -> list[str]:
    """Those that a bearer is given for, or that the exchange stumbles over."""
    answers = [(token, await portal.exchange(token)) for token in tokens]
    return [token for token, answer in answers if answer.status_code not in {401, 422}]


async def test_none_of_five_thousand_mutants_is_accepted(service: tuple[Box, Kit]) -> None:
    box, kit = service
    rng, asset = random.Random(4), (await box.opened())["id"]
    portals = [await portal_of(box, asset, algorithm) for algorithm in ("HS256", "Ed25519")]
    owner = mint_token(SECRET, subject="olga", role=Role.OWNER, audience=SERVICE)
    bearer = (await portals[0].let_in())["Authorization"].removeprefix("Bearer ")
    key = (await box.ask("POST", "/keys", json={"name": "K"})).json()["key"]
    gateway, peer = introduced(kit, "gateway/main", "forum/main")
    citizen = mint_citizen_token(gateway, Principal("anna", Role.OWNER), SERVICE, 300)
    program = mint_service_token(gateway, SERVICE)
    session = await session_of(kit)
    headers = {
        "citizen": set(signed(gateway, citizen, WRONG_CITIZEN, rng, peer)) - {citizen},
        "service": set(signed(gateway, program, WRONG_SERVICE, rng, peer)) - {program},
        "session": set(mutants.opaque(session, rng, 2 * EACH)) - {session},
        "family": set(family(owner, rng)) - {owner},
        "bearer": set(mutants.Jwt(bearer, (SERVICE.encode(), SECRET.encode())).all(rng, EACH)) - {bearer},
        "key": set(mutants.opaque(key, rng, EACH)) - {key},
    }
    accepted = {way: await accepted_by_header(kit, tokens) for way, tokens in headers.items()}
    tried = {way: len(tokens) for way, tokens in headers.items()}
    for portal in portals:
        way, spent = f"embed.{portal.algorithm}", [portal.token() for _ in range(20)]
        assert [(await portal.exchange(token)).status_code for token in spent] == [200] * len(spent)
        tokens = {*embed(portal, rng), *spent}
        accepted[way], tried[way] = await accepted_by_exchange(portal, tokens), len(tokens)
        await portal.let_in()
    for valid in (owner, bearer, key, citizen, program, session):
        assert (await kit.auth.read(f"Bearer {valid}")).subject, "what they were made from is good all the while"
    assert [mutants.legible(token) for found in accepted.values() for token in found] == []
    report(tried)
    assert sum(tried.values()) >= GOAL
    assert min(tried[way] for way in ("citizen", "service", "session")) >= GOAL_EACH


def report(tried: dict[str, int]) -> None:
    """Keep the counts for `make security`."""
    how = "from one valid token of each way; none accepted"
    total = results.Figure(
        name="tokens.mutants", value=sum(tried.values()), unit="tokens", how=how, goal=results.at_least(GOAL)
    )
    figures = [total, results.Figure(name="tokens.accepted", value=0, unit="tokens", how=how, goal=results.at_most(0))]
    figures += [
        results.Figure(name=f"tokens.mutants.{way}", value=n, unit="tokens", how=how) for way, n in tried.items()
    ]
    results.merge(results.RESULTS / "security.json", figures)
    results.show(figures, title="token mutants")
