"""The outbox: the only way out for an event, written in the transaction that makes it true."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import Index, Table, bindparam, delete, func, insert, select, text, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.orm import Mapped, Session, mapped_column

from interlinker_shared.clock import utc_now
from interlinker_shared.db.types import SharedBase, UtcDateTime
from interlinker_shared.db.writer import signal
from interlinker_shared.events.envelope import Envelope, Event, event_type, nats_subject
from interlinker_shared.ids import new_id
from interlinker_shared.trace import current_traceparent

KEPT = timedelta(days=30)
SIGNAL = "outbox"


class OutboxRow(SharedBase):
    """One recorded event. The rows are the record of truth for 30 days; `published_at` is a flag, not a cursor."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_waiting", "id", sqlite_where=text("published_at IS NULL")),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    event_id: Mapped[UUID]
    nats_subject: Mapped[str]
    aggregate: Mapped[str]
    aggseq: Mapped[int]
    envelope: Mapped[str]
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AggregateRow(SharedBase):
    """How many events an aggregate has recorded."""

    __tablename__ = "aggregates"

    id: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]


# Plain tables instead of mapped classes: the ORM's way costs more than both statements together.
_outbox = cast("Table", OutboxRow.__table__)
_aggregates = cast("Table", AggregateRow.__table__)
_next_number = (
    upsert(_aggregates)
    .values(id=bindparam("aggregate"), last=1)
    .on_conflict_do_update(index_elements=["id"], set_={"last": _aggregates.c.last + 1})
    .returning(_aggregates.c.last)
)
_insert = insert(_outbox)
_waiting = (
    select(OutboxRow.id, OutboxRow.event_id, OutboxRow.nats_subject, OutboxRow.aggregate, OutboxRow.envelope)
    .where(OutboxRow.published_at.is_(None))
    .order_by(OutboxRow.id)
)


def record(
    session: Session, event: Event, *, aggregate: UUID | str, actor: str | None = None, now: datetime | None = None
) -> Envelope:
    """Write `event` to the outbox of this transaction; it is published after the commit, in order per aggregate.

    `actor` is a pseudonymous subject id, never a name or an address.
    """
    service, source = session.info["service"], session.info["source"]
    number = session.execute(_next_number, {"aggregate": str(aggregate)}).scalar_one()
    envelope = Envelope(
        id=new_id(),
        source=source,
        type=event_type(service, event.name),
        subject=str(aggregate),
        time=now or utc_now(),
        aggseq=number,
        traceparent=current_traceparent(),
        actor=actor,
        data=event.model_dump(mode="json"),
    )
    row = {
        "event_id": envelope.id,
        "nats_subject": nats_subject(service, event.name),
        "aggregate": str(aggregate),
        "aggseq": number,
        "envelope": envelope.model_dump_json(exclude_none=True),
        "recorded_at": envelope.time,
    }
    session.execute(_insert, row)
    signal(session, SIGNAL)
    return envelope


def waiting(session: Session, limit: int) -> Sequence[OutboxRow]:
    """The oldest events that are not published yet, as rows of id, event_id, nats_subject, aggregate, envelope."""
    return session.execute(_waiting.limit(limit)).all()  # type: ignore[return-value]  # rows with the same attributes


def mark_published(session: Session, ids: Sequence[int], now: datetime) -> None:
    """Flag events as stored by the broker."""
    session.execute(update(OutboxRow).where(OutboxRow.id.in_(ids)).values(published_at=now))


def mark_unpublished(session: Session, since: datetime) -> int:
    """Publish everything again that was recorded since then; consumers drop what they know. Returns how many."""
    again = update(OutboxRow).where(OutboxRow.recorded_at >= since).values(published_at=None)
    signal(session, SIGNAL)
    return session.connection().execute(again).rowcount


def list_events(session: Session, after: int, limit: int) -> list[tuple[int, str]]:
    """Recorded events after cursor `after`, oldest first, as (cursor, envelope in JSON)."""
    query = select(OutboxRow.id, OutboxRow.envelope).where(OutboxRow.id > after).order_by(OutboxRow.id).limit(limit)
    return [(row.id, row.envelope) for row in session.execute(query)]


def backlog(session: Session) -> tuple[int, datetime | None]:
    """How many events wait, and since when the oldest one does."""
    query = select(func.count(), func.min(OutboxRow.recorded_at)).where(OutboxRow.published_at.is_(None))
    count, oldest = session.execute(query).one()
    return count, oldest


def forget_published(session: Session, now: datetime) -> None:
    """Delete published events that are older than the 30 days we promise."""
    session.execute(delete(OutboxRow).where(OutboxRow.published_at < now - KEPT))
