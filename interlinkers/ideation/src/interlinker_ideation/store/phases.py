"""Which beginnings and ends of phases everybody was told of, and the open campaigns that may have some."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from interlinker_ideation.phases import PhaseKind
from interlinker_ideation.store.tables import PhaseToldRow
from interlinker_shared.assets import AssetRow, State
from interlinker_shared.db import upsert


def open_campaigns(session: Session) -> dict[UUID, int]:
    """The version of each open campaign."""
    going_on = (AssetRow.state == State.OPEN, AssetRow.deleted_at.is_(None))
    return {row.id: row.version for row in session.execute(select(AssetRow.id, AssetRow.version).where(*going_on))}


def configurations(session: Session, campaigns: Collection[UUID]) -> Sequence[tuple[UUID, dict[str, Any]]]:
    """The configuration of each of these campaigns."""
    rows = session.execute(select(AssetRow.id, AssetRow.config).where(AssetRow.id.in_(campaigns)))
    return [(row.id, row.config) for row in rows]


def note_told(session: Session, campaign: UUID, at: datetime, kind: PhaseKind, *, begins: bool) -> bool:
    """Remember that everybody is told of a beginning or an end; False where it was told before."""
    row = {"campaign_id": campaign, "at": at, "kind": kind, "begins": begins}
    told = upsert(PhaseToldRow).values(**row).on_conflict_do_nothing().returning(PhaseToldRow.kind)
    return session.execute(told).first() is not None
