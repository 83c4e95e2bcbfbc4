"""Wire models of embedding."""

from __future__ import annotations

import base64
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from interlinker_shared.auth import MAX_TOKEN, Role
from interlinker_shared.text import Clean, Line, Wire

KEY_BYTES = 32
MOST_ORIGINS = 20
_LOCAL = {"localhost", "127.0.0.1"}
_PORTS = {"https": 443, "http": 80}


class Algorithm(StrEnum):
    """How a host signs: with a secret that both sides know, or with a key whose public half is known here."""

    HS256 = "HS256"
    ED25519 = "Ed25519"


def _origin(value: str) -> str:
    """An origin as browsers write it; https, or a machine's own name for trying things out."""
    parts = urlsplit(value)
    host, secure = parts.hostname or "", parts.scheme == "https" or (parts.hostname or "") in _LOCAL
    port = f":{parts.port}" if parts.port is not None and parts.port != _PORTS.get(parts.scheme) else ""
    if parts.scheme not in _PORTS or not secure or not host or f"{parts.scheme}://{host}{port}" != value:
        message = (
            "must be an origin as browsers send it, such as https://portal.example.org: https, lower case, no path"
        )
        raise ValueError(message)
    return value


def _public_key(value: str) -> str:
    """32 bytes in base64 of either alphabet, as base64url without padding."""
    try:
        raw = base64.b64decode(value.rstrip("=").translate(str.maketrans("-_", "+/")) + "=", validate=True)
    except ValueError:
        raw = b""
    if len(raw) != KEY_BYTES:
        message = "must be the 32 bytes of an Ed25519 public key in base64"
        raise ValueError(message)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


Origin = Annotated[str, StringConstraints(max_length=255, pattern=r"^[a-z0-9:/.\-]+$"), AfterValidator(_origin)]
Origins = Annotated[
    list[Origin], Field(min_length=1, max_length=MOST_ORIGINS, examples=[["https://portal.example.org"]])
]
HostId = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{1,39}$"),
    Field(description="Its `iss`; the people it vouches for are known here as this, a colon, and their `sub`."),
]
PublicKey = Annotated[
    str,
    StringConstraints(max_length=64),
    AfterValidator(_public_key),
    Field(description="The host's Ed25519 public key: 32 bytes in base64. Absent for HS256, whose key is made here."),
]
MaxRole = Annotated[
    Literal[Role.OBSERVER, Role.MEMBER, Role.MODERATOR],
    Field(description="What a person from there may be at most, whatever a token says."),
]


class EmbedHostCreate(Wire):
    """A portal that may vouch for people."""

    id: HostId
    name: Line
    algorithm: Algorithm = Algorithm.HS256
    public_key: PublicKey | None = None
    max_role: MaxRole = Role.MEMBER
    origins: Origins

    @model_validator(mode="after")
    def _has_its_key(self) -> EmbedHostCreate:
        if (self.algorithm is Algorithm.ED25519) != (self.public_key is not None):
            message = "public_key is given with Ed25519, and only with it"
            raise ValueError(message)
        return self


class EmbedHostPatch(Wire):
    """What of a host may change; a field that is absent stays as it is."""

    name: Line | None = None
    public_key: PublicKey | None = None
    max_role: MaxRole | None = None
    origins: Origins | None = None

    @field_validator("name", "public_key", "max_role", "origins")
    @classmethod
    def _stays_there(cls, value: object) -> object:
        if value is None:
            message = "cannot be removed"
            raise ValueError(message)
        return value


class EmbedHost(Wire):
    """A host, without its secret. `version` is its ETag."""

    id: str
    name: str
    algorithm: Algorithm
    public_key: str | None
    max_role: Role
    origins: list[str]
    version: int
    created_at: datetime


class EmbedHostWithSecret(EmbedHost):
    """A host with the secret that it signs with (HS256), which is shown this once; null where a request is repeated."""

    secret: str | None = None


class EmbedOrigins(Wire):
    """Where pages of this service may be embedded."""

    origins: list[str]


class EmbedExchange(Wire):
    """An embed token. A page of this service names the origin that embeds it; a page of the host need not."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=MAX_TOKEN), Clean]
    embedded_by: Annotated[str, StringConstraints(max_length=255), Clean] | None = None


class EmbedSession(Wire):
    """Who was let in, and what to send as `Authorization: Bearer`, for `expires_in` seconds; name and lang as the host said."""

    token: str
    expires_in: int
    subject: str
    role: Role
    asset: UUID
    name: str | None
    lang: str | None
