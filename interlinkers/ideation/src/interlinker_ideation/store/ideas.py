"""Queries and writes of ideas and of the support that they get."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, String, Uuid, bindparam, delete, func, select, tuple_, update
from sqlalchemy.orm import Session

from interlinker_ideation.domain import Sort
from interlinker_ideation.statuses import Status
from interlinker_ideation.store.tables import IdeaRow, SupportRow, present
from interlinker_ideation.wire import Idea
from interlinker_shared.assets import Asset, require, require_shown
from interlinker_shared.assets.store import find as find_asset
from interlinker_shared.db import upsert
from interlinker_shared.db.hot import Hot, HotWrite, each, wire
from interlinker_shared.errors import NotFoundError
from interlinker_shared.http.paging import Cursor, PageOf, bad_cursor
from interlinker_shared.text import MAX_SAFE_INTEGER

# What every ballot runs, built once.
_ON_BALLOT = Hot(
    select(IdeaRow.id, IdeaRow.number, IdeaRow.cost).where(
        IdeaRow.campaign_id == bindparam("campaign"), present, IdeaRow.id.in_(select(each("ideas", Uuid)))
    )
)

_SUPPORT = HotWrite(upsert(SupportRow).on_conflict_do_nothing().returning(SupportRow.idea_id))

_COUNT_SUPPORT = HotWrite(
    update(IdeaRow).where(IdeaRow.id == bindparam("idea")).values(support=IdeaRow.support + bindparam("change"))
)

_IDEAS = (
    select(
        *wire(
            id=IdeaRow.id,
            campaign=bindparam("told", type_=String),
            number=IdeaRow.number,
            title=IdeaRow.title,
            text=IdeaRow.text,
            html=IdeaRow.html,
            language=IdeaRow.language,
            cost=IdeaRow.cost,
            support=IdeaRow.support,
            source=IdeaRow.source,
            category=IdeaRow.category,
            district=IdeaRow.district,
            fields=IdeaRow.fields,
            location=IdeaRow.location,
            status=IdeaRow.status,
            version=IdeaRow.version,
            created_at=IdeaRow.created_at,
        )
    )
    .where(IdeaRow.campaign_id == bindparam("campaign"), present)
    .limit(bindparam("rows", type_=Integer))
)

_NEWEST = _IDEAS.order_by(IdeaRow.number.desc())

_SUPPORTED = _IDEAS.order_by(IdeaRow.support.desc(), IdeaRow.number.desc())

_BEFORE = tuple_(IdeaRow.support, IdeaRow.number) < tuple_(
    bindparam("support", type_=Integer), bindparam("number", type_=Integer)
)

_LISTED = {
    Sort.NEWEST: (Hot(_NEWEST), Hot(_NEWEST.where(IdeaRow.number < bindparam("number")))),
    Sort.SUPPORT: (Hot(_SUPPORTED), Hot(_SUPPORTED.where(_BEFORE))),
}


def next_number(session: Session, campaign: UUID) -> int:
    """The number of a campaign's next idea; withdrawn ideas keep theirs."""
    last = session.execute(select(func.max(IdeaRow.number)).where(IdeaRow.campaign_id == campaign)).scalar_one()
    return (last or 0) + 1


def maybe_idea(session: Session, campaign: UUID, idea: UUID) -> IdeaRow | None:
    """An idea of this campaign that is not withdrawn."""
    query = select(IdeaRow).where(IdeaRow.id == idea, IdeaRow.campaign_id == campaign, present)
    return session.scalars(query).one_or_none()


def find_idea(session: Session, campaign: UUID, idea: UUID) -> IdeaRow:
    """The same. Raises NotFoundError."""
    row = maybe_idea(session, campaign, idea)
    if row is None:
        raise NotFoundError
    return row


def read_idea(session: Session, campaign_id: UUID, idea_id: UUID) -> Idea:
    """An idea, or the one that it was merged into. Raises NotFoundError."""
    campaign = require(session, campaign_id).id
    row = maybe_idea(session, campaign, idea_id)
    return as_idea(row or find_idea(session, campaign, standing(session, campaign, idea_id)))


def standing(session: Session, campaign: UUID, idea: UUID) -> UUID:
    """The idea that one was merged into, perhaps by way of others; itself where it was not."""
    asked = select(IdeaRow.merged_into).where(IdeaRow.id == bindparam("idea"), IdeaRow.campaign_id == campaign)
    while (further := session.scalar(asked, {"idea": idea})) is not None:
        idea = further
    return idea


