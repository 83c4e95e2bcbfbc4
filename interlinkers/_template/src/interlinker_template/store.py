"""Tables and queries of pledges: the only module that writes SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Integer, UniqueConstraint, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from interlinker_shared.assets import AssetRow
from interlinker_shared.db import UtcDateTime, wipe_some
from interlinker_shared.db.hot import Hot, HotWrite, wire
from interlinker_shared.http.paging import PageOf, id_of
from interlinker_template.domain import AlreadyPledgedError


class Base(DeclarativeBase):
    """Base of this service's tables."""


class PledgeRow(Base):
    """One pledge. `subject` is empty for an imported one and after its author was erased."""

    __tablename__ = "pledges"
    __table_args__ = (UniqueConstraint("asset_id", "subject", name="one_pledge_each"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    asset_id: Mapped[UUID] = mapped_column(ForeignKey(AssetRow.id), index=True)
    subject: Mapped[str | None] = mapped_column(index=True)
    text: Mapped[str]
    language: Mapped[str]
    amount: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


_pledges = Base.metadata.tables["pledges"]
_insert = HotWrite(insert(PledgeRow))
_page = (
    select(
        *wire(
            id=PledgeRow.id,
            text=PledgeRow.text,
            language=PledgeRow.language,
            amount=PledgeRow.amount,
            made_at=PledgeRow.made_at,
        )
    )
    .where(PledgeRow.asset_id == bindparam("asset"))
    .order_by(PledgeRow.id)
    .limit(bindparam("rows", type_=Integer))
)
_first_page = Hot(_page)
_next_page = Hot(_page.where(PledgeRow.id > bindparam("last")))
_select = select(PledgeRow.id, PledgeRow.text, PledgeRow.language, PledgeRow.amount, PledgeRow.made_at)


def add(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert pledges; raises AlreadyPledgedError for a person's second one."""
    try:
        _insert.many(session.connection(), rows)
    except IntegrityError as error:
        message = "You have pledged already."
        raise AlreadyPledgedError(message) from error


def page(session: Session, asset_id: UUID, of: PageOf) -> list[Any]:
    """Up to `limit + 1` pledges in the order they were made, each as its JSON."""
    asked = {"asset": asset_id, "rows": of.limit + 1}
    if of.cursor is None:
        return _first_page.documents(session, **asked)
    return _next_page.documents(session, last=id_of(of.cursor), **asked)


def first(session: Session, asset_id: UUID, limit: int) -> Sequence[Any]:
    """The first pledges that were made."""
    query = _select.where(PledgeRow.asset_id == asset_id).order_by(PledgeRow.id)
    return session.execute(query.limit(limit)).all()


def every(session: Session, asset_id: UUID) -> Iterator[Any]:
    """All pledges of an asset, a few at a time."""
    query = _select.where(PledgeRow.asset_id == asset_id).order_by(PledgeRow.id)
    return iter(session.execute(query.execution_options(yield_per=500)))


def sums(session: Session, asset_id: UUID) -> tuple[int, int]:
    """How many pledges there are, and what they come to."""
    query = select(func.count(), func.coalesce(func.sum(PledgeRow.amount), 0)).where(PledgeRow.asset_id == asset_id)
    count, amount = session.execute(query).one()
    return int(count), int(amount)


def remove(session: Session, asset_id: UUID, pledge_id: UUID) -> None:
    """Delete a pledge."""
    session.execute(delete(PledgeRow).where(PledgeRow.asset_id == asset_id, PledgeRow.id == pledge_id))


def purge(session: Session, asset_id: UUID, limit: int) -> int:
    """Delete up to so many pledges of an asset for good; how many there were."""
    return len(wipe_some(session, _pledges, _pledges.c.asset_id == asset_id, limit))


def of_subject(session: Session, subject: str) -> Sequence[Any]:
    """All pledges of a person."""
    return session.execute(_select.add_columns(PledgeRow.asset_id).where(PledgeRow.subject == subject)).all()


def anonymise(session: Session, subject: str) -> None:
    """Keep the amounts; forget who pledged and in what words."""
    session.execute(update(PledgeRow).where(PledgeRow.subject == subject).values(subject=None, text="…"))
