"""The delta feed: the latest state of every public thing, in the order of its last change, so that a mirror can stay equal."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Index, delete, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from interlinker_shared.assets.models import Change
from interlinker_shared.db.types import JsonText, SharedBase


class ChangeRow(SharedBase):
    """The last change of one thing; numbers are never used twice."""

    __tablename__ = "changes"
    __table_args__ = (Index("ix_changes_thing", "kind", "thing_id", unique=True), {"sqlite_autoincrement": True})

    seq: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    thing_id: Mapped[str]
    body: Mapped[dict[str, Any] | None] = mapped_column(JsonText(none_as_null=True))


def touch(session: Session, kind: str, thing_id: UUID | str, body: dict[str, Any] | None) -> None:
    """Say that a thing changed: `body` is its public form, None when it is gone."""
    session.execute(delete(ChangeRow).where(ChangeRow.kind == kind, ChangeRow.thing_id == str(thing_id)))
    session.execute(insert(ChangeRow).values(kind=kind, thing_id=str(thing_id), body=body))


def list_changes(session: Session, after: int, limit: int) -> list[Change]:
    """Changes after number `after`, oldest first."""
    query = select(ChangeRow).where(ChangeRow.seq > after).order_by(ChangeRow.seq).limit(limit)
    return [Change(seq=row.seq, kind=row.kind, id=row.thing_id, body=row.body) for row in session.scalars(query)]
