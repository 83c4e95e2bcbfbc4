"""Calls to blocks as rows: what has to be asked, since when it waits, and what was answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from interlinker_gateway.domain.planner import Step
from interlinker_gateway.store.tables import CallRow
from interlinker_shared.db import signal

SIGNAL = "calls"
CLOSE = "close"


class CallStatus(StrEnum):
    PENDING = "pending"
    ANSWERED = "answered"
    REFUSED = "refused"
    ABANDONED = "abandoned"


@dataclass(frozen=True)
class Call:
    """One call to make. `asset` is the one it is about, None while there is none yet."""

    id: int
    process_id: UUID
    task: str
    attempt: int
    step: str
    key: str
    capability: str
    asset: str | None
    body: dict[str, Any]
    tries: int


@dataclass(frozen=True)
class Waiting:
    """Why a task does not go on: the block that it has asked cannot answer."""

    task: str
    capability: str
    since: datetime
    reason: str


def add(session: Session, *, step: Step | str, now: datetime, **values: Any) -> None:
    """A call to be made as soon as this transaction is committed; its key makes it unique."""
    same = {name: values[name] for name in ("process_id", "task", "attempt", "number")} | {"step": str(step)}
    again = session.scalar(select(func.count()).select_from(CallRow).filter_by(**same))  # asked anew after a refusal
    key = ":".join(map(str, (*same.values(), again)))
    fresh = {"status": CallStatus.PENDING, "tries": 0, "next_at": now}
    session.execute(insert(CallRow).values(step=str(step), key=key, **fresh, **values))
    signal(session, SIGNAL)


def due(session: Session, now: datetime, limit: int = 200) -> list[Call]:
    """The oldest calls whose time has come."""
    query = select(CallRow).where(CallRow.status == CallStatus.PENDING, CallRow.next_at <= now)
    return [_call(row) for row in session.scalars(query.order_by(CallRow.id).limit(limit))]


def pending(session: Session, call_id: int) -> CallRow | None:
    """The call, unless it was answered or abandoned meanwhile."""
    row = session.get(CallRow, call_id)
    return row if row is not None and row.status == CallStatus.PENDING else None


def abandon(session: Session, process_id: UUID, tasks: Sequence[str]) -> None:
    """Nobody waits for these answers any more; closing an asset still has to happen."""
    waiting = update(CallRow).where(CallRow.process_id == process_id, CallRow.task.in_(tasks), CallRow.step != CLOSE)
    session.execute(waiting.where(CallRow.status == CallStatus.PENDING).values(status=CallStatus.ABANDONED, body={}))


def forget_item(session: Session, process_id: UUID, asset: str, item: str) -> None:
    """Let calls that wait bring an item no more. They are other calls then: the block may have taken an earlier try, and knows its key."""
    query = select(CallRow).where(CallRow.process_id == process_id, CallRow.status == CallStatus.PENDING)
    for row in session.scalars(query):
        items = row.body.get("items", [])
        left = [one for one in items if (one["source"]["asset"], one["source"]["item"]) != (asset, item)]
        if len(left) < len(items):
            row.key = f"{row.key.partition('~')[0]}~{len(left)}"
            row.body = {**row.body, "items": left}


def hurry(session: Session, process_id: UUID, task: str, now: datetime) -> None:
    """Try again at once."""
    waiting = update(CallRow).where(CallRow.process_id == process_id, CallRow.task == task)
    session.execute(waiting.where(CallRow.status == CallStatus.PENDING).values(next_at=now))
    signal(session, SIGNAL)


def waiting(session: Session, process_id: UUID) -> dict[str, Waiting]:
    """The tasks whose block cannot answer, and why."""
    query = select(CallRow).where(
        CallRow.process_id == process_id, CallRow.status == CallStatus.PENDING, CallRow.waiting_since.is_not(None)
    )
    return {
        row.task: Waiting(row.task, row.capability, row.waiting_since, row.waiting_for or "")
        for row in session.scalars(query)
        if row.waiting_since is not None
    }


def _call(row: CallRow) -> Call:
    return Call(
        id=row.id,
        process_id=row.process_id,
        task=row.task,
        attempt=row.attempt,
        step=row.step,
        key=row.key,
        capability=row.capability,
        asset=row.asset,
        body=row.body,
        tries=row.tries,
    )
