"""Tables and queries of ideas, support, voters and ballots."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    Uuid,
    bindparam,
    cast,
    delete,
    func,
    insert,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from interlinker_ideation.domain import AlreadyVotedError, ReceiptUnknownError, Sort, voter_token
from interlinker_ideation.wire import Idea, Turnout
from interlinker_shared.assets import Asset, AssetRow, bury, require, require_shown
from interlinker_shared.assets.store import find as find_asset
from interlinker_shared.auth import Principal
from interlinker_shared.db import JsonText, UtcDateTime, forget_order, upsert, wipe, wipe_some
from interlinker_shared.db.hot import Hot, HotWrite, each, wire
from interlinker_shared.errors import NotFoundError
from interlinker_shared.http.paging import Cursor, PageOf, bad_cursor
from interlinker_shared.text import MAX_SAFE_INTEGER


class Base(DeclarativeBase):
    """Base of ideation's own tables."""


class IdeaRow(Base):
    """An idea; `number` counts within the campaign, ballots name ideas by it."""

    __tablename__ = "ideas"
    __table_args__ = (
        UniqueConstraint("campaign_id", "number"),
        Index("ix_ideas_support", "campaign_id", "support", "number"),
        Index("ix_ideas_author", "author"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey(AssetRow.id))
    number: Mapped[int]
    title: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    language: Mapped[str]
    cost: Mapped[int | None] = mapped_column(BigInteger)
    author: Mapped[str | None]
    source: Mapped[Any] = mapped_column(JsonText, nullable=True)
    support: Mapped[int] = mapped_column(default=0)
    withdrawn: Mapped[bool] = mapped_column(default=False)
    removed: Mapped[bool] = mapped_column(default=False)  # by a moderator, once it was counted: without its words
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SupportRow(Base):
    """One person supports one idea, once."""

    __tablename__ = "supports"
    __table_args__ = (Index("ix_supports_subject", "subject"),)

    idea_id: Mapped[UUID] = mapped_column(ForeignKey(IdeaRow.id), primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)


class VoterRow(Base):
    """The spent token of who has voted. Nothing here leads to a ballot: no key, no time, no order of arrival."""

    __tablename__ = "voters"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy's own way to say it

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey(AssetRow.id), primary_key=True)
    token: Mapped[str] = mapped_column(primary_key=True)


class CampaignKeyRow(Base):
    """The secret of a campaign that is open: with it tokens of voters are made."""

    __tablename__ = "campaign_keys"

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey(AssetRow.id), primary_key=True)
    key: Mapped[bytes]


class _Ballot:
    campaign_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    receipt: Mapped[str]  # its hash, until the campaign closes
    approvals: Mapped[str]


class BallotRow(_Ballot, Base):
    """A ballot under a random id; kept in the order of that id, not of arrival. `approvals` is a JSON array of numbers."""

    __tablename__ = "ballots"
    __table_args__ = (Index("ix_ballots_receipt", "campaign_id", "receipt", unique=True), {"sqlite_with_rowid": False})


class MovedBallotRow(_Ballot, Base):
    """Where ballots are for a moment while their order is forgotten."""

    __tablename__ = "ballots_moved"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - as above


_present = IdeaRow.withdrawn.is_(False)


# What every ballot runs, built once.
_NUMBERS = Hot(
    select(IdeaRow.id, IdeaRow.number).where(
        IdeaRow.campaign_id == bindparam("campaign"), _present, IdeaRow.id.in_(select(each("ideas", Uuid)))
    )
)
# What was inserted comes back as rows: a count of them is not what every driver gives for an INSERT.
_SPEND = HotWrite(upsert(VoterRow).on_conflict_do_nothing().returning(VoterRow.token))
_SUPPORT = HotWrite(upsert(SupportRow).on_conflict_do_nothing().returning(SupportRow.idea_id))
_COUNT_SUPPORT = HotWrite(
    update(IdeaRow).where(IdeaRow.id == bindparam("idea")).values(support=IdeaRow.support + bindparam("change"))
)
_KEY = Hot(select(CampaignKeyRow.key).where(CampaignKeyRow.campaign_id == bindparam("campaign")))
_ADD_BALLOT = HotWrite(insert(BallotRow))


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
            created_at=IdeaRow.created_at,
        )
    )
    .where(IdeaRow.campaign_id == bindparam("campaign"), _present)
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
    query = select(IdeaRow).where(IdeaRow.id == idea, IdeaRow.campaign_id == campaign, _present)
    return session.scalars(query).one_or_none()


