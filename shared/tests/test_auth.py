"""Tokens and roles: who is let in, and who is not."""

from __future__ import annotations

import base64
import hmac
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey
from shared.tests.boxes import SERVICE, Box

from interlinker_shared.auth import (
    ALGORITHM,
    ANONYMOUS,
    HEADER,
    Authenticator,
    Channel,
    Principal,
    Role,
    check_role,
    mint_token,
)
from interlinker_shared.errors import ForbiddenError, UnauthorisedError
from interlinker_shared.testing import SECRET

UNSIGNED = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJpbnRlcmxpbmtlcnMiLCJhdWQiOiJib3hlcyIsInN1YiI6IngiLCJyb2xlIjoib3duZXIifQ."


def signed(algorithm: str = "HS256", secret: str = SECRET, **changes: Any) -> str:
    """A token with these claims changed; None takes one away."""
    now = int(time.time())
    claims = {"iss": "interlinkers", "aud": SERVICE, "sub": "anna", "exp": now + 60, "role": "member"} | changes
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": algorithm}, kept, OctKey.import_key(secret), algorithms=[algorithm])


def read(token: str) -> Principal:
    return Authenticator(SECRET, SERVICE).read(f"Bearer {token}")


def test_a_token_tells_who_calls() -> None:
    token = mint_token(
        SECRET, subject="anna", role=Role.MODERATOR, audience=SERVICE, channel=Channel.PAPER, service=True
    )
    assert read(token) == Principal("anna", Role.MODERATOR, Channel.PAPER, service=True)


def test_nobody_is_the_public() -> None:
    assert Authenticator(SECRET, SERVICE).read(None) == ANONYMOUS
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
def test_a_bad_token_is_refused(token: str) -> None:
    with pytest.raises(UnauthorisedError):
        read(token)


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
def test_a_bad_header_is_refused(header: str) -> None:
    with pytest.raises(UnauthorisedError):
        Authenticator(SECRET, SERVICE).read(header)


def test_a_known_token_is_refused_once_it_expired(monkeypatch: pytest.MonkeyPatch) -> None:
    door = Authenticator(SECRET, SERVICE)
    token = f"Bearer {signed()}"
    assert door.read(token).subject == "anna"
    later = time.time() + 3600
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(UnauthorisedError):
        door.read(token)


def test_the_memory_of_tokens_is_bounded() -> None:
    door = Authenticator(SECRET, SERVICE)
    door._cache = {str(number): (0.0, ANONYMOUS) for number in range(4096)}
    door.read(f"Bearer {signed()}")
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
        ("GET", "/subjects/olga", Role.MEMBER),
    ],
)
async def test_less_than_the_role_is_not_enough(box: Box, method: str, path: str, least: Role) -> None:
    for role in Role:
        status = (await box.ask(method, path, role)).status_code
        refused = 401 if role is Role.PUBLIC else 403
        assert (status == refused) is (role.rank < least.rank), role
