"""What the owner of a service can do with its hosts, and how a host's token is spent."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from interlinker_shared.embed import store
from interlinker_shared.embed.models import (
    KEY_BYTES,
    Algorithm,
    EmbedHost,
    EmbedHostCreate,
    EmbedHostPatch,
    EmbedHostWithSecret,
)
from interlinker_shared.errors import ConflictError, InvalidError, NotFoundError, PreconditionError
from interlinker_shared.sealing import sealed

MOST = 100  # hosts of one service: each origin of theirs stands in the headers of every page


class HostExistsError(ConflictError):
    """The id is taken."""

    slug = "host-exists"


class TooManyHostsError(ConflictError):
    """More than a page's headers can hold."""

    slug = "too-many-hosts"


def new_secret() -> str:
    """A key for HS256: 32 random bytes, written in base64url and used as it is written, which every library can do."""
    return secrets.token_urlsafe(KEY_BYTES)


def create_host(session: Session, body: EmbedHostCreate, *, secret: str, now: datetime) -> EmbedHostWithSecret:
    """Add a host. What comes back, and may be stored, does not hold the secret."""
    if store.count(session) >= MOST:
        message = f"There are {MOST} hosts already. Remove one first."
        raise TooManyHostsError(message)
    key = body.public_key or sealed(session, secret, of=f"{store.SEALED}{body.id}")
    values = body.model_dump(exclude={"public_key"}) | {"key": key}
    if not store.add(session, values | {"version": 1, "created_at": now}):
        message = f"There is a host {body.id!r} already."
        raise HostExistsError(message)
    return EmbedHostWithSecret(**dict(require(session, body.id)))


def change_host(session: Session, host_id: str, body: EmbedHostPatch, *, version: int) -> EmbedHost:
    """Change what the body names; 412 when somebody was faster."""
    host = require(session, host_id)
    _check_version(host, version)
    values: dict[str, Any] = body.model_dump(exclude_unset=True)
    if "public_key" in values:
        if host.algorithm is not Algorithm.ED25519:
            message = "This host signs with a secret; rotate that instead."
            raise InvalidError(message, slug="wrong-algorithm", pointer="/public_key")
        values["key"] = values.pop("public_key")
    store.change(session, host_id, values)
    return require(session, host_id)


def rotate_secret(session: Session, host_id: str, *, secret: str) -> EmbedHostWithSecret:
    """Take only what is signed with a new secret from now on."""
    if require(session, host_id).algorithm is not Algorithm.HS256:
        message = "This host signs with a key of its own; change its public_key instead."
        raise ConflictError(message, slug="wrong-algorithm")
    store.change(session, host_id, {"key": sealed(session, secret, of=f"{store.SEALED}{host_id}")})
    return EmbedHostWithSecret(**dict(require(session, host_id)))


def remove_host(session: Session, host_id: str, *, version: int | None) -> None:
    """Let nobody in from there any more; who is in has to go."""
    host = require(session, host_id)
    if version is not None:
        _check_version(host, version)
    store.remove(session, host_id)


def require(session: Session, host_id: str) -> EmbedHost:
    """The host; NotFoundError without it."""
    host = store.find(session, host_id)
    if host is None:
        raise NotFoundError
    return host


def _check_version(host: EmbedHost, version: int) -> None:
    if host.version != version:
        message = f"It has changed since: its version is {host.version} now. Read it again."
        raise PreconditionError(message)
