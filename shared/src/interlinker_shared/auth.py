"""Who is calling: one `Principal`, read from a short-lived signed token; a role for everything, deny by default."""

from __future__ import annotations

import base64
import hmac
import json
import time
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from interlinker_shared.errors import ForbiddenError, UnauthorisedError
from interlinker_shared.signing import sign

if TYPE_CHECKING:
    from joserfc.jwk import OctKey
    from joserfc.jwt import JWTClaimsRegistry

# joserfc is loaded with the first token to read, not with this module: it brings all of cryptography, 50 ms and 11 MB that a
# service can do without while only it itself calls others.

ALGORITHM = "HS256"
HEADER = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9"  # {"typ":"JWT","alg":"HS256"}, as `mint_token` writes it
ISSUER = "interlinkers"
CACHE_SECONDS = 60
CACHE_ENTRIES = 4096
MAX_TOKEN = 4096


class Role(StrEnum):
    """What a person may do in a scope, from least to most."""

    PUBLIC = "public"
    OBSERVER = "observer"
    MEMBER = "member"
    MODERATOR = "moderator"
    OWNER = "owner"

    @property
    def rank(self) -> int:
        """The place in the order: a role may do all that a lower one may."""
        return _RANKS[self]


_RANKS = {role: rank for rank, role in enumerate(Role)}


class Channel(StrEnum):
    """The way a contribution came in."""

    WEB = "web"
    EMBED = "embed"
    API = "api"
    PAPER = "paper"
    PHONE = "phone"
    DESK = "desk"
    LETTER = "letter"


@dataclass(frozen=True)
class Principal:
    """Who is calling. `subject` is a pseudonymous id, None for someone without an account; `service` tells programs apart."""

    subject: str | None = None
    role: Role = Role.PUBLIC
    channel: Channel = Channel.API
    service: bool = False

    def may(self, role: Role) -> bool:
        """Whether this principal has at least `role`."""
        return self.role.rank >= role.rank

    def known(self) -> str:
        """The subject; UnauthorisedError for someone without an account."""
        if self.subject is None:
            message = "Sign in to do this."
            raise UnauthorisedError(message)
        return self.subject


ANONYMOUS = Principal()


class Authenticator:
    """Reads bearer tokens that were made for `audience` and signed with the family's secret."""

    def __init__(self, secret: str, audience: str) -> None:
        """`secret` has 32 characters or more."""
        self._secret = secret
        self._audience = audience
        self._cache: dict[str, tuple[float, Principal]] = {}

    def read(self, authorization: str | None) -> Principal:
        """The principal of an Authorization header; anonymous without one.

        Raises UnauthorisedError for a token that is malformed, expired, or meant for somebody else.
        """
        if authorization is None:
            return ANONYMOUS
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > MAX_TOKEN:
            message = "The Authorization header must be 'Bearer' and a token."
            raise UnauthorisedError(message)
        known = self._cache.get(token)
        if known is not None and known[0] > time.time():
            return known[1]
        return self._verify(token)

    @cached_property
    def _key(self) -> OctKey:
        from joserfc.jwk import OctKey  # noqa: PLC0415 - see above

        return OctKey.import_key(self._secret)

    @cached_property
    def _claims(self) -> JWTClaimsRegistry:
        from joserfc.jwt import JWTClaimsRegistry  # noqa: PLC0415 - see above

        return JWTClaimsRegistry(
            leeway=5,
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": self._audience},
            sub={"essential": True},
            exp={"essential": True},
        )

    def _verify(self, token: str) -> Principal:
        from joserfc import jwt  # noqa: PLC0415 - see above
        from joserfc.errors import JoseError  # noqa: PLC0415 - see above

        try:
            claims = self._own_claims(token)
            if claims is None:
                claims = jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims
            self._claims.validate(claims)
            principal = _principal(claims)
        except (JoseError, ValueError, TypeError) as error:
            message = "The token is not valid here, or no longer. Get a new one and try again."
            raise UnauthorisedError(message) from error
        if len(self._cache) >= CACHE_ENTRIES:
            self._cache.clear()
        self._cache[token] = (min(float(claims["exp"]), time.time() + CACHE_SECONDS), principal)
        return principal

    def _own_claims(self, token: str) -> dict[str, Any] | None:
        """What a token with the header and the spelling of `mint_token` says, if it is signed; None leaves it to joserfc.

        Nothing is refused here, so that there is one judge. What is taken has our header to the byte, an HS256 signature
        over all of it, and no second spelling of either part; joserfc takes 60 us for the same.
        """
        signed, _, signature = token.rpartition(".")
        header, _, payload = signed.partition(".")
        if header != HEADER or not token.isascii():
            return None
        expected = hmac.digest(self._secret.encode(), signed.encode(), "sha256")
        if not hmac.compare_digest(_base64url(expected), signature.encode()):
            return None
        said = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        claims = json.loads(said) if _base64url(said) == payload.encode() else None
        return claims if isinstance(claims, dict) else None


def mint_token(
    secret: str,
    *,
    subject: str,
    role: Role,
    audience: str,
    ttl: int = 300,
    channel: Channel = Channel.API,
    service: bool = False,
) -> str:
    """A signed token for `audience`, valid for `ttl` seconds."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": audience,
        "sub": subject,
        "iat": now,
        "exp": now + ttl,
        "role": role.value,
        "channel": channel.value,
    }
    if service:
        claims["service"] = True
    return sign(claims, secret)


def check_role(principal: Principal, role: Role) -> Principal:
    """Let through who has `role`; raise UnauthorisedError (who are you?) or ForbiddenError (you may not) otherwise."""
    if principal.may(role):
        return principal
    if principal.subject is None:
        message = f"Sign in as {role.value} to do this."
        raise UnauthorisedError(message)
    message = f"This takes the role {role.value}; you have {principal.role.value}."
    raise ForbiddenError(message)


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _principal(claims: dict[str, Any]) -> Principal:
    return Principal(
        subject=str(claims["sub"]),
        role=Role(claims.get("role", Role.PUBLIC)),
        channel=Channel(claims.get("channel", Channel.API)),
        service=claims.get("service") is True,
    )
