"""What the owner of a service can do with its webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_shared.errors import (
    ConflictError,
    FieldError,
    InvalidError,
    NotFoundError,
    PreconditionError,
    pointer,
)
from interlinker_shared.ids import new_id
from interlinker_shared.webhooks import store
from interlinker_shared.webhooks.models import (
    Replay,
    Rotation,
    Webhook,
    WebhookCreate,
    WebhookDetail,
    WebhookPatch,
    WebhookWithSecret,
)

MOST = 100  # webhooks of one service: each has its own cursor, connections and retries
BY_OWNER = "by-owner"
CALM: dict[str, Any] = {"failing_id": None, "failing_since": None, "failures": 0, "next_try_at": None}
_ENABLED: dict[str, Any] = {"enabled": True, "disabled_reason": None, "disabled_at": None} | CALM
_NO_OLD_SECRET: dict[str, Any] = {"old_secret": None, "old_secret_until": None}


class TooManyWebhooksError(ConflictError):
    slug = "too-many-webhooks"


def create_webhook(
    session: Session, body: WebhookCreate, *, secret: str, known: Sequence[str], now: datetime
) -> WebhookWithSecret:
    """Add a webhook that gets what is recorded from now on. What comes back, and may be stored, does not hold the secret."""
    _check_types(body.types, known)
    if store.count(session) >= MOST:
        message = f"There are {MOST} webhooks already. Delete one first."
        raise TooManyWebhooksError(message)
    webhook_id = new_id()
    values = {"id": webhook_id, "secret": secret, "enabled": True, "version": 1, "created_at": now}
    store.add(session, body.model_dump() | values | CALM | {"cursor": store.tip(session)})
    return WebhookWithSecret(**dict(require(session, webhook_id)))


def change_webhook(
    session: Session, webhook_id: UUID, body: WebhookPatch, *, version: int, known: Sequence[str], now: datetime
) -> Webhook:
    """Change what the body names; 412 when somebody was faster."""
    _check_version(require(session, webhook_id), version)
    values = body.model_dump(exclude_unset=True)
    _check_types(values.get("types", ()), known)
    if values.keys() & {"url", "types"}:
        values |= CALM  # another receiver or other events: failures are counted anew
    if "enabled" in values:
        values |= _ENABLED if values["enabled"] else _disabled(BY_OWNER, now)
    store.change(session, webhook_id, values)
    return require(session, webhook_id)


def delete_webhook(session: Session, webhook_id: UUID, *, version: int | None) -> None:
    """Send nothing any more, and forget the webhook."""
    webhook = require(session, webhook_id)
    if version is not None:
        _check_version(webhook, version)
    store.remove(session, webhook_id)


def rotate_secret(
    session: Session, webhook_id: UUID, body: Rotation, *, secret: str, now: datetime
) -> WebhookWithSecret:
    """Sign with a new secret, and for a while with the old one too. What comes back does not hold it."""
    target = store.find_target(session, webhook_id)
    if target is None:
        raise NotFoundError
    until = now + timedelta(seconds=body.overlap)
    old = {"old_secret": target.secret, "old_secret_until": until} if body.overlap else _NO_OLD_SECRET
    store.change(session, webhook_id, {"secret": secret} | old)
    return WebhookWithSecret(**dict(require(session, webhook_id)))


def replay_webhook(session: Session, webhook_id: UUID, body: Replay) -> Webhook:
    """Send again what was recorded after a number; what a receiver knows it drops by the message's id."""
    webhook = require(session, webhook_id)
    newest = max(store.tip(session), webhook.cursor)
    if body.after > newest:
        message = f"The newest event has number {newest}; a later one cannot be skipped in advance."
        raise InvalidError(message, slug="cursor-ahead", pointer="/after")
    store.change(session, webhook_id, {"cursor": body.after, "missed_after": None, "missed_upto": None} | CALM)
    return require(session, webhook_id)


def enable_webhook(session: Session, webhook_id: UUID) -> Webhook:
    """Go on where it stopped, at once. Repeating it changes nothing."""
    if not require(session, webhook_id).enabled:
        store.change(session, webhook_id, _ENABLED)
    return require(session, webhook_id)


def disable_failed(session: Session, target: store.Target, reason: str, *, now: datetime) -> None:
    """Stop sending because of what the receiver does, unless the owner has changed the webhook meanwhile."""
    webhook = store.find(session, target.id)
    if webhook is not None and webhook.version == target.version:
        store.change(session, target.id, _disabled(reason, now))


def require(session: Session, webhook_id: UUID) -> Webhook:
    """The webhook; NotFoundError without it."""
    webhook = store.find(session, webhook_id)
    if webhook is None:
        raise NotFoundError
    return webhook


def require_detail(session: Session, webhook_id: UUID) -> WebhookDetail:
    """The webhook with its backlog; NotFoundError without it."""
    webhook = store.find_detail(session, webhook_id)
    if webhook is None:
        raise NotFoundError
    return webhook


def require_target(session: Session, webhook_id: UUID) -> store.Target:
    """Where and how to send to the webhook; NotFoundError without it."""
    target = store.find_target(session, webhook_id)
    if target is None:
        raise NotFoundError
    return target


def _disabled(reason: str, now: datetime) -> dict[str, Any]:
    return {"enabled": False, "disabled_reason": reason, "disabled_at": now, "next_try_at": None}


def _check_types(types: Sequence[str], known: Sequence[str]) -> None:
    fields = [
        FieldError(
            pointer("types", at), f"This service records no {kind!r}; see events.out of its manifest.", "unknown-type"
        )
        for at, kind in enumerate(types)
        if kind not in known
    ]
    if fields:
        raise InvalidError.many(fields)


def _check_version(webhook: Webhook, version: int) -> None:
    if webhook.version != version:
        message = f"It has changed since: its version is {webhook.version} now. Read it again."
        raise PreconditionError(message)
