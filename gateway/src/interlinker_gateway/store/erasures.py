"""People who are erased: in which services that is still to be done, and who was, as long as late news can name them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Index, delete, exists, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from interlinker_gateway.store.tables import Base
from interlinker_shared.db import UtcDateTime, forgetting, partial, signal, upsert
from interlinker_shared.personal.models import ErasedAt, Erasure

SIGNAL = "erasure-calls"
KEPT = timedelta(days=90)  # as long as the stream may bring what she did


class ErasureRow(Base):
    """One person. `person` is a hash of her id, `subject` the id itself until the last service has erased her."""

    __tablename__ = "erasures"

    person: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str | None]
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ErasureCallRow(Base):
    """One service that is to erase a person: asked until it has, however long it is away."""

    __tablename__ = "erasure_calls"
    __table_args__ = (Index("ix_erasure_calls_due", "next_at", **partial("done_at IS NULL")),)

    person: Mapped[str] = mapped_column(ForeignKey(ErasureRow.person), primary_key=True)
    service: Mapped[str] = mapped_column(primary_key=True)
    tries: Mapped[int]
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    waiting_for: Mapped[str | None]
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Due:
    """A call to make."""

    person: str
    service: str
    subject: str
    tries: int


def person_of(subject: str) -> str:
    """What is kept of a person to know her again."""
    return hashlib.sha256(f"erased {subject}".encode()).hexdigest()


def ask(session: Session, subject: str, services: Iterable[str], now: datetime) -> None:
    """Have each service erase a person, also where it has before: she may have come back since."""
    person = person_of(subject)
    anew: dict[str, Any] = {"subject": subject, "asked_at": now, "done_at": None}
    row = upsert(ErasureRow).values(person=person, **anew)
    session.execute(row.on_conflict_do_update(index_elements=["person"], set_=anew))
    for service in services:
        again: dict[str, Any] = {"tries": 0, "next_at": now, "waiting_for": None, "done_at": None}
        call = upsert(ErasureCallRow).values(person=person, service=service, **again)
        session.execute(call.on_conflict_do_update(index_elements=["person", "service"], set_=again))
    _end_if_done(session, person, now)
    signal(session, SIGNAL)


def due(session: Session, now: datetime, limit: int = 100) -> list[Due]:
    """The calls whose time has come."""
    query = (
        select(ErasureCallRow.person, ErasureCallRow.service, ErasureRow.subject, ErasureCallRow.tries)
        .join(ErasureRow, ErasureRow.person == ErasureCallRow.person)
        .where(ErasureCallRow.done_at.is_(None), ErasureCallRow.next_at <= now, ErasureRow.subject.is_not(None))
        .order_by(ErasureCallRow.next_at)
    )
    return [Due(row.person, row.service, row.subject, row.tries) for row in session.execute(query.limit(limit))]


def put_off(session: Session, call: Due, reason: str, until: datetime) -> None:
    """The service cannot do it now."""
    later = update(ErasureCallRow).where(*_is(call), ErasureCallRow.done_at.is_(None))
    session.execute(later.values(tries=ErasureCallRow.tries + 1, next_at=until, waiting_for=reason))


def done(session: Session, call: Due, now: datetime) -> None:
    """The service has erased her; after the last one her id is forgotten here too."""
    session.execute(update(ErasureCallRow).where(*_is(call)).values(done_at=now, waiting_for=None))
    _end_if_done(session, call.person, now)


def progress(session: Session, subject: str) -> Erasure | None:
    """How far the erasure of a person has come; None when nobody has asked for it, or long ago."""
    person = person_of(subject)
    row = session.execute(select(ErasureRow.__table__).where(ErasureRow.person == person)).one_or_none()
    if row is None:
        return None
    calls = select(ErasureCallRow.__table__).where(ErasureCallRow.person == person).order_by(ErasureCallRow.service)
    found = [
        ErasedAt(service=call.service, done_at=call.done_at, waiting_for=call.waiting_for)
        for call in session.execute(calls)
    ]
    return Erasure(asked_at=row.asked_at, done_at=row.done_at, services=found)


def was_erased(session: Session, subject: str, at: datetime) -> bool:
    """Whether a person was erased after something that she did."""
    query = select(ErasureRow.person).where(ErasureRow.person == person_of(subject), ErasureRow.asked_at >= at)
    return session.execute(query).first() is not None


def forget_old(session: Session, now: datetime) -> None:
    """Forget whom nothing can name any more."""
    old = select(ErasureRow.person).where(ErasureRow.done_at < now - KEPT)
    session.execute(delete(ErasureCallRow).where(ErasureCallRow.person.in_(old)))
    session.execute(delete(ErasureRow).where(ErasureRow.done_at < now - KEPT))


def _is(call: Due) -> Sequence[Any]:
    return ErasureCallRow.person == call.person, ErasureCallRow.service == call.service


def _end_if_done(session: Session, person: str, now: datetime) -> None:
    open_calls = exists().where(ErasureCallRow.person == person, ErasureCallRow.done_at.is_(None))
    with forgetting(session):
        ended = update(ErasureRow).where(ErasureRow.person == person, ErasureRow.done_at.is_(None), ~open_calls)
        session.execute(ended.values(subject=None, done_at=now))
