"""The outbox: the only way out for an event, written in the transaction that makes it true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.json import Encoder
from sqlalchemy import BigInteger, Index, Integer, String, Table, and_, bindparam, delete, func, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Session, mapped_column

from interlinker_shared.clock import utc_now
from interlinker_shared.db import BigId, SharedBase, UtcDateTime, defer, partial, signal, upsert
from interlinker_shared.db.hot import Hot, HotWrite, each
from interlinker_shared.events.envelope import TYPE_PREFIX, Event, event_type, format_counts, nats_subject, parse_counts
from interlinker_shared.ids import new_id
from interlinker_shared.trace import current_traceparent

KEPT = timedelta(days=30)
FORGOTTEN_AT_ONCE = 5000

_encode = Encoder().encode
SIGNAL = "outbox"


class OutboxRow(SharedBase):
    """One recorded event. The rows are the record of truth for 30 days; `published_at` is a flag, not a cursor."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_waiting", "id", **partial("published_at IS NULL")),
        Index("ix_outbox_aggregate", "aggregate", "aggseq"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    event_id: Mapped[UUID]
    nats_subject: Mapped[str]
    aggregate: Mapped[str]
    aggseq: Mapped[int]
    envelope: Mapped[str]
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AggregateRow(SharedBase):
    """How many events an aggregate has recorded, in all and of each name."""

    __tablename__ = "aggregates"

    id: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]
    counts: Mapped[str]


# Plain tables instead of mapped classes: the ORM's way costs more than the statements themselves.
_outbox = cast("Table", OutboxRow.__table__)
_aggregates = cast("Table", AggregateRow.__table__)
_insert = HotWrite(insert(_outbox), *(column.key for column in _outbox.c if column.key not in {"id", "published_at"}))
_counts = Hot(select(_aggregates).where(_aggregates.c.id.in_(select(each("ids", String)))))
_upsert = upsert(_aggregates)
_count = HotWrite(
    _upsert.on_conflict_do_update(
        index_elements=["id"], set_={"last": _upsert.excluded.last, "counts": _upsert.excluded.counts}
    )
)
_waiting = Hot(
    select(_outbox.c.id, _outbox.c.event_id, _outbox.c.nats_subject, _outbox.c.aggregate, _outbox.c.envelope)
    .where(OutboxRow.published_at.is_(None), OutboxRow.id > bindparam("after"))
    .order_by(OutboxRow.id)
    .limit(bindparam("limit", type_=Integer))
)
_mark = HotWrite(
    update(_outbox)
    .where(_outbox.c.id.in_(select(each("ids", BigInteger))))
    .values(published_at=bindparam("now", type_=UtcDateTime))
)


class Draft(Struct):
    """What the envelope of a recorded event says, but for its place in the order, which the commit gives it."""

    id: UUID
    source: str
    type: str
    subject: str
    time: datetime
    data: Raw
    traceparent: str | UnsetType
    actor: str | UnsetType
    aggseq: int = 0
    aggcounts: str = ""
    specversion: str = "1.0"
    datacontenttype: str = "application/json"


def record(
    session: Session, event: Event, *, aggregate: UUID | str, actor: str | None = None, now: datetime | None = None
) -> UUID:
    """Write `event` to the outbox of this transaction; it is published after the commit, in order per aggregate.

    `actor` is a pseudonymous subject id, never a name or an address. Returns the event's id.
    """
    draft = Draft(
        id=new_id(),
        source=session.info["source"],
        type=event_type(session.info["service"], event.name),
        subject=str(aggregate),
        time=now or utc_now(),
        traceparent=current_traceparent() or UNSET,
        actor=actor or UNSET,
        data=Raw(event.model_dump_json()),
    )
    defer(session, _write, (event.name, draft))
    signal(session, SIGNAL)
    return draft.id


def waiting(session: Session, limit: int, after: int = 0) -> Sequence[OutboxRow]:
    """The oldest events past id `after` that are not published, as rows of id, event_id, nats_subject, aggregate, envelope."""
    return _waiting.all(session, limit=limit, after=after)


def mark_published(session: Session, ids: Sequence[int], now: datetime) -> None:
    """Flag events as stored by the broker."""
    _mark.run(session, ids=list(ids), now=now)


def list_events(session: Session, after: int, limit: int) -> list[tuple[int, str]]:
    """Recorded events after cursor `after`, oldest first, as (cursor, envelope in JSON)."""
    query = select(OutboxRow.id, OutboxRow.envelope).where(OutboxRow.id > after).order_by(OutboxRow.id).limit(limit)
    return [(row.id, row.envelope) for row in session.execute(query)]


def backlog(session: Session) -> tuple[int, datetime | None]:
    """How many events wait, and since when the oldest one does."""
    query = select(func.count(), func.min(OutboxRow.recorded_at)).where(OutboxRow.published_at.is_(None))
    count, oldest = session.execute(query).one()
    return count, oldest


def forget_old(session: Session, now: datetime, *, unpublished: bool = False, upto: int | None = None) -> int:
    """Delete published events that are older than the 30 days we promise, only those up to number `upto` when given.

    With `unpublished` those as well that wait for a broker which nobody has named. The oldest first and a few thousand at
    once, so that writes do not wait long. Returns the highest number that was deleted, 0 when there is nothing left.
    """
    oldest = select(OutboxRow.id).order_by(OutboxRow.id).limit(FORGOTTEN_AT_ONCE)
    since = OutboxRow.recorded_at if unpublished else OutboxRow.published_at
    old = and_(OutboxRow.id.in_(oldest), since < now - KEPT)
    if upto is not None:
        old = and_(old, OutboxRow.id <= upto)
    newest = session.execute(select(func.max(OutboxRow.id)).where(old)).scalar_one()
    if newest is not None:
        session.execute(delete(OutboxRow).where(old))
    return newest or 0


@dataclass
class _Count:
    """What an aggregate has recorded so far: how many events in all, and of each name."""

    last: int = 0
    named: dict[str, int] = field(default_factory=dict)

    def next(self, name: str) -> int:
        """Count one more."""
        self.last += 1
        self.named[name] = self.named.get(name, 0) + 1
        return self.last


def _write(connection: Connection, drafts: list[tuple[str, Draft]]) -> None:
    """Number the events of a group of transactions and insert them, in their order: three statements for all of them."""
    counts = _read_counts(connection, {draft.subject for _, draft in drafts})
    rows = [_row(name, draft, counts[draft.subject]) for name, draft in drafts]
    # Sorted, so that two groups that count the same aggregates never wait for each other crosswise.
    counted = [
        {"id": id, "last": count.last, "counts": format_counts(count.named)} for id, count in sorted(counts.items())
    ]
    _count.many(connection, counted)
    _insert.many(connection, rows)


def _read_counts(connection: Connection, aggregates: set[str]) -> dict[str, _Count]:
    counts = {aggregate: _Count() for aggregate in aggregates}
    for row in _counts.all(connection, ids=sorted(aggregates)):
        counts[row.id] = _Count(row.last, parse_counts(row.counts))
    return counts


def _row(name: str, draft: Draft, count: _Count) -> dict[str, Any]:
    draft.aggseq, draft.aggcounts = count.next(name), format_counts(count.named)
    service = draft.type.removeprefix(TYPE_PREFIX).removesuffix(f".{name}")
    return {
        "event_id": draft.id,
        "nats_subject": nats_subject(service, name),
        "aggregate": draft.subject,
        "aggseq": draft.aggseq,
        "envelope": _encode(draft).decode(),
        "recorded_at": draft.time,
    }
