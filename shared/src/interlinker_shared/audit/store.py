"""The chain of this service and who stands behind its actors.

An entry names its actor by an alias, a random id. Only the table of actors says whose it is. To erase a person takes her row out of
that table: the alias then leads to nobody, and no hash changes. A chain that held her id could not be rid of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import BigInteger, Connection, Table, delete, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from interlinker_shared.audit.chain import Entry, seal
from interlinker_shared.audit.models import AuditEntry
from interlinker_shared.db.hot import HotWrite
from interlinker_shared.db.jobs import defer
from interlinker_shared.db.types import JsonText, SharedBase


class AuditRow(SharedBase):
    """One act. The database refuses to change or delete it."""

    __tablename__ = "audit_entries"

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[str]
    action: Mapped[str]
    actor: Mapped[str | None]
    detail: Mapped[dict[str, Any]] = mapped_column(JsonText)
    previous: Mapped[str]
    hash: Mapped[str]


class HeadRow(SharedBase):
    """The newest entry, in the one row there is. Two writers that add to the chain at once meet here, and one goes again."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str]


class ActorRow(SharedBase):
    """Whose alias an actor is."""

    __tablename__ = "audit_actors"

    subject: Mapped[str] = mapped_column(primary_key=True)
    alias: Mapped[str]


@dataclass(frozen=True)
class Act:
    """What somebody did: `action` is an operationId, `detail` holds ids and words of ours, nothing that a person wrote."""

    action: str
    subject: str | None
    detail: dict[str, Any]
    at: datetime


_entries = cast("Table", AuditRow.__table__)
_insert = HotWrite(insert(_entries))


def note(session: Session, act: Act) -> None:
    """Add an act to the chain, in the transaction that it happens in."""
    defer(session, _write, act)


def entries_after(session: Session, sequence: int, limit: int) -> list[AuditEntry]:
    """Entries past `sequence`, oldest first, with the subject behind each actor as long as there is one."""
    query = (
        select(*_entries.c, ActorRow.subject)
        .outerjoin(ActorRow, ActorRow.alias == AuditRow.actor)
        .where(AuditRow.sequence > sequence)
        .order_by(AuditRow.sequence)
        .limit(limit)
    )
    return [AuditEntry.model_validate(dict(row._mapping)) for row in session.execute(query)]  # noqa: SLF001 - a public accessor of SQLAlchemy


def acts_of(session: Session, subject: str) -> list[dict[str, Any]]:
    """What a person did as moderator or owner, oldest first."""
    columns = (AuditRow.sequence, AuditRow.at, AuditRow.action, AuditRow.detail)
    query = select(*columns).join(ActorRow, ActorRow.alias == AuditRow.actor).where(ActorRow.subject == subject)
    return [dict(row._mapping) for row in session.execute(query.order_by(AuditRow.sequence))]  # noqa: SLF001 - as above


def alias_of(session: Session, subject: str) -> str:
    """The alias of a person, for a chain elsewhere that could not forget her id either."""
    return _aliases(session.connection(), {subject})[subject]


def people_behind(session: Session, aliases: set[str]) -> dict[str, str]:
    """Who stands behind aliases, as long as that is known."""
    query = select(ActorRow.alias, ActorRow.subject).where(ActorRow.alias.in_(sorted(aliases)))
    return {row.alias: row.subject for row in session.execute(query)}


def forget_actor(session: Session, subject: str) -> None:
    """Let nobody find out any more which acts were this person's; the chain stays as it is."""
    session.execute(delete(ActorRow).where(ActorRow.subject == subject))


def _write(connection: Connection, acts: Sequence[Act]) -> None:
    """Seal the acts of a group of transactions, in their order."""
    head = connection.execute(select(HeadRow.sequence, HeadRow.hash)).one()
    aliases = _aliases(connection, {act.subject for act in acts if act.subject is not None})
    sequence, previous, sealed = head.sequence, head.hash, list[Entry]()
    for act in acts:
        actor = aliases.get(act.subject or "")
        entry = seal(sequence + 1, previous, at=act.at.isoformat(), action=act.action, actor=actor, detail=act.detail)
        sequence, previous = entry.sequence, entry.hash
        sealed.append(entry)
    _insert.many(connection, [dict(vars(entry)) for entry in sealed])
    connection.execute(update(HeadRow).values(sequence=sequence, hash=previous))


def _aliases(connection: Connection, subjects: set[str]) -> dict[str, str]:
    known = select(ActorRow.subject, ActorRow.alias).where(ActorRow.subject.in_(sorted(subjects)))
    found = {row.subject: row.alias for row in connection.execute(known)}
    new = {subject: uuid4().hex for subject in sorted(subjects - found.keys())}
    if new:
        rows = [{"subject": subject, "alias": alias} for subject, alias in new.items()]
        connection.execute(insert(ActorRow), rows)
    return found | new
