"""The inbox: every event takes effect once, in the transaction that remembers it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from interlinker_shared.db import upsert
from interlinker_shared.db.types import SharedBase, UtcDateTime
from interlinker_shared.errors import NotFoundError
from interlinker_shared.events.envelope import Envelope, subject_of_type

KEPT = timedelta(days=100)  # longer than the stream keeps an event, so a redelivery is always recognised
MAX_TRIES = 8
FIRST_DELAY = 1.0
LONGEST_DELAY = 600.0


@dataclass(frozen=True)
class Handler:
    """What a service does with events of one NATS subject (`*` stands for one part).

    `reader` declares only the fields that `fn(session, payload, envelope)` reads; the rest may change without notice.
    """

    subject: str
    reader: type[BaseModel]
    fn: Callable[[Session, Any, Envelope], None]

    def takes(self, subject: str) -> bool:
        """Whether an event on `subject` is for this handler."""
        mine, theirs = self.subject.split("."), subject.split(".")
        return len(mine) == len(theirs) and all(a in ("*", b) for a, b in zip(mine, theirs, strict=True))


class InboxRow(SharedBase):
    """An event that took effect."""

    __tablename__ = "inbox"

    consumer: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DeadLetterRow(SharedBase):
    """An event whose handler failed: tried again with back-off, then kept for a person to look at."""

    __tablename__ = "dead_letters"

    consumer: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[str]
    aggregate: Mapped[str]
    aggseq: Mapped[int]
    envelope: Mapped[str]
    tries: Mapped[int]
    error: Mapped[str]
    failed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Verdict(StrEnum):
    """What became of a delivered event."""

    DONE = "done"
    KNOWN = "known"
    EARLY = "early"


def receive(
    session: Session, consumer: str, handlers: tuple[Handler, ...], envelope: Envelope, now: datetime
) -> Verdict:
    """Let `envelope` take effect, unless it did before or an earlier one of its aggregate is still missing."""
    seen = select(InboxRow.event_id).where(InboxRow.consumer == consumer, InboxRow.event_id == envelope.id)
    if session.execute(seen).first() is not None:
        return Verdict.KNOWN
    if _waits_for_earlier(session, consumer, envelope):
        return Verdict.EARLY
    session.execute(insert(InboxRow).values(consumer=consumer, event_id=envelope.id, received_at=now))
    _apply(session, handlers, envelope)
    session.execute(
        delete(DeadLetterRow).where(DeadLetterRow.consumer == consumer, DeadLetterRow.event_id == envelope.id)
    )
    return Verdict.DONE


def note_failure(session: Session, consumer: str, envelope: Envelope, error: str, now: datetime) -> int:
    """Remember that a handler failed; return how often it has. After `MAX_TRIES` the event stops blocking its aggregate."""
    row = session.get(DeadLetterRow, (consumer, envelope.id))
    if row is None:
        row = DeadLetterRow(
            consumer=consumer,
            event_id=envelope.id,
            source=envelope.source,
            aggregate=envelope.subject,
            aggseq=envelope.aggseq,
            envelope=envelope.model_dump_json(),
            tries=0,
        )
        session.add(row)
    row.tries, row.error, row.failed_at = row.tries + 1, error, now
    return row.tries


def retry(session: Session, consumer: str, event_id: UUID, handlers: tuple[Handler, ...], now: datetime) -> None:
    """Try a dead letter once more; it goes away when its handler succeeds and stays with its new error otherwise."""
    row = session.get(DeadLetterRow, (consumer, event_id))
    if row is None:
        raise NotFoundError
    envelope = Envelope.model_validate_json(row.envelope)
    session.execute(
        upsert(InboxRow).values(consumer=consumer, event_id=event_id, received_at=now).on_conflict_do_nothing()
    )
    _apply(session, handlers, envelope)
    session.delete(row)


def list_dead_letters(session: Session, limit: int) -> list[dict[str, Any]]:
    """Dead letters, oldest first."""
    rows = session.scalars(select(DeadLetterRow).order_by(DeadLetterRow.failed_at).limit(limit))
    return [
        {
            "event_id": row.event_id,
            "event": json.loads(row.envelope),
            "tries": row.tries,
            "error": row.error,
            "failed_at": row.failed_at,
        }
        for row in rows
    ]


def forget_received(session: Session, now: datetime) -> None:
    """Delete inbox rows that no redelivery can ask for any more."""
    session.execute(delete(InboxRow).where(InboxRow.received_at < now - KEPT))


def delay_after(tries: int) -> float:
    """Seconds to wait before the next try: 1, 2, 4, … up to ten minutes."""
    return float(min(FIRST_DELAY * 2 ** (tries - 1), LONGEST_DELAY))


def _apply(session: Session, handlers: tuple[Handler, ...], envelope: Envelope) -> None:
    subject = subject_of_type(envelope.type)
    for handler in handlers:
        if handler.takes(subject):
            handler.fn(session, handler.reader.model_validate(envelope.data), envelope)


def _waits_for_earlier(session: Session, consumer: str, envelope: Envelope) -> bool:
    # An event whose handler failed is tried again; until it succeeds or is given up, later ones of its aggregate wait.
    earlier = select(DeadLetterRow.event_id).where(
        DeadLetterRow.consumer == consumer,
        DeadLetterRow.source == envelope.source,
        DeadLetterRow.aggregate == envelope.subject,
        DeadLetterRow.aggseq < envelope.aggseq,
        DeadLetterRow.tries < MAX_TRIES,
    )
    return session.execute(earlier.limit(1)).first() is not None
