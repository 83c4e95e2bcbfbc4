"""Who is calling: one `Principal`, whichever way she came in; a role for everything, deny by default."""

from __future__ import annotations

import hmac
import json
import math
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from interlinker_shared.compact import OWN, PREFIX, base64url, decoded, typ_of
from interlinker_shared.errors import ForbiddenError, UnauthorisedError
from interlinker_shared.grants.domain import BLOCK, Grant, effective_role, in_process
from interlinker_shared.roles import Role
from interlinker_shared.services.rights import ServiceRight
from interlinker_shared.signing import HEADER, sign

if TYPE_CHECKING:
    from joserfc.jwk import OctKey
    from joserfc.jwt import JWTClaimsRegistry

# joserfc is loaded with the first token to read, not with this module: it brings all of cryptography, 50 ms and 11 MB that a
# service can do without while only it itself calls others.

__all__ = [
    "ALGORITHM",
    "ANONYMOUS",
    "HEADER",
    "REVOKED",
    "Assurance",
    "Authenticator",
    "Channel",
    "Found",
    "Principal",
    "Role",
    "Way",
    "check_method",
    "check_role",
    "claims_of",
    "mint_for",
    "mint_token",
    "principal_of",
]

ALGORITHM = "HS256"
ISSUER = "interlinkers"
CACHE_SECONDS = 60
CACHE_ENTRIES = 4096
BRIEF_SECONDS = 1.0  # what the database knows of a token may have changed since
MAX_TOKEN = 4096
REVOKED = "auth:revoked"
"""The signal of a commit after which a token may be worth less than before."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
REFUSED = "The token is not valid here, or no longer. Get a new one and try again."


class Channel(StrEnum):
    """The way a contribution came in."""

    WEB = "web"
    EMBED = "embed"
    API = "api"
    PAPER = "paper"
    PHONE = "phone"
    DESK = "desk"
    LETTER = "letter"


class Assurance(StrEnum):
    """How sure it is who somebody is (eIDAS, Regulation 910/2014, article 8)."""

    LOW = "low"
    SUBSTANTIAL = "substantial"
    HIGH = "high"


@dataclass(frozen=True)
class Principal:
    """Who is calling. `subject` is a pseudonymous id, None for someone without an account.

    `service` is the name of a program of the family, such as `forum/main`; None for people. It has no role but by `rights`.

    `role` is the one that counts where she is. Who holds `grants` besides what the block gives her (`outer`) has no role
    until she has been put somewhere by `on`; `needs` is what her request takes there.

    The rest caps what she may do, wherever her role comes from: never more than `ceiling`; on `asset` only, when it is
    set; with `read_only` no request that changes anything.
    """

    subject: str | None = None
    role: Role = Role.PUBLIC
    channel: Channel = Channel.API
    service: str | None = None
    assurance: Assurance = Assurance.LOW
    ceiling: Role = Role.OWNER
    asset: UUID | None = None
    read_only: bool = False
    outer: Role | None = None
    grants: tuple[Grant, ...] = ()
    needs: Role = Role.PUBLIC
    rights: frozenset[ServiceRight] = frozenset()

    @property
    def all_grants(self) -> tuple[Grant, ...]:
        """Everything that she holds, what the block gives her included."""
        return (Grant(BLOCK, self.role if self.outer is None else self.outer), *self.grants)

    @property
    def most(self) -> Role:
        """The most that she is anywhere: for whoever must not miss what she does as moderator or owner."""
        return Role.OWNER if self._runs_processes else max((held.role for held in self.capped_grants), key=_rank)

    @property
    def capped_grants(self) -> tuple[Grant, ...]:
        """The same, as far as her ceiling lets it count."""
        if self.ceiling is Role.OWNER:
            return self.all_grants
        return tuple(replace(held, role=min(held.role, self.ceiling, key=_rank)) for held in self.all_grants)

    def role_at(self, path: Sequence[str]) -> Role:
        """Her role at the end of a path of scopes; see `grants.domain`. Who runs processes is an owner in each of them."""
        if self._runs_processes and in_process(path):
            return Role.OWNER
        return effective_role(path, self.capped_grants)

    def on(self, path: Sequence[str]) -> Principal:
        """The same with the role that she has there."""
        return self if self.outer is None else replace(self, role=self.role_at(path))

    @property
    def _runs_processes(self) -> bool:
        return self.outer is not None and ServiceRight.RUN_PROCESSES in self.rights

    @property
    def highest(self) -> Role:
        """The role that counts: her own, or the ceiling where that is lower."""
        return self.role if self.ceiling is Role.OWNER or self.role.rank <= self.ceiling.rank else self.ceiling

    def may(self, role: Role) -> bool:
        """Whether this principal has at least `role`, and may use it."""
        return self.highest.rank >= role.rank

    def known(self) -> str:
        """The subject; UnauthorisedError for someone without an account."""
        if self.subject is None:
            message = "Sign in to do this."
            raise UnauthorisedError(message)
        return self.subject


ANONYMOUS = Principal()


@dataclass(frozen=True)
class Found:
    """What a token says: who calls, and when the token ends in seconds since 1970."""

    principal: Principal
    expires: float = math.inf


class Way(Protocol):
    """One way in. Which way a token belongs to is told by its shape; no token is ever tried on two."""

    @property
    def mark(self) -> str:
        """What its tokens begin with (`ilk_`), or their `typ` where they are JWTs."""

    @property
    def revocable(self) -> bool:
        """Whether a token may end before it expires: then its answer is remembered for a second, not for a minute."""

    async def read(self, token: str) -> Found | None:
        """Who calls; None for a token that is not valid here, whatever the reason."""


class Authenticator:
    """Reads bearer tokens: those that `audience` has signed with its own secret, and those of the ways that were added."""

    def __init__(self, secret: str, audience: str) -> None:
        """`secret` has 32 characters or more."""
        self._secret = secret
        self._audience = audience
        self._cache: dict[str, tuple[float, Found]] = {}
        self._brief: dict[str, tuple[float, Found]] = {}
        self._ways: dict[str, Way] = {}
        self._revocations = 0

    def add(self, way: Way) -> None:
        """Let people in this way too."""
        self._ways[way.mark] = way

    def forget(self) -> None:
        """Remember nothing: a key may be gone that some of it was signed with."""
        self._revocations += 1
        self._cache.clear()
        self._brief.clear()

    def hear(self, signals: Collection[str]) -> None:
        """Take in the signals of a commit: after a revocation nothing is remembered that could be revoked."""
        if REVOKED in signals:
            self._revocations += 1
            self._brief.clear()

    def known(self, authorization: str | None) -> Principal | None:
        """The principal of an Authorization header, from memory; anonymous without one, None when `read` has to be asked.

        Raises UnauthorisedError for a header that holds no bearer token.
        """
        if authorization is None:
            return ANONYMOUS
        found = self._remembered(_bearer(authorization))
        return found.principal if found is not None else None

    async def read(self, authorization: str | None) -> Principal:
        """The principal of an Authorization header; anonymous without one.

        Raises UnauthorisedError for a token that is malformed, expired, or meant for somebody else.
        """
        return ANONYMOUS if authorization is None else (await self.find(_bearer(authorization))).principal

    async def find(self, token: str) -> Found:
        """Who a token stands for, and until when. Raises UnauthorisedError."""
        if len(token) > MAX_TOKEN:
            raise UnauthorisedError(REFUSED)
        known = self._remembered(token)
        if known is not None:
            return known
        mark = token[:PREFIX] if token[:PREFIX] in self._ways else typ_of(token)
        if mark == OWN:
            return self._verify(token)
        if mark not in self._ways:
            raise UnauthorisedError(REFUSED)
        return await self._ask(self._ways[mark], token)

    def _remembered(self, token: str) -> Found | None:
        known = self._cache.get(token)
        if known is not None and known[0] > time.time():
            return known[1]
        brief = self._brief.get(token)
        if brief is not None and brief[0] > time.monotonic() and brief[1].expires > time.time():
            return brief[1]
        return None

    async def _ask(self, way: Way, token: str) -> Found:
        began, revocations = time.monotonic(), self._revocations
        found = await way.read(token)
        if found is None or found.expires <= time.time():
            raise UnauthorisedError(REFUSED)
        if revocations != self._revocations:
            return found  # from before the revocation, perhaps: nothing to remember
        if way.revocable:
            _remember(self._brief, token, began + BRIEF_SECONDS, found)
        else:
            _remember(self._cache, token, min(found.expires, time.time() + CACHE_SECONDS), found)
        return found

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

    def _verify(self, token: str) -> Found:
        from joserfc import jwt  # noqa: PLC0415 - see above
        from joserfc.errors import JoseError  # noqa: PLC0415 - see above

        try:
            claims = self._own_claims(token)
            if claims is None:
                claims = jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims
            self._claims.validate(claims)
            found = Found(principal_of(claims), float(claims["exp"]))
        except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise UnauthorisedError(REFUSED) from error
        _remember(self._cache, token, min(found.expires, time.time() + CACHE_SECONDS), found)
        return found

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
        if not hmac.compare_digest(base64url(expected), signature.encode()):
            return None
        said = decoded(payload)
        claims = json.loads(said) if base64url(said) == payload.encode() else None
        return claims if isinstance(claims, dict) else None


def mint_token(
    secret: str, *, subject: str, role: Role, audience: str, ttl: int = 300, channel: Channel = Channel.API
) -> str:
    """A token for `audience`, whose secret this is, valid for `ttl` seconds."""
    return mint_for(secret, Principal(subject, role, channel), audience=audience, ttl=ttl)


def mint_for(secret: str, who: Principal, *, audience: str, ttl: int) -> str:
    """A token for `audience`, whose secret this is, with which `who` may do what she is, and no more."""
    now = int(time.time())
    when = {"iat": now, "exp": now + ttl}
    return sign({"iss": ISSUER, "aud": audience, "sub": who.known(), **when, **claims_of(who)}, secret)


def claims_of(who: Principal) -> dict[str, Any]:
    """What a token says of a person besides her subject; `principal_of` reads it."""
    caps = {"read_only": who.read_only, "asset": str(who.asset or "")}
    levels = {"assurance": who.assurance.value, "ceiling": who.ceiling.value}
    usual = {"assurance": Assurance.LOW.value, "ceiling": Role.OWNER.value}
    said = {name: value for name, value in (caps | levels).items() if value and value != usual.get(name)}
    return {"role": who.role.value, "channel": who.channel.value, **said}


def check_method(principal: Principal, method: str) -> None:
    """Raise ForbiddenError where a request would change something and its token may only read."""
    if principal.read_only and method not in SAFE:
        message = "This token may only read."
        raise ForbiddenError(message, slug="read-only")


def check_role(principal: Principal, role: Role) -> Principal:
    """Let through who has `role`; raise UnauthorisedError (who are you?) or ForbiddenError (you may not) otherwise."""
    if principal.may(role):
        return principal
    if principal.subject is None:
        message = f"Sign in as {role.value} to do this."
        raise UnauthorisedError(message)
    message = f"This takes the role {role.value}; you have {principal.highest.value}."
    raise ForbiddenError(message)


def _rank(role: Role) -> int:
    return role.rank


def _bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token or len(token) > MAX_TOKEN:
        message = "The Authorization header must be 'Bearer' and a token."
        raise UnauthorisedError(message)
    return token


def _remember(memory: dict[str, tuple[float, Found]], token: str, until: float, found: Found) -> None:
    if len(memory) >= CACHE_ENTRIES:
        memory.clear()
    memory[token] = (until, found)


def principal_of(claims: dict[str, Any]) -> Principal:
    """The person that the claims of a checked token are about; ValueError, TypeError or KeyError where they make no sense."""
    asset, subject = claims.get("asset"), claims["sub"]
    if not isinstance(subject, str) or not subject:
        message = "a subject is a text"
        raise ValueError(message)
    return Principal(
        subject=subject,
        role=Role(claims["role"]),
        channel=Channel(claims.get("channel", Channel.API)),
        assurance=Assurance(claims.get("assurance", Assurance.LOW)),
        ceiling=Role(claims.get("ceiling", Role.OWNER)),
        asset=UUID(str(asset)) if asset is not None else None,
        read_only=claims.get("read_only", False) is not False,
    )
