"""Events that name a person who was erased: those that wait lose her at once, recorded ones a few thousand at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, delete, func, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from interlinker_shared.db import SharedBase, UtcDateTime, forgetting, signal
from interlinker_shared.events.held import DeadLetterRow, ParkedRow
from interlinker_shared.events.outbox import OutboxRow
from interlinker_shared.ids import new_id

SIGNAL = "erasures"
AT_ONCE = 5000
ERASED = "[erased]"


class ErasureRow(SharedBase):
    """Recorded events up to number `upto` that a person may stand in, seen through up to `seen`.

    `subject` is empty once none of them names her; what is left to do then is to let the database's file forget her.
    """

    __tablename__ = "erasures_here"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject: Mapped[str | None]
    seen: Mapped[int] = mapped_column(BigInteger)
    upto: Mapped[int | None] = mapped_column(BigInteger)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)


def forget_in_events(session: Session, subject: str, now: datetime) -> None:
    """Let no event that waits here name a person, and have recorded ones rewritten after the commit."""
    for row in (DeadLetterRow, ParkedRow):
        found = session.execute(select(row.consumer, row.event_id, row.envelope).where(_names(row, subject))).all()
        for consumer, event_id, envelope in found:
            silent: dict[str, Any] = {"envelope": without(envelope, subject)}
            silent |= {"error": ERASED} if row is DeadLetterRow else {}
            session.execute(update(row).where(row.consumer == consumer, row.event_id == event_id).values(**silent))
    values = {"id": new_id(), "subject": subject, "seen": 0, "upto": None, "asked_at": now}
    session.execute(insert(ErasureRow).values(**values))
    signal(session, SIGNAL)


class Erasing(NamedTuple):
    """An erasure that is not over; the columns of its row."""

    id: UUID
    subject: str | None
    seen: int
    upto: int | None
    asked_at: datetime


class Look(NamedTuple):
    """The numbers of recorded events in which a person stands, seen through up to `seen` of those up to `upto`."""

    ids: list[int]
    seen: int
    upto: int

    @property
    def done(self) -> bool:
        """Whether there are no more."""
        return self.seen >= self.upto


_columns = select(*(getattr(ErasureRow, name) for name in Erasing._fields))


def under_way(session: Session) -> list[Erasing]:
    """Erasures that are not over, oldest first."""
    return [Erasing(*row) for row in session.execute(_columns.order_by(ErasureRow.id))]


def find(session: Session, erasure_id: UUID) -> Erasing | None:
    """One of them; None when it is over."""
    row = session.execute(_columns.where(ErasureRow.id == erasure_id)).one_or_none()
    return Erasing(*row) if row is not None else None


def look(session: Session, erasure: Erasing, *, published_only: bool) -> Look:
    """Look through a few thousand more recorded events.

    With `published_only` it goes no further than the first that was not published: who hears of it must know whom it is about.
    """
    upto = erasure.upto
    if upto is None:
        upto = session.execute(select(func.max(OutboxRow.id))).scalar_one() or 0
    subject = erasure.subject or ""
    seen = max(erasure.seen, min(upto, erasure.seen + AT_ONCE))
    if published_only:
        waiting = select(func.min(OutboxRow.id)).where(OutboxRow.published_at.is_(None), OutboxRow.id > erasure.seen)
        first = session.execute(waiting).scalar_one()
        seen = seen if first is None else min(seen, first - 1)
    here = (OutboxRow.id > erasure.seen, OutboxRow.id <= seen)
    query = select(OutboxRow.id).where(*here, _names(OutboxRow, subject))
    return Look(list(session.scalars(query)), seen, upto)


def rewrite(session: Session, erasure: Erasing, found: Look) -> None:
    """Let these events not name a person any more; once there are no more, nothing here does."""
    with forgetting(session):
        rows = session.execute(select(OutboxRow.id, OutboxRow.envelope).where(OutboxRow.id.in_(found.ids))).all()
        for number, envelope in rows:
            changed = update(OutboxRow).where(OutboxRow.id == number)
            session.execute(changed.values(envelope=without(envelope, erasure.subject or "")))
        now = {"seen": found.seen, "upto": found.upto} | ({"subject": None} if found.done else {})
        session.execute(update(ErasureRow).where(ErasureRow.id == erasure.id).values(**now))


def over(session: Session, ids: Sequence[UUID]) -> None:
    """The file has forgotten them as well."""
    session.execute(delete(ErasureRow).where(ErasureRow.id.in_(ids)))


def without(envelope: str, subject: str) -> str:
    """An event in which nobody can be found; where its data named her stands a name that is nobody's.

    Not null: events may mean everybody by that.
    """
    event: dict[str, Any] = json.loads(envelope)
    if event.get("actor") == subject:
        del event["actor"]
    event["data"] = _without(event.get("data"), subject)
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False)


def _without(value: Any, subject: str) -> Any:
    if isinstance(value, dict):
        return {name: _without(held, subject) for name, held in value.items()}
    if isinstance(value, list):
        return [_without(held, subject) for held in value]
    return f"erased-{uuid4().hex}" if value == subject else value


def _names(row: Any, subject: str) -> Any:
    """What names her may stand in; to look at more than needed does no harm."""
    return row.envelope.contains(json.dumps(subject, ensure_ascii=False), autoescape=True)
