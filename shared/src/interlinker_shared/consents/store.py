"""Tables and queries of consents. Numbers are kept beside them, so that an erasure changes none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from interlinker_shared.consents.models import Consent, ConsentCount
from interlinker_shared.db import SharedBase, UtcDateTime, partial, upsert
from interlinker_shared.http.paging import PageOf, id_of

_STANDS = "withdrawn_at IS NULL"


class ConsentRow(SharedBase):
    """One person's consent to one purpose under one text; at most one stands."""

    __tablename__ = "consents"
    __table_args__ = (
        Index("ux_consents_stands", "subject", "purpose", "policy", unique=True, **partial(_STANDS)),
        Index("ix_consents_subject", "subject", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject: Mapped[str]
    purpose: Mapped[str]
    policy: Mapped[str]
    channel: Mapped[str]
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ConsentCountRow(SharedBase):
    """How many consents were given and withdrawn."""

    __tablename__ = "consent_counts"

    purpose: Mapped[str] = mapped_column(primary_key=True)
    policy: Mapped[str] = mapped_column(primary_key=True)
    given: Mapped[int]
    withdrawn: Mapped[int]


_consents = select(ConsentRow.__table__)


def standing(session: Session, subject: str, *, purpose: str, policy: str) -> Consent | None:
    """The consent of a person that stands."""
    asked = (ConsentRow.subject == subject, ConsentRow.purpose == purpose, ConsentRow.policy == policy)
    row = session.execute(_consents.where(*asked, ConsentRow.withdrawn_at.is_(None))).one_or_none()
    return _as_consent(row) if row is not None else None


def find(session: Session, subject: str, consent_id: UUID) -> Consent | None:
    """A consent of a person."""
    row = session.execute(_consents.where(ConsentRow.id == consent_id, ConsentRow.subject == subject)).one_or_none()
    return _as_consent(row) if row is not None else None


def add(session: Session, values: dict[str, Any]) -> bool:
    """Insert a consent and count it; False where another request was faster."""
    added = upsert(ConsentRow).values(**values).on_conflict_do_nothing().returning(ConsentRow.id)
    if session.execute(added).first() is None:
        return False
    first = upsert(ConsentCountRow).values(purpose=values["purpose"], policy=values["policy"], given=1, withdrawn=0)
    more = {"given": ConsentCountRow.given + 1}
    session.execute(first.on_conflict_do_update(index_elements=["purpose", "policy"], set_=more))
    return True


def withdraw(session: Session, consent: Consent, now: datetime) -> None:
    """Let a consent that stands end, and count that."""
    session.execute(update(ConsentRow).where(ConsentRow.id == consent.id).values(withdrawn_at=now))
    counted = (ConsentCountRow.purpose == consent.purpose, ConsentCountRow.policy == consent.policy)
    session.execute(update(ConsentCountRow).where(*counted).values(withdrawn=ConsentCountRow.withdrawn + 1))


def count(session: Session, subject: str) -> int:
    """How many consents of a person are kept."""
    query = select(func.count()).select_from(ConsentRow).where(ConsentRow.subject == subject)
    return session.execute(query).scalar_one()


def page(session: Session, subject: str, of: PageOf) -> list[Consent]:
    """Up to `limit + 1` of a person's consents, oldest first."""
    query = _consents.where(ConsentRow.subject == subject).order_by(ConsentRow.id)
    if of.cursor is not None:
        query = query.where(ConsentRow.id > id_of(of.cursor))
    return [_as_consent(row) for row in session.execute(query.limit(of.limit + 1))]


def counts(session: Session) -> Sequence[ConsentCount]:
    """The numbers, by purpose and text."""
    rows = session.execute(select(ConsentCountRow.__table__).order_by(ConsentCountRow.purpose, ConsentCountRow.policy))
    return [ConsentCount.model_validate(row._asdict()) for row in rows]


def everything_of(session: Session, subject: str) -> list[dict[str, Any]]:
    """All consents of a person, for her to take away."""
    rows = session.execute(_consents.where(ConsentRow.subject == subject).order_by(ConsentRow.id))
    return [_as_consent(row).model_dump(mode="json") for row in rows]


def forget(session: Session, subject: str) -> None:
    """Forget all consents of a person; the numbers stay."""
    session.execute(delete(ConsentRow).where(ConsentRow.subject == subject))


def _as_consent(row: Any) -> Consent:
    return Consent.model_validate({name: getattr(row, name) for name in Consent.model_fields})