def list_ideas(session: Session, campaign_id: UUID, *, sort: Sort, page: PageOf) -> list[Idea]:
    """Up to one more idea than the page takes, newest or most supported first."""
    campaign = require(session, campaign_id)
    query = select(IdeaRow).where(IdeaRow.campaign_id == campaign.id, present).limit(page.limit + 1)
    if sort is Sort.NEWEST:
        query = query.order_by(IdeaRow.number.desc())
        keys: tuple[Any, ...] = (IdeaRow.number,)
    else:
        query = query.order_by(IdeaRow.support.desc(), IdeaRow.number.desc())
        keys = (IdeaRow.support, IdeaRow.number)
    if page.cursor is not None:
        query = query.where(tuple_(*keys) < _whole_numbers(page.cursor, len(keys)))
    return [as_idea(row) for row in session.scalars(query)]


def page_of_ideas(session: Session, campaign_id: UUID, *, sort: Sort, page: PageOf) -> list[Any]:
    """The same, each as its JSON."""
    require_shown(session, campaign_id)
    first, following = _LISTED[sort]
    asked: dict[str, Any] = {"campaign": campaign_id, "told": str(campaign_id), "rows": page.limit + 1}
    if page.cursor is None:
        return first.documents(session, **asked)
    keys = _whole_numbers(page.cursor, 1 if sort is Sort.NEWEST else 2)
    return following.documents(session, number=keys[-1], support=keys[0], **asked)


def sort_keys(support: int, number: int, sort: Sort) -> Cursor:
    """What the place of an idea in a list depends on."""
    return [number] if sort is Sort.NEWEST else [support, number]


def _whole_numbers(cursor: Cursor, length: int) -> tuple[int, ...]:
    if len(cursor) != length or not all(isinstance(key, int) and abs(key) <= MAX_SAFE_INTEGER for key in cursor):
        raise bad_cursor()
    return tuple(cursor)


def as_idea(row: IdeaRow) -> Idea:
    """The public form of an idea."""
    return Idea(
        id=row.id,
        campaign=row.campaign_id,
        number=row.number,
        title=row.title,
        text=row.text,
        html=row.html,
        language=row.language,
        cost=row.cost,
        support=row.support,
        source=row.source,
        category=row.category,
        district=row.district,
        fields=row.fields,
        location=row.location,
        status=Status(row.status),
        version=row.version,
        created_at=row.created_at,
    )


def all_ideas(session: Session, campaign: UUID) -> Sequence[IdeaRow]:
    """Every idea of a campaign that is not withdrawn, earliest first."""
    query = select(IdeaRow).where(IdeaRow.campaign_id == campaign, present).order_by(IdeaRow.number)
    return session.scalars(query).all()


def campaign_of(session: Session, idea: IdeaRow) -> Asset | None:
    """The campaign of an idea, unless it is deleted."""
    return find_asset(session, idea.campaign_id)


def ideas_by_id(session: Session, ids: Sequence[UUID]) -> Sequence[IdeaRow]:
    """Those ideas, withdrawn ones too, as far as there are any."""
    return session.scalars(select(IdeaRow).where(IdeaRow.id.in_(ids))).all()


def stream_ideas(session: Session, campaign: UUID) -> Iterator[IdeaRow]:
    """The same for exports, without holding all of them at once."""
    query = select(IdeaRow).where(IdeaRow.campaign_id == campaign, present).order_by(IdeaRow.number)
    yield from session.scalars(query.execution_options(yield_per=500))


def on_ballot(session: Session, campaign: UUID, ideas: Sequence[UUID]) -> dict[UUID, tuple[int, int | None]]:
    """Number and cost of those among `ideas` that are in this campaign."""
    return {row.id: (row.number, row.cost) for row in _ON_BALLOT.all(session, campaign=campaign, ideas=ideas)}


def give_support(session: Session, idea: UUID, subject: str) -> bool:
    """Count this person's support once; False when it counted already."""
    given = _SUPPORT.run(session, idea_id=idea, subject=subject, via=None)
    return _count_support(session, idea, len(given))


def take_support_back(session: Session, idea: UUID, subject: str) -> bool:
    """Undo this person's support; False when there was none."""
    taken = delete(SupportRow).where(SupportRow.idea_id == idea, SupportRow.subject == subject)
    return _count_support(session, idea, -session.connection().execute(taken).rowcount)


def _count_support(session: Session, idea: UUID, change: int) -> bool:
    if change:
        _COUNT_SUPPORT.run(session, idea=idea, change=change)
    return bool(change)


def ideas_of(session: Session, subject: str) -> Sequence[IdeaRow]:
    """A person's own ideas, withdrawn ones too."""
    return session.scalars(select(IdeaRow).where(IdeaRow.author == subject).order_by(IdeaRow.id)).all()


def supported_by(session: Session, subject: str) -> Sequence[UUID]:
    """The ideas that a person supports."""
    return session.scalars(select(SupportRow.idea_id).where(SupportRow.subject == subject)).all()


def rename_supporter(session: Session, subject: str, replacement: str) -> None:
    session.execute(update(SupportRow).where(SupportRow.subject == subject).values(subject=replacement))
