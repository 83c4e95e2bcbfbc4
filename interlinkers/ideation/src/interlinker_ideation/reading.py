"""What people read about an idea beside its words: its history, its answer, news of those that they follow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_ideation import papers, store
from interlinker_ideation.changes import changed_words
from interlinker_ideation.desk import as_answer, as_archive, as_step
from interlinker_ideation.statuses import Feasibility, Status
from interlinker_shared.assets import require
from interlinker_shared.auth import Principal
from interlinker_shared.errors import NotFoundError
from interlinker_shared.http import Listing, listing
from interlinker_shared.http.paging import PageOf, bad_cursor


def history(session: Session, campaign_id: UUID, idea_id: UUID) -> papers.History:
    """All that happened to an idea in public."""
    row = store.find_idea(session, require(session, campaign_id).id, idea_id)
    assessed, answered = store.assessment(session, row.id), store.answer(session, row.id)
    return papers.History(
        idea=row.id,
        feasibility=Feasibility(assessed.feasibility) if assessed else Feasibility.UNKNOWN,
        department=assessed.department if assessed else None,
        answer=as_answer(answered) if answered else None,
        steps=[as_step(step) for step in store.steps(session, row.id)],
        versions=list(_versions(session, row)),
        merged=[
            papers.MergedIdea(id=one.id, number=one.number, title=one.title, language=one.language)
            for one in store.directly_merged(session, row.id)
            if not one.withdrawn
        ],
    )


def _versions(session: Session, row: store.IdeaRow) -> Iterator[papers.FormerVersion]:
    kept = store.versions(session, row.id)
    following: list[store.IdeaVersionRow | store.IdeaRow] = [*kept[1:], row]
    for one, after in zip(kept, following, strict=False):  # without any there is none that follows
        changes = changed_words(f"{one.title}\n\n{one.text}", f"{after.title}\n\n{after.text}")
        yield papers.FormerVersion(
            version=one.version,
            title=one.title,
            text=one.text,
            until=one.until,
            changes=[papers.Piece(kind=kind, words=words) for kind, words in changes],
        )


def assessment(session: Session, campaign_id: UUID, idea_id: UUID) -> papers.FullAssessment:
    """What an office found out, with what is for colleagues only."""
    row = store.find_idea(session, require(session, campaign_id).id, idea_id)
    found = store.assessment(session, row.id)
    if found is None:
        raise NotFoundError
    return papers.FullAssessment(
        idea=row.id,
        feasibility=Feasibility(found.feasibility),
        cost=row.cost,
        department=found.department,
        note=found.note,
        assessed_at=found.assessed_at,
    )


def archive(session: Session, campaign_id: UUID) -> papers.Archive:
    """When and why a campaign was put away; NotFoundError where it was not."""
    row = store.archive(session, require(session, campaign_id).id)
    if row is None:
        raise NotFoundError
    return as_archive(row)


def is_following(session: Session, campaign_id: UUID, idea_id: UUID, who: Principal) -> papers.Following:
    """Whether somebody follows an idea."""
    row = store.find_idea(session, require(session, campaign_id).id, idea_id)
    return papers.Following(idea=row.id, following=store.follows(session, row.id, who.known()))


def news(session: Session, campaign_id: UUID, page: PageOf, who: Principal) -> Listing[papers.News]:
    """What is new about the ideas that somebody submitted, supports or follows, the latest first."""
    campaign = require(session, campaign_id)
    found = store.news_for(session, campaign.id, who.known(), page.limit + 1, _before(page))
    rows = {row.id: row for row in store.ideas_by_id(session, [one.id for one in found])}
    answered = store.answered_among(session, list(rows))
    told = [
        papers.News(
            idea=one.id,
            title=rows[one.id].title,
            language=rows[one.id].language,
            status=Status(rows[one.id].status),
            answered=one.id in answered,
            at=one.at,
        )
        for one in found
    ]
    return listing(told, page.limit, lambda one: [one.at.isoformat(), str(one.idea)])


def _before(page: PageOf) -> tuple[datetime, UUID] | None:
    if page.cursor is None:
        return None
    try:
        at, idea = page.cursor
        return datetime.fromisoformat(str(at)).astimezone(UTC), UUID(str(idea))
    except (ValueError, TypeError):
        raise bad_cursor() from None
