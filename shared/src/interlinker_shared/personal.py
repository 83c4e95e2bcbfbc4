"""All that a service holds about a person, wherever it is kept: taken away or erased as one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from interlinker_shared.accounts import actions as accounts
from interlinker_shared.assets.kind import AssetKind
from interlinker_shared.audit.store import forget_actor
from interlinker_shared.db.versions import EVERYTHING, concerns
from interlinker_shared.gate import open_for
from interlinker_shared.grants import store as grants
from interlinker_shared.moderation import reading as moderation
from interlinker_shared.moderation.store import forget_person


def export_subject(session: Session, kind: AssetKind | None, subject: str, now: datetime) -> dict[str, Any]:
    """Everything held about a person."""
    open_for(session, subject)
    contributed = kind.export_subject(session, subject) if kind is not None else {}
    granted = {name: found for name, found in grants.everything_of(session, subject).items() if found}
    moderated = moderation.export_subject(session, subject)
    held = granted | ({"moderation": moderated} if any(moderated.values()) else {})
    return contributed | held | accounts.export_subject(session, subject, now)


def erase_subject(session: Session, kind: AssetKind | None, subject: str, now: datetime, *, secret: str) -> None:
    """Erase a person, her account and her roles with her; counts and tallies stay as they are."""
    open_for(session, subject)
    concerns(session, EVERYTHING)
    if kind is not None:
        kind.erase_subject(session, subject, now)
    forget_person(session, subject)
    grants.forget(session, subject)
    accounts.erase_subject(session, subject, secret)
    forget_actor(session, subject)
