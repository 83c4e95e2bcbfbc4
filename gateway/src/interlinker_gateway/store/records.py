"""What happened: contributions, handovers, withdrawals, feedback, the audit trail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, or_, select, tuple_
from sqlalchemy.orm import Session

from interlinker_gateway.domain.feedback import Contribution
from interlinker_gateway.domain.provenance import Edge, Place
from interlinker_gateway.store.tables import (
    AuditRow,
    AuditWordsRow,
    ContributionRow,
    FeedbackRow,
    FeedRow,
    HandoverRow,
    WithdrawalRow,
)
from interlinker_shared.audit.chain import GENESIS, Entry, seal
from interlinker_shared.audit.store import alias_of
from interlinker_shared.db import upsert
from interlinker_shared.http import Cursor
from interlinker_shared.http.paging import PageOf, bad_cursor

PLACES = (HandoverRow.source_asset, HandoverRow.source_item, HandoverRow.target_asset, HandoverRow.target_item)


def add_contribution(session: Session, **values: Any) -> None:
    session.execute(upsert(ContributionRow).values(**values).on_conflict_do_nothing())


def contributions(session: Session, process_id: UUID) -> Iterator[Contribution]:
    """Of everyone who can be answered, in the order they were made."""
    row = ContributionRow
    columns = (row.subject, row.asset, row.action, row.channel, row.items)
    query = select(*columns).where(row.process_id == process_id, row.subject.is_not(None))
    for found in session.execute(query.order_by(row.made_at, row.event_id)):
        yield Contribution(found.subject, found.asset, found.action, found.channel, tuple(found.items))


def add_edges(session: Session, process_id: UUID, edges: Iterable[Edge]) -> None:
    """Remember handed-over items; what is known already stays."""
    rows = [
        {
            "process_id": process_id,
            "source_asset": edge.source.asset,
            "source_item": edge.source.item,
            "target_asset": edge.target.asset,
            "target_item": edge.target.item,
        }
        for edge in edges
    ]
    if rows:
        session.execute(upsert(HandoverRow).on_conflict_do_nothing(), rows)


def edges(session: Session, process_id: UUID) -> list[Edge]:
    query = select(*PLACES).where(HandoverRow.process_id == process_id).order_by(*PLACES)
    return [_edge(row) for row in session.execute(query)]


def edges_into(session: Session, process_id: UUID, asset: str) -> list[Edge]:
    """What was handed over into an asset."""
    query = select(*PLACES).where(HandoverRow.process_id == process_id, HandoverRow.target_asset == asset)
    return [_edge(row) for row in session.execute(query)]


def page_edges(session: Session, process_id: UUID, of: PageOf, item: str | None) -> list[Edge]:
    """Up to `limit + 1` handovers; only those from or to `item` when it is given."""
    query = select(*PLACES).where(HandoverRow.process_id == process_id).order_by(*PLACES)
    if item is not None:
        query = query.where(or_(HandoverRow.source_item == item, HandoverRow.target_item == item))
    if of.cursor is not None:
        query = query.where(tuple_(*PLACES) > tuple_(*_strings(of.cursor, len(PLACES))))
    return [_edge(row) for row in session.execute(query.limit(of.limit + 1))]


def _edge(row: Any) -> Edge:
    return Edge(Place(row.source_asset, row.source_item), Place(row.target_asset, row.target_item))


def withdraw(session: Session, asset: str, item: str) -> None:
    session.execute(upsert(WithdrawalRow).values(asset=asset, item=item).on_conflict_do_nothing())


def withdrawn(session: Session, assets: Sequence[str]) -> frozenset[Place]:
    query = select(WithdrawalRow.asset, WithdrawalRow.item).where(WithdrawalRow.asset.in_(assets))
    return frozenset(Place(row.asset, row.item) for row in session.execute(query))


def give_feedback(session: Session, process_id: UUID, told: dict[str, list[dict[str, Any]]], now: datetime) -> None:
    """One row for each contributor; the primary key makes it exactly one."""
    rows = [
        {"process_id": process_id, "subject": subject, "entries": entries, "given_at": now}
        for subject, entries in told.items()
    ]
    if rows:
        session.execute(insert(FeedbackRow), rows)


def page_feedback(session: Session, process_id: UUID, of: PageOf, subject: str | None) -> list[FeedbackRow]:
    """Up to `limit + 1`, by subject; only that of `subject` when it is given."""
    query = select(FeedbackRow).where(FeedbackRow.process_id == process_id).order_by(FeedbackRow.subject)
    if subject is not None:
        query = query.where(FeedbackRow.subject == subject)
    if of.cursor is not None:
        query = query.where(FeedbackRow.subject > _strings(of.cursor, 1)[0])
    return list(session.scalars(query.limit(of.limit + 1)))


def audit(
    session: Session, process_id: UUID, action: str, *, now: datetime, actor: str | None = None, **detail: Any
) -> None:
    """Add to the trail of a process. The actor becomes an alias, and what she wrote (`reason`) an id: the chain forgets nothing."""
    last = session.execute(
        select(AuditRow.sequence, AuditRow.hash)
        .where(AuditRow.process_id == process_id)
        .order_by(AuditRow.sequence.desc())
        .limit(1)
    ).first()
    sequence, previous = (last.sequence + 1, last.hash) if last else (1, GENESIS)
    if "reason" in detail:
        detail["words"] = _keep_words(session, process_id, actor, detail.pop("reason"))
    alias = alias_of(session, actor) if actor is not None else None
    entry = seal(sequence, previous, at=now.isoformat(), action=action, actor=alias, detail=detail)
    session.execute(insert(AuditRow).values(process_id=process_id, **vars(entry)))


def _keep_words(session: Session, process_id: UUID, subject: str | None, text: str) -> str:
    words_id = uuid4().hex
    session.execute(insert(AuditWordsRow).values(id=words_id, process_id=process_id, subject=subject, text=text))
    return words_id


def trail(session: Session, process_id: UUID) -> list[Entry]:
    """The whole trail, oldest first."""
    row = AuditRow
    columns = (row.sequence, row.at, row.action, row.actor, row.detail, row.previous, row.hash)
    query = select(*columns).where(row.process_id == process_id).order_by(row.sequence)
    return [Entry(**found._mapping) for found in session.execute(query)]  # noqa: SLF001 - a public accessor of SQLAlchemy


def words_of(session: Session, process_id: UUID) -> dict[str, str]:
    """What was written that the trail of a process names, by its id; without what was erased."""
    query = select(AuditWordsRow.id, AuditWordsRow.text).where(AuditWordsRow.process_id == process_id)
    return {row.id: row.text for row in session.execute(query)}


def feed_position(session: Session, base_url: str) -> int:
    return session.scalar(select(FeedRow.after).where(FeedRow.base_url == base_url)) or 0


def set_feed_position(session: Session, base_url: str, after: int) -> None:
    row = upsert(FeedRow).values(base_url=base_url, after=after)
    session.execute(row.on_conflict_do_update(index_elements=["base_url"], set_={"after": after}))


def _strings(cursor: Cursor, length: int) -> list[str]:
    if len(cursor) != length or not all(isinstance(part, str) for part in cursor):
        raise bad_cursor()
    return cursor
