"""What the owner of a service can do with its API keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_shared.assets.store import find
from interlinker_shared.errors import ConflictError, InvalidError, NotFoundError
from interlinker_shared.gate import refuse_locked
from interlinker_shared.ids import new_id
from interlinker_shared.keys import store
from interlinker_shared.keys.models import ApiKeyCreate, NewApiKey

MOST = 1000  # keys of one service


class TooManyKeysError(ConflictError):
    """Somebody forgets to revoke."""

    slug = "too-many-keys"


def create_key(session: Session, body: ApiKeyCreate, *, digest: str, by: str | None, now: datetime) -> NewApiKey:
    """Add a key of which `digest` is the SHA-256. What comes back, and may be stored, does not hold the key itself."""
    refuse_locked(session)
    if body.expires_at is not None and body.expires_at <= now:
        raise InvalidError("This moment is over.", slug="expired", pointer="/expires_at")
    if body.asset is not None and find(session, body.asset) is None:
        raise InvalidError("There is no such thing here.", slug="unknown-asset", pointer="/asset")
    if store.count(session) >= MOST:
        message = f"There are {MOST} keys already. Revoke those that nobody uses."
        raise TooManyKeysError(message)
    own: dict[str, Any] = {"id": new_id(), "created_at": now, "created_by": by}
    store.add(session, body.model_dump() | own | {"hash": digest, "last_used_at": None})
    return NewApiKey(**body.model_dump(), **own, last_used_at=None)


def revoke_key(session: Session, key_id: UUID) -> None:
    """Let nobody in with it any more."""
    if not store.remove(session, key_id):
        raise NotFoundError
