"""Queries and writes of what waits to be counted, and of the bundles that were."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from interlinker_ideation.store.tables import BundleRow, CountingRow


def wait_to_be_counted(session: Session, campaign: UUID) -> None:
    """Have a campaign counted apart."""
    session.execute(insert(CountingRow).values(campaign_id=campaign, phase="waiting", done=0))


def waiting_to_be_counted(session: Session) -> Sequence[UUID]:
    """The campaigns that are to be counted, the first that was made before the others."""
    return session.scalars(select(CountingRow.campaign_id).order_by(CountingRow.campaign_id)).all()


def note_progress(session: Session, campaign: UUID, phase: str, done: int, of: int | None) -> None:
    """Remember how far a count is."""
    here = update(CountingRow).where(CountingRow.campaign_id == campaign)
    session.execute(here.values(phase=phase, done=done, of=of))


def progress_of(session: Session, campaign: UUID) -> CountingRow | None:
    """How far a count is; None where nothing is to be counted."""
    return session.get(CountingRow, campaign)


def end_counting(session: Session, campaign: UUID) -> bool:
    """Nothing is to be counted any more; False where nothing was."""
    gone = delete(CountingRow).where(CountingRow.campaign_id == campaign)
    return bool(session.connection().execute(gone).rowcount)


def add_bundle(session: Session, campaign: UUID, document: str) -> None:
    """Keep the bundle of a campaign."""
    session.execute(insert(BundleRow).values(campaign_id=campaign, document=document))


def bundle_of(session: Session, campaign: UUID) -> str | None:
    """The bundle of a campaign as JSON, once it was counted."""
    return session.scalar(select(BundleRow.document).where(BundleRow.campaign_id == campaign))
