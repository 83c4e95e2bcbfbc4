"""Events that could not take effect yet: those whose handler failed, and those that wait for an earlier one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Index, and_, delete, func, select, union_all
from sqlalchemy.orm import Mapped, Session, mapped_column

from interlinker_shared.db import SharedBase, UtcDateTime, partial, signal, upsert
from interlinker_shared.events.envelope import Envelope, parse_counts
from interlinker_shared.events.heads import HeadRow, Key

MAX_TRIES = 8
FIRST_DELAY = 1.0
LONGEST_DELAY = 600.0
SIGNAL = "held"


class DeadLetterRow(SharedBase):
    """An event whose handler failed: tried again when `due_at` has come, then (None) kept for a person to look at."""

    __tablename__ = "dead_letters"
    __table_args__ = (
        Index("ix_dead_letters_lane", "consumer", "source", "aggregate"),
        Index("ix_dead_letters_failed", "failed_at"),
        Index("ix_dead_letters_due", "due_at", **partial("due_at IS NOT NULL")),
    )

    consumer: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[str]
    aggregate: Mapped[str]
    aggseq: Mapped[int]
    envelope: Mapped[str]
    tries: Mapped[int]
    error: Mapped[str]
    failed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ParkedRow(SharedBase):
    """An event that was never tried: an earlier one of its aggregate is missing, or has failed and is tried again."""

    __tablename__ = "parked"
    __table_args__ = (Index("ix_parked_lane", "consumer", "source", "aggregate", "aggseq"),)

    consumer: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[str]
    aggregate: Mapped[str]
    aggseq: Mapped[int]
    envelope: Mapped[str]
    parked_at: Mapped[datetime] = mapped_column(UtcDateTime)


def park(session: Session, key: Key, envelope: Envelope, now: datetime) -> None:
    """Keep an event until those before it have taken effect."""
    row = {
        "consumer": key.consumer,
        "event_id": envelope.id,
        "source": key.source,
        "aggregate": key.aggregate,
        "aggseq": envelope.aggseq,
        "envelope": envelope.model_dump_json(exclude_none=True),
        "parked_at": now,
    }
    session.execute(upsert(ParkedRow).values(row).on_conflict_do_nothing())
    signal(session, SIGNAL)


def note_failure(session: Session, consumer: str, envelope: Envelope, error: str, now: datetime) -> int:
    """Remember that a handler failed; return how often it has. After `MAX_TRIES` the event waits for a person."""
    row = session.get(DeadLetterRow, (consumer, envelope.id))
    if row is None:
        row = DeadLetterRow(
            consumer=consumer,
            event_id=envelope.id,
            source=envelope.source,
            aggregate=envelope.subject,
            aggseq=envelope.aggseq,
            envelope=envelope.model_dump_json(exclude_none=True),
            tries=0,
        )
        session.add(row)
    row.tries, row.error, row.failed_at = row.tries + 1, error, now
    row.due_at = None if row.tries >= MAX_TRIES else now + timedelta(seconds=delay_after(row.tries))
    session.flush()
    let_go(session, ParkedRow, consumer, envelope.id)
    signal(session, SIGNAL)
    return row.tries


def let_go(session: Session, row: type[DeadLetterRow | ParkedRow], consumer: str, event_id: UUID) -> None:
    """Forget a held event."""
    session.execute(delete(row).where(row.consumer == consumer, row.event_id == event_id))


def is_retried(session: Session, consumer: str, event_id: UUID) -> bool:
    """Whether an event has failed and will be tried again."""
    due = select(DeadLetterRow.event_id).where(
        DeadLetterRow.consumer == consumer, DeadLetterRow.event_id == event_id, DeadLetterRow.due_at.is_not(None)
    )
    return session.execute(due).first() is not None


def holds_before(session: Session, key: Key, aggseq: int | None = None) -> bool:
    """Whether events of this aggregate wait to take effect; with `aggseq` only those before it."""
    retried = select(DeadLetterRow.aggseq).where(_is_of(key, DeadLetterRow), DeadLetterRow.due_at.is_not(None))
    parked = select(ParkedRow.aggseq).where(_is_of(key, ParkedRow))
    if aggseq is not None:
        retried, parked = retried.where(DeadLetterRow.aggseq < aggseq), parked.where(ParkedRow.aggseq < aggseq)
    return session.execute(union_all(retried.limit(None), parked).limit(1)).first() is not None


def first_parked(session: Session, key: Key, limit: int) -> list[Envelope]:
    """The first events of an aggregate that wait for an earlier one."""
    rows = select(ParkedRow.envelope).where(_is_of(key, ParkedRow)).order_by(ParkedRow.aggseq).limit(limit)
    return [Envelope.model_validate_json(text) for text in session.scalars(rows)]


def due_letters(session: Session, consumer: str, now: datetime, limit: int) -> list[Envelope]:
    """Events whose time has come to be tried again, in the order of each aggregate."""
    due = (
        select(DeadLetterRow.envelope)
        .where(DeadLetterRow.consumer == consumer, DeadLetterRow.due_at <= now)
        .order_by(DeadLetterRow.aggregate, DeadLetterRow.aggseq)
    )
    return [Envelope.model_validate_json(text) for text in session.scalars(due.limit(limit))]


def next_due(session: Session, consumer: str) -> datetime | None:
    """When the next event is tried again."""
    return session.scalar(select(func.min(DeadLetterRow.due_at)).where(DeadLetterRow.consumer == consumer))


@dataclass(frozen=True)
class Parked:
    """An aggregate with parked events: the first of them, since when, and how far the consumer has come."""

    key: Key
    first: Envelope
    since: datetime
    counts: dict[str, int]
    aggseq: int
    retried: bool


def parked_lanes(session: Session, consumer: str, limit: int) -> list[Parked]:
    """Aggregates with parked events, those that wait longest first."""
    lane = (ParkedRow.source, ParkedRow.aggregate)
    firsts = (
        select(*lane, func.min(ParkedRow.aggseq).label("aggseq"), func.min(ParkedRow.parked_at).label("since"))
        .where(ParkedRow.consumer == consumer)
        .group_by(*lane)
        .order_by(func.min(ParkedRow.parked_at))
        .limit(limit)
        .subquery()
    )
    rows = (
        select(ParkedRow.envelope, firsts.c.since, HeadRow.counts, HeadRow.aggseq, _retried().label("retried"))
        .join(firsts, and_(*(getattr(ParkedRow, name) == firsts.c[name] for name in ("source", "aggregate", "aggseq"))))
        .join(HeadRow, _same_lane(HeadRow), isouter=True)
        .where(ParkedRow.consumer == consumer)
    )
    return [_parked(consumer, row) for row in session.execute(rows)]


def count_held(session: Session) -> tuple[int, int]:
    """How many events are parked, and how many dead letters wait for a person."""
    parked = select(func.count()).select_from(ParkedRow).scalar_subquery()
    dead = select(func.count()).select_from(DeadLetterRow).where(DeadLetterRow.due_at.is_(None)).scalar_subquery()
    counted = session.execute(select(parked, dead)).one()
    return counted[0], counted[1]


def list_dead_letters(session: Session, limit: int) -> list[dict[str, Any]]:
    """Events that failed, oldest first; `retry_at` is None for those that were given up."""
    rows = session.scalars(select(DeadLetterRow).order_by(DeadLetterRow.failed_at).limit(limit))
    return [
        {
            "event_id": row.event_id,
            "event": json.loads(row.envelope),
            "tries": row.tries,
            "error": row.error,
            "failed_at": row.failed_at,
            "retry_at": row.due_at,
        }
        for row in rows
    ]


def delay_after(tries: int) -> float:
    """Seconds to wait before the next try: 1, 2, 4, … up to ten minutes."""
    return float(min(FIRST_DELAY * 2 ** (tries - 1), LONGEST_DELAY))


def _is_of(key: Key, row: type[DeadLetterRow | ParkedRow]) -> Any:
    return and_(row.consumer == key.consumer, row.source == key.source, row.aggregate == key.aggregate)


def _retried() -> Any:
    due = select(DeadLetterRow.event_id).where(_same_lane(DeadLetterRow), DeadLetterRow.due_at.is_not(None))
    return due.correlate(ParkedRow).exists()


def _same_lane(row: type[HeadRow | DeadLetterRow]) -> Any:
    return and_(
        row.consumer == ParkedRow.consumer, row.source == ParkedRow.source, row.aggregate == ParkedRow.aggregate
    )


def _parked(consumer: str, row: Any) -> Parked:
    first = Envelope.model_validate_json(row.envelope)
    counts = parse_counts(row.counts or "")
    return Parked(
        Key(consumer, first.source, first.subject), first, row.since, counts, row.aggseq or 0, bool(row.retried)
    )
