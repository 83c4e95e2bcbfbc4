"""Recorded events once more: published again for everybody, or read by one consumer that lacks some."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, literal, select, update
from sqlalchemy.orm import Session

from interlinker_shared.db import signal
from interlinker_shared.events import outbox
from interlinker_shared.events.outbox import OutboxRow

SIGNAL = "replay"


def publish_again(session: Session, *, since: datetime | None = None, after: int | None = None) -> int:
    """Take the mark off events recorded since then and after that cursor, which publishes them again. Returns how many."""
    again = update(OutboxRow).where(OutboxRow.published_at.is_not(None)).values(published_at=None)
    if since is not None:
        again = again.where(OutboxRow.recorded_at >= since)
    if after is not None:
        again = again.where(OutboxRow.id > after)
    for name in (SIGNAL, outbox.SIGNAL):
        signal(session, name)
    return session.connection().execute(again).rowcount


def list_aggregate(session: Session, aggregate: str, after: int, limit: int) -> list[tuple[int, str]]:
    """Recorded events of one aggregate after its number `after`, as (number, envelope in JSON)."""
    query = (
        select(OutboxRow.aggseq, OutboxRow.envelope)
        .where(OutboxRow.aggregate == aggregate, OutboxRow.aggseq > literal(after, BigInteger))
        .order_by(OutboxRow.aggseq)
        .limit(limit)
    )
    return [(row.aggseq, row.envelope) for row in session.execute(query)]
