"""Embed tokens, which hosts sign, and bearers, which this service gives for them."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from interlinker_shared.auth import Channel, Found, Principal, Role
from interlinker_shared.compact import canonical, decoded, said_once
from interlinker_shared.db import Database
from interlinker_shared.embed import store
from interlinker_shared.embed.models import Algorithm

if TYPE_CHECKING:
    from joserfc.jwk import OctKey

EMBED_TYP = "il-embed+jwt"
BEARER_TYP = "il-bearer+jwt"
BEARER_ISSUER = "interlinkers-embed"
BEARER_SECONDS = 900
MAX_SECONDS = 600
LEEWAY = 5

_NAMES = {Algorithm.HS256: ["HS256"], Algorithm.ED25519: ["Ed25519", "EdDSA"]}  # RFC 9864 renamed it; most write EdDSA
_HEADERS = {"alg", "typ", "kid"}
_SUBJECT = re.compile(r"[A-Za-z0-9._~-]{1,100}")
_JTI = re.compile(r"[A-Za-z0-9._~-]{8,100}")
_LANG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_MAX_NAME = 200


class BadTokenError(ValueError):
    """The token is not good; whoever sent it is not told why."""


@dataclass(frozen=True)
class EmbedToken:
    """What a host said, once its signature is checked."""

    host: str
    subject: str
    jti: str
    expires: int
    origin: str
    role: Role
    asset: UUID
    name: str | None
    lang: str | None


def issuer_of(token: str) -> str:
    """Who says that she signed it: only to find the key with which to check that. Raises BadTokenError."""
    if not canonical(token):
        raise BadTokenError
    header, claims = (_object(decoded(segment)) for segment in token.split(".")[:2])
    issuer = claims.get("iss")
    if header.get("typ") != EMBED_TYP or not header.keys() <= _HEADERS or not isinstance(issuer, str):
        raise BadTokenError
    return issuer


def read_embed_token(token: str, host: store.Trusted, *, audience: str, now: float) -> EmbedToken:
    """What `token` says, by the key and the algorithm of the host's row, never by what it says of itself. Raises BadTokenError."""
    if host.key is None:
        raise BadTokenError  # an empty key would take what anybody signs
    from joserfc import jwt  # noqa: PLC0415 - with the first token
    from joserfc.errors import JoseError, SecurityWarning  # noqa: PLC0415 - as above
    from joserfc.jwk import OctKey, OKPKey  # noqa: PLC0415 - as above

    key: Any = (
        OctKey.import_key(host.key)
        if host.algorithm is Algorithm.HS256
        else OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": host.key})
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", SecurityWarning
            )  # the old name of the algorithm; the key's type fixes which
            claims = jwt.decode(token, key, algorithms=_NAMES[host.algorithm]).claims
        return _checked(claims, host, audience, now)
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise BadTokenError from error


class Bearers:
    """Bearers as a way in: signed with a key that is made of the service's secret for this and nothing else."""

    mark = BEARER_TYP
    revocable = True  # with its host

    def __init__(self, secret: str, audience: str, db: Database) -> None:
        """`secret` is the service's own, or its family's."""
        self._secret = hmac.digest(secret.encode(), b"interlinkers embed bearer", hashlib.sha256)
        self._audience = audience
        self._db = db

    def mint(self, said: EmbedToken, *, max_role: Role) -> tuple[str, Role]:
        """A bearer for whom a host vouched, and the role that it is good for."""
        from joserfc import jwt  # noqa: PLC0415 - with the first token

        role, now = min(said.role, max_role, key=lambda role: role.rank), int(time.time())
        claims = {
            "iss": BEARER_ISSUER,
            "aud": self._audience,
            "sub": f"{said.host}:{said.subject}",
            "host": said.host,
            "role": role.value,
            "asset": str(said.asset),
            "iat": now,
            "exp": now + BEARER_SECONDS,
        }
        return jwt.encode({"alg": "HS256", "typ": BEARER_TYP}, claims, self._key()), role

    async def read(self, token: str) -> Found | None:
        """Who comes with this bearer, as long as her host is trusted."""
        from joserfc import jwt  # noqa: PLC0415 - with the first token
        from joserfc.errors import JoseError  # noqa: PLC0415 - as above

        try:
            claims = jwt.decode(token, self._key(), algorithms=["HS256"]).claims
            if claims["iss"] != BEARER_ISSUER or claims["aud"] != self._audience:
                return None
            said, asset, expires = Role(claims["role"]), UUID(claims["asset"]), float(claims["exp"])
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            return None
        host = await self._db.read(store.find_trusted, str(claims.get("host")))
        if host is None:
            return None
        role = min(said, host.max_role, key=lambda role: role.rank)
        return Found(Principal(claims["sub"], role, Channel.EMBED, ceiling=role, asset=asset), expires)

    def _key(self) -> OctKey:
        from joserfc.jwk import OctKey  # noqa: PLC0415 - with the first token

        return OctKey.import_key(self._secret)


def _checked(claims: dict[str, Any], host: store.Trusted, audience: str, now: float) -> EmbedToken:
    """The claims, each of its type and in its bounds (RFC 7519, 4.1)."""
    issued, expires = _moment(claims, "iat"), _moment(claims, "exp")
    not_before = _moment(claims, "nbf") if "nbf" in claims else issued
    if not (max(issued, not_before) <= now + LEEWAY and now - LEEWAY < expires <= issued + MAX_SECONDS):
        raise BadTokenError
    if claims.get("iss") != host.id or claims.get("aud") != audience:
        raise BadTokenError
    lang = claims.get("lang")
    return EmbedToken(
        host=host.id,
        subject=_text(claims, "sub", _SUBJECT),
        jti=_text(claims, "jti", _JTI),
        expires=expires,
        origin=str(claims.get("origin")),
        role=Role(str(claims.get("role"))),
        asset=UUID(str(claims.get("asset"))),
        name=_name(claims.get("name")),
        lang=None if lang is None else _text(claims, "lang", _LANG),
    )


def _moment(claims: dict[str, Any], name: str) -> int:
    value = claims.get(name)
    if type(value) is not int:  # a bool is an int, and means nothing here
        raise BadTokenError
    return value


def _text(claims: dict[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise BadTokenError
    return value


def _name(value: object) -> str | None:
    if value is not None and not (isinstance(value, str) and len(value) <= _MAX_NAME):
        raise BadTokenError
    return value


def _object(text: bytes) -> dict[str, Any]:
    try:
        return said_once(text)
    except ValueError as error:
        raise BadTokenError from error