def find_idea(session: Session, campaign: UUID, idea: UUID) -> IdeaRow:
    """The same. Raises NotFoundError."""
    row = maybe_idea(session, campaign, idea)
    if row is None:
        raise NotFoundError
    return row


def read_turnout(session: Session, campaign_id: UUID, who: Principal) -> Turnout:
    """Whether this person has voted."""
    campaign = require(session, campaign_id)
    return Turnout(voted=has_voted(session, campaign.id, who.known()))


def read_idea(session: Session, campaign_id: UUID, idea_id: UUID) -> Idea:
    return as_idea(find_idea(session, require(session, campaign_id).id, idea_id))


def list_ideas(session: Session, campaign_id: UUID, *, sort: Sort, page: PageOf) -> list[Idea]:
    """Up to one more idea than the page takes, newest or most supported first."""
    campaign = require(session, campaign_id)
    query = select(IdeaRow).where(IdeaRow.campaign_id == campaign.id, _present).limit(page.limit + 1)
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
        created_at=row.created_at,
    )


def all_ideas(session: Session, campaign: UUID) -> Sequence[IdeaRow]:
    """Every idea of a campaign that is not withdrawn, earliest first."""
    query = select(IdeaRow).where(IdeaRow.campaign_id == campaign, _present).order_by(IdeaRow.number)
    return session.scalars(query).all()


def campaign_of(session: Session, idea: IdeaRow) -> Asset | None:
    """The campaign of an idea, unless it is deleted."""
    return find_asset(session, idea.campaign_id)


def ideas_by_id(session: Session, ids: Sequence[UUID]) -> Sequence[IdeaRow]:
    """Those ideas, withdrawn ones too, as far as there are any."""
    return session.scalars(select(IdeaRow).where(IdeaRow.id.in_(ids))).all()


def stream_ideas(session: Session, campaign: UUID) -> Iterator[IdeaRow]:
    """The same for exports, without holding all of them at once."""
    query = select(IdeaRow).where(IdeaRow.campaign_id == campaign, _present).order_by(IdeaRow.number)
    yield from session.scalars(query.execution_options(yield_per=500))


def numbers_of(session: Session, campaign: UUID, ideas: Sequence[UUID]) -> dict[UUID, int]:
    """The numbers of those among `ideas` that are in this campaign."""
    return {row.id: row.number for row in _NUMBERS.all(session, campaign=campaign, ideas=ideas)}


def give_support(session: Session, idea: UUID, subject: str) -> bool:
    """Count this person's support once; False when it counted already."""
    given = _SUPPORT.run(session, idea_id=idea, subject=subject)
    return _count_support(session, idea, len(given))


def take_support_back(session: Session, idea: UUID, subject: str) -> bool:
    """Undo this person's support; False when there was none."""
    taken = delete(SupportRow).where(SupportRow.idea_id == idea, SupportRow.subject == subject)
    return _count_support(session, idea, -session.connection().execute(taken).rowcount)


def _count_support(session: Session, idea: UUID, change: int) -> bool:
    if change:
        _COUNT_SUPPORT.run(session, idea=idea, change=change)
    return bool(change)


def add_key(session: Session, campaign: UUID, key: bytes) -> None:
    """Give a campaign its secret."""
    session.execute(insert(CampaignKeyRow).values(campaign_id=campaign, key=key))


def spend_voter(session: Session, campaign: UUID, voter: str) -> None:
    """Mark that this voter has voted. Raises AlreadyVotedError the second time."""
    token = _token(session, campaign, voter)
    assert token is not None, "a campaign that is open has its secret"  # noqa: S101 - narrows the type
    if not _SPEND.run(session, campaign_id=campaign, token=token):
        raise AlreadyVotedError


def has_voted(session: Session, campaign: UUID, voter: str) -> bool:
    """Whether this person has voted in a campaign that is open; of a closed one nobody can tell any more."""
    token = _token(session, campaign, voter)
    return token is not None and session.get(VoterRow, (campaign, token)) is not None


def _token(session: Session, campaign: UUID, voter: str) -> str | None:
    row = _KEY.first(session, campaign=campaign)
    return voter_token(bytes(row.key), campaign, voter) if row is not None else None


