"""What goes for good when a campaign does."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from interlinker_ideation.store.tables import Base
from interlinker_shared.assets import AssetRow, bury
from interlinker_shared.db import wipe_some

OF_IDEAS = ("supports", "followers", "idea_versions", "idea_assessments", "idea_answers", "idea_steps")
OF_CAMPAIGNS = (
    *("voters", "ballots", "campaign_keys", "counted_receipts", "countings", "bundles"),
    *("idea_pieces", "campaign_archives", "phases_told"),
)


def is_there(session: Session, campaign: UUID) -> bool:
    """Whether a campaign is not deleted: what is in a deleted one left the delta feed."""
    return session.scalar(select(AssetRow.deleted_at).where(AssetRow.id == campaign)) is None


def purge(session: Session, campaign: UUID, limit: int) -> int:
    """Delete up to so many rows of what people did in a campaign for good; how many there were."""
    tables = Base.metadata.tables
    ideas = tables["ideas"]
    here = select(ideas.c.id).where(ideas.c.campaign_id == campaign)
    for name in OF_IDEAS:
        rows = tables[name]
        if gone := wipe_some(session, rows, rows.c.idea_id.in_(here), limit):
            return len(gone)
    for name in OF_CAMPAIGNS:
        rows = tables[name]
        if gone := wipe_some(session, rows, rows.c.campaign_id == campaign, limit):
            return len(gone)
    gone = wipe_some(session, ideas, ideas.c.campaign_id == campaign, limit)
    bury(session, "idea", [row.id for row in gone])
    return len(gone)
