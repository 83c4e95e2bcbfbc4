"""What officials say about ideas: assessments, steps, answers; former versions; and campaigns that were put away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, and_, exists, func, insert, or_, select
from sqlalchemy.orm import Session

from interlinker_ideation.store.tables import (
    AnswerRow,
    ArchiveRow,
    AssessmentRow,
    FollowerRow,
    IdeaRow,
    IdeaVersionRow,
    StepRow,
    SupportRow,
    present,
)
from interlinker_shared.db import UtcDateTime, wipe_some

MOST_VERSIONS = 10_000


def put_assessment(session: Session, idea: UUID, values: dict[str, Any]) -> AssessmentRow:
    """Write what an office found out, in the place of what was there."""
    return session.merge(AssessmentRow(idea_id=idea, **values))


def assessment(session: Session, idea: UUID) -> AssessmentRow | None:
    return session.get(AssessmentRow, idea)


def put_answer(session: Session, idea: UUID, values: dict[str, Any]) -> AnswerRow:
    """Write the public answer, in the place of a former one."""
    return session.merge(AnswerRow(idea_id=idea, **values))


def answer(session: Session, idea: UUID) -> AnswerRow | None:
    return session.get(AnswerRow, idea)


def answered_among(session: Session, ideas: Sequence[UUID]) -> set[UUID]:
    """Those of some ideas that have an answer."""
    return set(session.scalars(select(AnswerRow.idea_id).where(AnswerRow.idea_id.in_(ideas))))


def add_step(session: Session, idea: UUID, status: str, reason: str | None, now: datetime) -> StepRow:
    """Write the next step of an idea's way."""
    last = session.scalar(select(func.max(StepRow.number)).where(StepRow.idea_id == idea)) or 0
    step = StepRow(idea_id=idea, number=last + 1, status=status, reason=reason, at=now)
    session.add(step)
    return step


def steps(session: Session, idea: UUID) -> Sequence[StepRow]:
    return session.scalars(select(StepRow).where(StepRow.idea_id == idea).order_by(StepRow.number)).all()


def keep_version(session: Session, idea: IdeaRow, now: datetime) -> None:
    """Keep the words that an idea has before they change."""
    kept = {"version": idea.version, "title": idea.title, "text": idea.text, "until": now}
    session.execute(insert(IdeaVersionRow).values(idea_id=idea.id, **kept))


def versions(session: Session, idea: UUID) -> Sequence[IdeaVersionRow]:
    """The former versions, earliest first."""
    return session.scalars(
        select(IdeaVersionRow).where(IdeaVersionRow.idea_id == idea).order_by(IdeaVersionRow.version)
    ).all()


def versions_of(session: Session, author: str) -> Sequence[IdeaVersionRow]:
    """The former versions of a person's ideas."""
    query = select(IdeaVersionRow).join(IdeaRow, IdeaRow.id == IdeaVersionRow.idea_id).where(IdeaRow.author == author)
    return session.scalars(query.order_by(IdeaVersionRow.idea_id, IdeaVersionRow.version)).all()


def forget_versions(session: Session, idea: UUID) -> None:
    """Leave no former words of an idea behind."""
    kept = cast("Table", IdeaVersionRow.__table__)
    wipe_some(session, kept, kept.c.idea_id == idea, MOST_VERSIONS)


def unanswered(session: Session, campaign: UUID) -> int:
    """How many ideas of a campaign have no answer."""
    without = ~exists().where(AnswerRow.idea_id == IdeaRow.id)
    standing = and_(IdeaRow.campaign_id == campaign, present, IdeaRow.removed.is_(False))
    return session.scalar(select(func.count()).select_from(IdeaRow).where(standing, without)) or 0


def archive(session: Session, campaign: UUID) -> ArchiveRow | None:
    """When and why a campaign was put away, if it was."""
    return session.get(ArchiveRow, campaign)


def add_archive(session: Session, campaign: UUID, unanswered: int, reason: str | None, now: datetime) -> ArchiveRow:
    """Put a campaign away."""
    row = ArchiveRow(campaign_id=campaign, archived_at=now, unanswered=unanswered, reason=reason)
    session.add(row)
    return row


def news_for(
    session: Session, campaign: UUID, subject: str, limit: int, before: tuple[datetime, UUID] | None
) -> list[Any]:
    """Ideas (id, at) that a person submitted, supports or follows and that were answered or took a step, the latest first."""
    mine = or_(
        IdeaRow.author == subject,
        *(exists().where(row.idea_id == IdeaRow.id, row.subject == subject) for row in (SupportRow, FollowerRow)),
    )
    of = and_(IdeaRow.campaign_id == campaign, IdeaRow.withdrawn.is_(False), mine)
    told = (
        select(IdeaRow.id, AnswerRow.answered_at.label("at")).join(AnswerRow, AnswerRow.idea_id == IdeaRow.id).where(of)
    )
    moved = select(IdeaRow.id, StepRow.at).join(StepRow, StepRow.idea_id == IdeaRow.id).where(of)
    news = told.union_all(moved).subquery()
    last = func.max(news.c.at, type_=UtcDateTime)
    query = select(news.c.id, last.label("at")).group_by(news.c.id).order_by(last.desc(), news.c.id.desc())
    if before is not None:
        at, idea = before
        query = query.having(or_(last < at, and_(last == at, news.c.id < idea)))
    return list(session.execute(query.limit(limit)))