def add_ballot(session: Session, campaign: UUID, numbers: Sequence[int], receipt: str) -> None:
    """Keep a ballot under a random id; `receipt` is the hash of what its voter was given."""
    row = {"id": uuid4(), "campaign_id": campaign, "receipt": receipt, "approvals": json.dumps(numbers)}
    _ADD_BALLOT.run(session, **row)


def change_ballot(session: Session, campaign: UUID, numbers: Sequence[int], receipt: str) -> None:
    """Replace the choices of the ballot that has this receipt (its hash). Raises ReceiptUnknownError."""
    mine = (BallotRow.campaign_id == campaign) & (BallotRow.receipt == receipt)
    changed = update(BallotRow).where(mine).values(approvals=json.dumps(numbers))
    if not session.connection().execute(changed).rowcount:
        raise ReceiptUnknownError


def seal_ballots(session: Session, campaign: UUID) -> None:
    """Forget in which order the ballots of a campaign came, their receipts, and the secret that tells who has voted."""
    ballots, moved = Base.metadata.tables["ballots"], Base.metadata.tables["ballots_moved"]
    no_receipt = cast(ballots.c.id, String)  # something that is different for each
    forget_order(session, ballots, moved, ballots.c.campaign_id == campaign, changed={"receipt": no_receipt})
    keys = Base.metadata.tables["campaign_keys"]
    wipe(session, keys, keys.c.campaign_id == campaign)


def is_there(session: Session, campaign: UUID) -> bool:
    """Whether a campaign is not deleted: what is in a deleted one left the delta feed."""
    return session.scalar(select(AssetRow.deleted_at).where(AssetRow.id == campaign)) is None


def purge(session: Session, campaign: UUID, limit: int) -> int:
    """Delete up to so many rows of what people did in a campaign for good; how many there were."""
    tables = Base.metadata.tables
    supports, ideas = tables["supports"], tables["ideas"]
    here = select(ideas.c.id).where(ideas.c.campaign_id == campaign)
    gone = wipe_some(session, supports, supports.c.idea_id.in_(here), limit)
    for rows in (tables["voters"], tables["ballots"], tables["campaign_keys"]):
        gone = gone or wipe_some(session, rows, rows.c.campaign_id == campaign, limit)
    if gone:
        return len(gone)
    gone = wipe_some(session, ideas, ideas.c.campaign_id == campaign, limit)
    bury(session, "idea", [row.id for row in gone])
    return len(gone)


def grouped_ballots(session: Session, campaign: UUID) -> Iterator[tuple[list[int], int]]:
    """The ballots of a campaign, equal ones together: idea numbers and how many such ballots."""
    query = select(BallotRow.approvals, func.count()).where(BallotRow.campaign_id == campaign)
    for approvals, times in session.execute(query.group_by(BallotRow.approvals)):
        yield json.loads(approvals), times


def stream_ballots(session: Session, campaign: UUID) -> Iterator[list[int]]:
    """Every ballot as idea numbers, in the order of their random ids."""
    query = select(BallotRow.approvals).where(BallotRow.campaign_id == campaign).order_by(BallotRow.id)
    for approvals in session.scalars(query.execution_options(yield_per=1000)):
        yield json.loads(approvals)


def ideas_of(session: Session, subject: str) -> Sequence[IdeaRow]:
    """A person's own ideas, withdrawn ones too."""
    return session.scalars(select(IdeaRow).where(IdeaRow.author == subject).order_by(IdeaRow.id)).all()


def supported_by(session: Session, subject: str) -> Sequence[UUID]:
    """The ideas that a person supports."""
    return session.scalars(select(SupportRow.idea_id).where(SupportRow.subject == subject)).all()


def rename_supporter(session: Session, subject: str, replacement: str) -> None:
    session.execute(update(SupportRow).where(SupportRow.subject == subject).values(subject=replacement))


def voted_in(session: Session, subject: str) -> Sequence[UUID]:
    """The open campaigns in which a person has voted."""
    keys = session.execute(select(CampaignKeyRow.campaign_id, CampaignKeyRow.key)).all()
    tokens = [voter_token(bytes(row.key), row.campaign_id, subject) for row in keys]
    here = (VoterRow.campaign_id.in_([row.campaign_id for row in keys]), VoterRow.token.in_(tokens))
    return session.scalars(select(VoterRow.campaign_id).where(*here)).all() if keys else []
