"""Tokens that services sign with their own keys: of themselves for a minute, of citizens for five."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from interlinker_shared.auth import MAX_TOKEN, Found, Principal, claims_of, principal_of
from interlinker_shared.compact import canonical, decoded, said_once
from interlinker_shared.services.key import ALGORITHM, OwnKey, PublicKey, ServiceName

if TYPE_CHECKING:
    from collections.abc import Callable

    from joserfc.jwk import OKPKey

SERVICE_TYP = "il-service+jwt"
CITIZEN_TYP = "il-citizen+jwt"
SECONDS: Mapping[str, int] = {SERVICE_TYP: 60, CITIZEN_TYP: 300}
"""How long a token of each kind lasts at most."""
LEEWAY = 5
_HEADER = {"alg", "typ", "kid"}


class BadTokenError(ValueError):
    """The token is not good; whoever sent it is not told why."""


def mint_service_token(key: OwnKey, audience: str, *, now: Callable[[], float] = time.time) -> str:
    """With which a service shows one other who it is, for a minute."""
    return _mint(
        key, SERVICE_TYP, {"sub": f"service:{key.name.service}"}, audience, ttl=SECONDS[SERVICE_TYP], now=now()
    )


def mint_citizen_token(
    key: OwnKey, who: Principal, audience: str, ttl: int, *, now: Callable[[], float] = time.time
) -> str:
    """With which the family's door tells one block who comes, and what she may do there: as much as here and no more.

    `ttl` in seconds; it is cut to the most that a block takes.
    """
    said = {"sub": who.known(), **claims_of(who)}
    return _mint(key, CITIZEN_TYP, said, audience, ttl=min(ttl, SECONDS[CITIZEN_TYP]), now=now())


def kid_of(token: str, typ: str) -> str:
    """Which key a token says it is signed with: only to find that key. Raises BadTokenError."""
    header = _opened(token, 0)
    kid = header.get("kid")
    if header.keys() != _HEADER or (header["alg"], header["typ"]) != (ALGORITHM, typ) or not isinstance(kid, str):
        raise BadTokenError
    return kid


def issuer_of(token: str, typ: str) -> ServiceName:
    """Which service says that it signed a token: only to check that. Raises BadTokenError."""
    kid_of(token, typ)
    try:
        return ServiceName.of(_opened(token, 1).get("iss"))
    except ValueError as error:
        raise BadTokenError from error


def read_token(token: str, typ: str, key: PublicKey, name: ServiceName, *, audience: str, now: float) -> dict[str, Any]:
    """What a token of this kind says, which `name` has signed with `key` for `audience`. Raises BadTokenError."""
    from joserfc import jws  # noqa: PLC0415 - with the first token
    from joserfc.errors import JoseError  # noqa: PLC0415 - as above

    if kid_of(token, typ) != key.kid:
        raise BadTokenError
    try:
        claims = said_once(jws.deserialize_compact(token, _imported(key), algorithms=[ALGORITHM]).payload)
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise BadTokenError from error
    _check(claims, typ, name, audience, now)
    return claims


def service_of(claims: Mapping[str, Any], name: ServiceName) -> str:
    """The subject of a service's own token, once that is checked. Raises BadTokenError."""
    if claims.get("sub") != f"service:{name.service}":
        raise BadTokenError
    return f"service:{name.service}"


def citizen_of(claims: dict[str, Any]) -> Found:
    """Who a citizen's token stands for, once that is checked. Raises BadTokenError."""
    if "channel" not in claims:  # a block alone takes one for granted, the gateway never leaves it out
        raise BadTokenError
    try:
        return Found(principal_of(claims), float(claims["exp"]))
    except (ValueError, TypeError, KeyError) as error:
        raise BadTokenError from error


@lru_cache(maxsize=64)
def _imported(key: PublicKey) -> OKPKey:
    from joserfc.jwk import OKPKey  # noqa: PLC0415 - with the first token

    return OKPKey.import_key({"kty": "OKP", "crv": ALGORITHM, "x": key.x})


def _opened(token: str, segment: int) -> dict[str, Any]:
    if len(token) > MAX_TOKEN or not canonical(token):
        raise BadTokenError
    try:
        return said_once(decoded(token.split(".")[segment]))
    except ValueError as error:
        raise BadTokenError from error


def _mint(key: OwnKey, typ: str, said: Mapping[str, object], audience: str, *, ttl: int, now: float) -> str:
    issued = int(now)
    when = {"iat": issued, "exp": issued + ttl, "jti": uuid.uuid4().hex}
    return key.sign({"iss": str(key.name), "aud": audience, **said, **when}, typ)


def _check(claims: Mapping[str, Any], typ: str, name: ServiceName, audience: str, now: float) -> None:
    """The claims that both kinds have, each of its type and in its bounds (RFC 7519, 4.1)."""
    issued, expires, jti = claims.get("iat"), claims.get("exp"), claims.get("jti")
    if type(issued) is not int or type(expires) is not int or not (isinstance(jti, str) and jti):
        raise BadTokenError
    if not (issued <= now + LEEWAY and now < expires <= issued + SECONDS[typ]) or "nbf" in claims:
        raise BadTokenError
    if claims.get("iss") != str(name) or claims.get("aud") != audience:
        raise BadTokenError
