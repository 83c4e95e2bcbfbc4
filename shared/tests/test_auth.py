"""Tokens and roles: who is let in, and who is not."""

from __future__ import annotations

import base64
import hmac
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey
from shared.tests.boxes import SERVICE, Box

from interlinker_shared.auth import (
    ALGORITHM,
    ANONYMOUS,
    REVOKED,
    Assurance,
    Authenticator,
    Channel,
    Found,
    Principal,
    Role,
    check_role,
    mint_for,
    mint_token,
)
from interlinker_shared.errors import ForbiddenError, UnauthorisedError
from interlinker_shared.signing import HEADER
from interlinker_shared.testing import SECRET

UNSIGNED = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJpbnRlcmxpbmtlcnMiLCJhdWQiOiJib3hlcyIsInN1YiI6IngiLCJyb2xlIjoib3duZXIifQ."


def signed(algorithm: str = "HS256", secret: str = SECRET, **changes: Any) -> str:
    """A token with these claims (and `typ`) changed; None takes one away."""
    now = int(time.time())
    head = {"alg": algorithm, "typ": changes.pop("typ", "JWT")}
    claims = {"iss": "interlinkers", "aud": SERVICE, "sub": "anna", "exp": now + 60, "role": "member"} | changes
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(head, kept, OctKey.import_key(secret), algorithms=[algorithm])


async def read(token: str) -> Principal:
    return await Authenticator(SECRET, SERVICE).read(f"Bearer {token}")


async def test_a_token_tells_who_calls() -> None:
    token = mint_token(SECRET, subject="anna", role=Role.MODERATOR, audience=SERVICE, channel=Channel.PAPER)
    assert await read(token) == Principal("anna", Role.MODERATOR, Channel.PAPER)


async def test_nobody_is_the_public() -> None:
    assert await Authenticator(SECRET, SERVICE).read(None) == ANONYMOUS
    assert ANONYMOUS.role is Role.PUBLIC


@pytest.mark.parametrize(
    "token",
    [
        signed(exp=int(time.time()) - 60),
        signed(exp=None),
        signed(aud="others"),
        signed(aud=None),
        signed(iss="somebody"),
        signed(sub=None),
        signed(role="emperor"),
        signed(channel="telepathy"),
        signed(secret="another secret, long enough for the algorithm"),
        signed(algorithm="HS512"),
        signed()[:-2],
        UNSIGNED,
        "nonsense",
        "a.b.c",
        "é",
        "x" * 5000,
        "",
    ],
)
async def test_a_bad_token_is_refused(token: str) -> None:
    with pytest.raises(UnauthorisedError):
        await read(token)


