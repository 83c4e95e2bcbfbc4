"""Tables and queries of hosts, and of the tokens that were spent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from interlinker_shared.auth import REVOKED, Role
from interlinker_shared.db import JsonText, SharedBase, UtcDateTime, signal, upsert
from interlinker_shared.db.hot import Hot
from interlinker_shared.db.versions import EVERYTHING, concerns
from interlinker_shared.embed.models import Algorithm, EmbedHost
from interlinker_shared.http.paging import PageOf, bad_cursor
from interlinker_shared.sealing import opened

SEALED = "embed host "  # the secret of one is sealed for this and its id
SIGNAL = "embed:hosts"  # a host was added, changed or removed


class EmbedHostRow(SharedBase):
    """One host. `key` is the text that HS256 signs with, sealed, or the public key of Ed25519 in base64url."""

    __tablename__ = "embed_hosts"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    algorithm: Mapped[str]
    key: Mapped[str]
    max_role: Mapped[str]
    origins: Mapped[list[str]] = mapped_column(JsonText)
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class EmbedSpentRow(SharedBase):
    """One embed token that was exchanged; forgotten once it would be refused anyway."""

    __tablename__ = "embed_spent"

    host: Mapped[str] = mapped_column(primary_key=True)
    jti: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


_table = cast("Table", EmbedHostRow.__table__)
is_secret = EmbedHostRow.algorithm == Algorithm.HS256
_trusted = Hot(select(_table).where(_table.c.id == bindparam("host")))


@dataclass(frozen=True)
class Trusted:
    """What it takes to believe a host."""

    id: str
    algorithm: Algorithm
    max_role: Role
    origins: tuple[str, ...]
    key: str | None = field(repr=False)
    """None where it is a secret that this service cannot open any more."""


def find_trusted(session: Session, host_id: str) -> Trusted | None:
    """What it takes to believe a host; None for a stranger."""
    row = _trusted.first(session, host=host_id)
    if row is None:
        return None
    algorithm = Algorithm(row.algorithm)
    key = opened(session, row.key, of=f"{SEALED}{row.id}") if algorithm is Algorithm.HS256 else row.key
    return Trusted(row.id, algorithm, Role(row.max_role), tuple(row.origins), key)


def find(session: Session, host_id: str) -> EmbedHost | None:
    """A host."""
    row = _trusted.first(session, host=host_id)
    return as_host(row) if row is not None else None


def page(session: Session, of: PageOf) -> list[EmbedHost]:
    """Up to `limit + 1` hosts by id."""
    query = select(_table).order_by(_table.c.id)
    if of.cursor is not None:
        if not of.cursor or not isinstance(of.cursor[0], str):
            raise bad_cursor()
        query = query.where(_table.c.id > of.cursor[0])
    return [as_host(row) for row in session.execute(query.limit(of.limit + 1))]


def count(session: Session) -> int:
    """How many hosts there are."""
    return session.execute(select(func.count()).select_from(EmbedHostRow)).scalar_one()


def all_origins(session: Session) -> list[str]:
    """The origins of all hosts, each once."""
    concerns(session, SIGNAL)
    return sorted({origin for origins in session.scalars(select(EmbedHostRow.origins)) for origin in origins})


def add(session: Session, values: dict[str, Any]) -> bool:
    """Insert a host; False where the id is taken."""
    _tell(session)
    added = session.execute(upsert(EmbedHostRow).values(**values).on_conflict_do_nothing().returning(EmbedHostRow.id))
    return added.first() is not None


def change(session: Session, host_id: str, values: dict[str, Any]) -> None:
    """Write `values` and count the version up."""
    _tell(session)
    new = values | {"version": EmbedHostRow.version + 1}
    session.execute(update(EmbedHostRow).where(EmbedHostRow.id == host_id).values(**new))


def remove(session: Session, host_id: str) -> None:
    """Delete a host; who came from there is let in no more."""
    _tell(session)
    session.execute(delete(EmbedHostRow).where(EmbedHostRow.id == host_id))


def spend(session: Session, host: str, jti: str, expires_at: datetime) -> bool:
    """Whether this is the first time; of two at the same time one is."""
    values = {"host": host, "jti": jti, "expires_at": expires_at}
    spent = session.execute(
        upsert(EmbedSpentRow).values(**values).on_conflict_do_nothing().returning(EmbedSpentRow.jti)
    )
    return spent.first() is not None


def forget_spent(session: Session, now: datetime) -> None:
    """Forget tokens that are refused for their age."""
    session.execute(delete(EmbedSpentRow).where(EmbedSpentRow.expires_at < now))


def as_host(row: Any) -> EmbedHost:
    """The wire model of a row."""
    return EmbedHost(
        id=row.id,
        name=row.name,
        algorithm=Algorithm(row.algorithm),
        public_key=row.key if row.algorithm == Algorithm.ED25519 else None,
        max_role=Role(row.max_role),
        origins=list(row.origins),
        version=row.version,
        created_at=row.created_at,
    )


def _tell(session: Session) -> None:
    # Who may frame a page stands in its headers, so no kept answer is true any more; and people from there may have to go.
    concerns(session, EVERYTHING)
    signal(session, REVOKED)
    signal(session, SIGNAL)
