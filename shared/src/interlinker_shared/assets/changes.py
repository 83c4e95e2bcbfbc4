"""The delta feed: the latest state of every public thing, in the order of its last change, so that a mirror can stay equal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Index, Table, bindparam, delete, insert, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Session, mapped_column

from interlinker_shared.assets.models import Change
from interlinker_shared.db import BigId, JsonText, SharedBase, defer, wiping
from interlinker_shared.db.hot import HotWrite
from interlinker_shared.db.jobs import connection_of


class ChangeRow(SharedBase):
    """The last change of one thing; numbers are never used twice."""

    __tablename__ = "changes"
    __table_args__ = (Index("ix_changes_thing", "kind", "thing_id", unique=True), {"sqlite_autoincrement": True})

    seq: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    kind: Mapped[str]
    thing_id: Mapped[str]
    body: Mapped[dict[str, Any] | None] = mapped_column(JsonText(none_as_null=True))


_changes = cast("Table", ChangeRow.__table__)
_forget = HotWrite(
    delete(_changes).where(_changes.c.kind == bindparam("kind"), _changes.c.thing_id == bindparam("thing_id"))
)
_add = HotWrite(insert(_changes), "kind", "thing_id", "body")


def touch(session: Session, kind: str, thing_id: UUID | str, body: dict[str, Any] | None) -> None:
    """Say that a thing changed: `body` is its public form, None when it is gone."""
    defer(session, _write, (kind, str(thing_id), body))


def bury(session: Session, kind: str, things: Sequence[UUID | str]) -> None:
    """Say that things are gone for good, and leave nothing of what was said of them where the database keeps its rows."""
    connection = connection_of(session)
    with wiping(connection):
        _forget.many(connection, [{"kind": kind, "thing_id": str(thing)} for thing in things])
    for thing in things:
        touch(session, kind, thing, None)


def list_changes(session: Session, after: int, limit: int) -> list[Change]:
    """Changes after number `after`, oldest first."""
    query = select(ChangeRow).where(ChangeRow.seq > after).order_by(ChangeRow.seq).limit(limit)
    return [Change(seq=row.seq, kind=row.kind, id=row.thing_id, body=row.body) for row in session.scalars(query)]


def _write(connection: Connection, touched: list[tuple[str, str, dict[str, Any] | None]]) -> None:
    latest: dict[tuple[str, str], dict[str, Any] | None] = {}
    for kind, thing, body in touched:
        latest.pop((kind, thing), None)  # the last change of a thing gives it its place
        latest[kind, thing] = body
    rows = [{"kind": kind, "thing_id": thing, "body": body} for (kind, thing), body in latest.items()]
    _forget.many(connection, rows)
    _add.many(connection, rows)
