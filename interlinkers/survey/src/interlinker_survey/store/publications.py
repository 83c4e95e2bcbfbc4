"""What was published of a survey: documents for everybody, and what is held back to judge the next one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from interlinker_survey.store import tables


@dataclass(frozen=True)
class Published:
    """One publication as it is kept: `document` and `held` are JSON."""

    survey: UUID
    number: int
    hash: str
    document: str
    held: str
    published_at: datetime


_KEPT = select(tables.publications)


def add_publication(session: Session, published: Published) -> None:
    """Keep a publication; it is never changed."""
    values = {
        "survey_id": published.survey,
        "number": published.number,
        "hash": published.hash,
        "document": published.document,
        "held": published.held,
        "published_at": published.published_at,
    }
    session.execute(insert(tables.PublicationRow).values(values))


def latest_publication(session: Session, survey_id: UUID) -> Published | None:
    """The newest one of a survey."""
    found = publications(session, survey_id, limit=1)
    return found[0] if found else None


def publications(session: Session, survey_id: UUID, limit: int, before: int | None = None) -> list[Published]:
    """Up to `limit` of a survey, newest first, from the one before number `before` on."""
    query = _KEPT.where(tables.publications.c.survey_id == survey_id)
    if before is not None:
        query = query.where(tables.publications.c.number < before)
    rows = session.execute(query.order_by(tables.publications.c.number.desc()).limit(limit))
    return [Published(*row) for row in rows]


def publication(session: Session, survey_id: UUID, number: int) -> Published | None:
    """The one with this number."""
    row = session.execute(
        _KEPT.where(tables.publications.c.survey_id == survey_id, tables.publications.c.number == number)
    ).first()
    return Published(*row) if row is not None else None
