"""What is good once: links that sign in, requests for them, and other tokens that must not be used twice; tables and queries."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from interlinker_shared.db import JsonText, SharedBase, UtcDateTime, signal, upsert
from interlinker_shared.ids import new_id

SIGNAL = "sign-in"  # somebody asked for a link
WINDOW = timedelta(minutes=15)
LINK_LASTS = WINDOW
BATCH = 50


class Purpose(StrEnum):
    """What a link is for; it is good for nothing else."""

    SIGN_IN = "sign-in"
    INVITATION = "invitation"


class RequestRow(SharedBase):
    """Somebody asked for a link. `email` is forgotten as soon as it is dealt with; the keys stay for a while, to count."""

    __tablename__ = "sign_in_requests"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str | None]
    email_key: Mapped[str] = mapped_column(index=True)
    client_key: Mapped[str | None] = mapped_column(index=True)
    language: Mapped[str]
    next: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LinkRow(SharedBase):
    """A link that was sent and not used."""

    __tablename__ = "sign_in_links"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    email: Mapped[str] = mapped_column(index=True)
    next: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SingleUseRow(SharedBase):
    """A secret that may be used once, with what belongs to it; or one that was, so that it is not again."""

    __tablename__ = "single_use"

    key: Mapped[str] = mapped_column(primary_key=True)
    data: Mapped[dict[str, Any]] = mapped_column(JsonText)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Asked(NamedTuple):
    """A request that has not been dealt with."""

    id: UUID
    email: str
    email_key: str
    language: str
    next: str | None
    created_at: datetime


class Link(NamedTuple):
    """A link that is good."""

    purpose: str
    email: str
    next: str | None


def keep_request(
    session: Session,
    *,
    email: str,
    email_key: str,
    client_key: str | None,
    language: str,
    next_path: str | None,
    now: datetime,
) -> None:
    """Remember that somebody asked: the same work for every address, and all that the request itself does."""
    keys = {"email_key": email_key, "client_key": client_key}
    values = {"id": new_id(), "email": email, "language": language, "next": next_path, "created_at": now}
    session.execute(insert(RequestRow).values(**keys, **values))
    signal(session, SIGNAL)


def count_of_client(session: Session, client_key: str, now: datetime) -> int:
    """How many requests a client made within the window."""
    since = now - WINDOW
    query = select(func.count()).select_from(RequestRow)
    return session.execute(query.where(RequestRow.client_key == client_key, RequestRow.created_at > since)).scalar_one()


def asked(session: Session) -> list[Asked]:
    """Requests that have not been dealt with, oldest first."""
    columns = (getattr(RequestRow, name) for name in Asked._fields)
    query = select(*columns).where(RequestRow.email.is_not(None)).order_by(RequestRow.id).limit(BATCH)
    return [Asked(*row) for row in session.execute(query)]


def count_before(session: Session, request: Asked) -> int:
    """How many requests for the same address came within the window before this one."""
    since = request.created_at - WINDOW
    query = select(func.count()).select_from(RequestRow)
    same = (RequestRow.email_key == request.email_key, RequestRow.created_at > since, RequestRow.id < request.id)
    return session.execute(query.where(*same)).scalar_one()


def dealt_with(session: Session, request_id: UUID) -> None:
    """Forget the address of a request; it goes on counting."""
    session.execute(update(RequestRow).where(RequestRow.id == request_id).values(email=None, next=None))


def add_link(
    session: Session,
    token_hash: str,
    *,
    purpose: Purpose,
    email: str,
    next_path: str | None,
    now: datetime,
    lasts: timedelta,
) -> None:
    """A link that may be used once."""
    times = {"created_at": now, "expires_at": now + lasts}
    values = {"purpose": purpose.value, "email": email, "next": next_path}
    session.execute(insert(LinkRow).values(token_hash=token_hash, **values, **times))


def find_link(session: Session, token_hash: str, now: datetime) -> Link | None:
    """A link while it is good."""
    columns = (getattr(LinkRow, name) for name in Link._fields)
    row = session.execute(select(*columns).where(LinkRow.token_hash == token_hash, LinkRow.expires_at > now)).first()
    return Link(*row) if row is not None else None


def use_link(session: Session, token_hash: str, now: datetime) -> Link | None:
    """Use a link up; None when it is not good."""
    found = find_link(session, token_hash, now)
    session.execute(delete(LinkRow).where(LinkRow.token_hash == token_hash))
    return found


def remove_links(session: Session, email: str, purpose: Purpose | None = None) -> None:
    """Make the links to an address good for nothing; only those of one purpose when it is given."""
    gone = delete(LinkRow).where(LinkRow.email == email)
    session.execute(gone if purpose is None else gone.where(LinkRow.purpose == purpose.value))


def forget_requests(session: Session, email_key: str) -> None:
    """Forget who asked for links to an address."""
    session.execute(delete(RequestRow).where(RequestRow.email_key == email_key))


def put_aside(session: Session, key: str, data: dict[str, Any], *, until: datetime) -> None:
    """Keep `data` for whoever comes back with the secret that has this hash."""
    session.execute(insert(SingleUseRow).values(key=key, data=data, expires_at=until))


def take_back(session: Session, key: str, now: datetime) -> dict[str, Any] | None:
    """What was put aside, once; None when there is nothing, or no longer."""
    gone = delete(SingleUseRow).where(SingleUseRow.key == key)
    row = session.execute(gone.returning(SingleUseRow.data, SingleUseRow.expires_at)).first()
    return dict(row.data) if row is not None and row.expires_at > now else None


def spend(session: Session, key: str, *, until: datetime) -> bool:
    """Note that something signed is used; False when it was before. It stays noted until it has expired."""
    statement = upsert(SingleUseRow).values(key=key, data={}, expires_at=until).on_conflict_do_nothing()
    return session.execute(statement.returning(SingleUseRow.key)).first() is not None


def forget_expired(session: Session, now: datetime) -> None:
    """Forget what is good for nothing any more."""
    for row in (LinkRow, SingleUseRow):
        session.execute(delete(row).where(row.expires_at <= now))
    session.execute(delete(RequestRow).where(RequestRow.created_at <= now - WINDOW, RequestRow.email.is_(None)))