Payloads = st.binary(max_size=40) | st.dictionaries(st.text(max_size=5), st.integers() | st.text()).map(
    lambda claims: json.dumps(claims).encode()
)
Headers = st.just(HEADER) | st.sampled_from(
    ['{"alg":"none"}', '{"alg":"HS256"}', '{"alg":"HS256","typ":"JWT"}', "{}"]
).map(lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="))
Changes = st.tuples(
    st.integers(0, 300), st.sampled_from(["", ".", "=", "A", "g", "_", "+", "é", " ", "\n"]), st.booleans()
)


def signed_by_hand(header: str, payload: bytes, padding: str) -> str:
    said = f"{header}.{base64.urlsafe_b64encode(payload).decode().rstrip('=')}{padding}"
    signature = hmac.digest(SECRET.encode(), said.encode(), "sha256")
    return f"{said}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def changed(token: str, change: tuple[int, str, bool]) -> str:
    place, text, replace = change
    return token[:place] + text + token[place + replace :]


@given(Headers, Payloads, st.sampled_from(["", "", "=", "A", "."]), st.none() | Changes)
def test_what_the_short_way_takes_the_long_way_takes_alike(
    header: str, payload: bytes, padding: str, change: tuple[int, str, bool] | None
) -> None:
    token = signed_by_hand(header, payload, padding)
    token = changed(token, change) if change else token
    door = Authenticator(SECRET, SERVICE)
    try:
        taken = door._own_claims(token)
    except ValueError:
        return  # refused at once
    if taken is not None:
        long_way = jwt.decode(token, door._key, algorithms=[ALGORITHM])
        assert (taken, HEADER) == (long_way.claims, token.split(".")[0])


@given(st.integers(0, 300), st.characters(codec="latin-1"))
def test_the_short_way_takes_our_own_tokens_and_none_that_differs_in_a_character(place: int, character: str) -> None:
    token = mint_token(SECRET, subject="anna", role=Role.MEMBER, audience=SERVICE)
    door = Authenticator(SECRET, SERVICE)
    assert door._own_claims(token) == jwt.decode(token, door._key, algorithms=[ALGORITHM]).claims
    other = changed(token, (place % len(token), character, True))
    assert other == token or door._own_claims(other) is None


def test_a_second_spelling_of_the_same_bytes_is_refused() -> None:
    loose = signed_by_hand(HEADER, b'{"sub":"a"}', "")
    token = signed_by_hand(HEADER, b'{"sub":"a"}', "=")
    door = Authenticator(SECRET, SERVICE)
    assert door._own_claims(loose) == {"sub": "a"}
    assert door._own_claims(token) is None


@pytest.mark.parametrize("header", ["Basic eDp5", "Bearer", "Bearer ", "", "nonsense"])
async def test_a_bad_header_is_refused(header: str) -> None:
    with pytest.raises(UnauthorisedError):
        await Authenticator(SECRET, SERVICE).read(header)


async def test_a_known_token_is_refused_once_it_expired(monkeypatch: pytest.MonkeyPatch) -> None:
    door = Authenticator(SECRET, SERVICE)
    token = f"Bearer {signed()}"
    assert (await door.read(token)).subject == "anna"
    later = time.time() + 3600
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(UnauthorisedError):
        await door.read(token)


async def test_the_memory_of_tokens_is_bounded() -> None:
    door = Authenticator(SECRET, SERVICE)
    door._cache = {str(number): (0.0, Found(ANONYMOUS)) for number in range(4096)}
    await door.read(f"Bearer {signed()}")
    assert len(door._cache) == 1


@pytest.mark.parametrize("have", Role)
@pytest.mark.parametrize("need", Role)
def test_a_role_may_what_a_lower_one_may(have: Role, need: Role) -> None:
    order = ["public", "observer", "member", "moderator", "owner"]
    assert Principal("anna", have).may(need) is (order.index(have) >= order.index(need))


def test_strangers_are_asked_who_they_are_and_others_told_what_they_lack() -> None:
    with pytest.raises(UnauthorisedError):
        check_role(ANONYMOUS, Role.MEMBER)
    with pytest.raises(ForbiddenError, match="takes the role owner; you have member"):
        check_role(Principal("anna", Role.MEMBER), Role.OWNER)
    with pytest.raises(UnauthorisedError):
        ANONYMOUS.known()


async def test_every_operation_asks_for_a_role(box: Box) -> None:
    api = (await box.client.get("/openapi.json")).json()
    open_to_all = [
        f"{method} {path}"
        for path, item in api["paths"].items()
        for method, one in item.items()
        if not one.get("security")
    ]
    assert open_to_all == []


@pytest.mark.parametrize(
    ("method", "path", "least"),
    [
        ("POST", "/boxes", Role.MODERATOR),
        ("DELETE", "/boxes/x", Role.OWNER),
        ("GET", "/changes", Role.OWNER),
        ("GET", "/events", Role.OWNER),
        ("GET", "/dead-letters", Role.OWNER),
        ("GET", "/subjects/olga", Role.OBSERVER),
    ],
)
async def test_less_than_the_role_is_not_enough(box: Box, method: str, path: str, least: Role) -> None:
    for role in Role:
        status = (await box.ask(method, path, role)).status_code
        refused = 401 if role is Role.PUBLIC else 403
        assert (status == refused) is (role.rank < least.rank), role


@dataclass
class Desk:
    """A way in whose tokens begin with `ilk_`, that knows one of them, and that somebody else can be quicker than."""

    mark: str = "ilk_"
    revocable: bool = True
    expires: float = math.inf
    knows: bool = True
    asked: int = 0
    meanwhile: Callable[[], None] = lambda: None

    async def read(self, token: str) -> Found | None:
        self.asked += 1
        valid = self.knows and token == f"{self.mark}good"
        self.meanwhile()
        return Found(Principal("karl", Role.MEMBER), self.expires) if valid else None


@pytest.fixture
def desk() -> tuple[Desk, Authenticator]:
    desk, door = Desk(), Authenticator(SECRET, SERVICE)
    door.add(desk)
    return desk, door


async def test_the_shape_of_a_token_tells_whom_to_ask(desk: tuple[Desk, Authenticator]) -> None:
    way, door = desk
    assert (await door.read("Bearer ilk_good")).subject == "karl"
    assert (await door.read(f"Bearer {signed()}")).subject == "anna"
    for token in ("ilk_bad", "ils_good", "ILK_good", "good", signed(typ="other+jwt"), signed(typ="ilk_")):
        with pytest.raises(UnauthorisedError):
            await door.read(f"Bearer {token}")
    assert way.asked == 2, "nobody else's token was tried on it"


async def test_what_can_be_revoked_is_remembered_for_a_second(
    desk: tuple[Desk, Authenticator], monkeypatch: pytest.MonkeyPatch
) -> None:
    way, door = desk
    assert door.known("Bearer ilk_good") is None
    await door.read("Bearer ilk_good")
    await door.read("Bearer ilk_good")
    assert (way.asked, door.known("Bearer ilk_good")) == (1, Principal("karl", Role.MEMBER))
    later = time.monotonic() + 1.0
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert door.known("Bearer ilk_good") is None


async def test_what_cannot_is_remembered_until_it_ends(desk: tuple[Desk, Authenticator]) -> None:
    way, door = desk
    way.revocable = False
    await door.read("Bearer ilk_good")
    door.hear({REVOKED})
    assert door.known("Bearer ilk_good") is not None


async def test_a_token_that_has_ended_is_refused_though_its_way_still_knows_it(
    desk: tuple[Desk, Authenticator],
) -> None:
    way, door = desk
    way.expires = time.time()
    with pytest.raises(UnauthorisedError):
        await door.read("Bearer ilk_good")


async def test_a_revocation_is_felt_at_once(desk: tuple[Desk, Authenticator]) -> None:
    way, door = desk
    await door.read("Bearer ilk_good")
    way.knows = False
    door.hear({"tag:other"})
    assert door.known("Bearer ilk_good") is not None
    door.hear({REVOKED})
    with pytest.raises(UnauthorisedError):
        await door.read("Bearer ilk_good")


async def test_an_answer_that_a_revocation_overtook_is_not_remembered(desk: tuple[Desk, Authenticator]) -> None:
    way, door = desk
    way.meanwhile = lambda: door.hear({REVOKED})
    await door.read("Bearer ilk_good")
    assert door.known("Bearer ilk_good") is None


@pytest.mark.parametrize(
    "head", ['{"typ":', "[]", '"JWT"', '{"alg":"HS256","typ":["JWT"]}', "[" * 2000, '{"a":' * 600, "\x00", ""]
)
async def test_a_header_that_makes_no_sense_is_refused(head: str) -> None:
    segment = base64.urlsafe_b64encode(head.encode()).decode().rstrip("=")
    with pytest.raises(UnauthorisedError):
        await read(f"{segment}.e30.x")


async def test_caps_travel_with_a_token() -> None:
    asset = UUID("01890000-0000-7000-8000-00000000000a")
    caps = Principal("anna", Role.OWNER, Channel.EMBED, assurance=Assurance.HIGH, ceiling=Role.MEMBER, asset=asset)
    for who in (caps, replace(caps, read_only=True, asset=None), Principal("anna", Role.MEMBER)):
        assert await read(mint_for(SECRET, who, audience=SERVICE, ttl=60)) == who


@pytest.mark.parametrize(
    "claims", [{"asset": "all"}, {"asset": 7}, {"ceiling": "none"}, {"assurance": 3}, {"role": ["owner"]}]
)
async def test_a_cap_that_cannot_be_read_is_no_way_around_it(claims: dict[str, Any]) -> None:
    with pytest.raises(UnauthorisedError):
        await read(signed(**claims))


async def test_whatever_a_token_says_about_reading_only_but_no_binds() -> None:
    said: Any
    for said in (True, 1, 0, "", "false", [], {}):
        assert (await read(signed(read_only=said))).read_only
    assert not (await read(signed(read_only=False))).read_only


def test_nobody_may_more_than_her_ceiling() -> None:
    olga = Principal("olga", Role.OWNER, ceiling=Role.MEMBER)
    assert (olga.may(Role.MEMBER), olga.may(Role.MODERATOR), olga.highest) == (True, False, Role.MEMBER)
    assert Principal("anna", Role.OBSERVER, ceiling=Role.MEMBER).highest is Role.OBSERVER
    with pytest.raises(ForbiddenError, match="you have member"):
        check_role(olga, Role.OWNER)


async def test_a_token_that_may_only_read_changes_nothing(box: Box) -> None:
    reader = mint_for(SECRET, Principal("olga", Role.OWNER, read_only=True), audience=SERVICE, ttl=60)
    headers = {"Authorization": f"Bearer {reader}"}
    made = await box.create()
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = await box.client.request(method, f"/boxes/{made['id']}", headers=headers)
        assert answer.status_code in {403, 405}, method
    refused = await box.client.delete(f"/boxes/{made['id']}", headers=headers)
    assert refused.json()["type"].endswith("read-only")
    assert (await box.client.get(f"/boxes/{made['id']}", headers=headers)).status_code == 200
