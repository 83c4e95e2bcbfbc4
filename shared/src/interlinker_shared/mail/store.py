"""The table of letters that wait, and its queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from interlinker_shared.db import SharedBase, UtcDateTime, signal
from interlinker_shared.ids import new_id
from interlinker_shared.sealing import opened, sealed

SEALED = "letter "  # the text of one, with its link, is sealed for this and its id
SIGNAL = "mail"  # a letter was queued
KEPT = timedelta(days=1)
BATCH = 50


class MailRow(SharedBase):
    """A letter that has not been sent. `expires_at` is when it is of no use any more."""

    __tablename__ = "mail_queue"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    recipient: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int]


@dataclass(frozen=True)
class Letter:
    """Plain text for one address. `lasts` says for how long it is worth sending, a day at most."""

    recipient: str
    subject: str
    body: str = field(repr=False)
    lasts: timedelta = KEPT

    def __post_init__(self) -> None:
        """Refuse what could become a header of its own, before it is stored."""
        if any(sign in text for text in (self.recipient, self.subject) for sign in "\r\n"):
            message = "address and subject of a letter must be one line each"
            raise ValueError(message)


class Waiting(NamedTuple):
    """A queued letter."""

    id: UUID
    recipient: str
    subject: str
    body: str
    created_at: datetime
    tries: int


def queue(session: Session, letter: Letter, *, now: datetime) -> UUID:
    """Send a letter once this transaction is committed: at least once, and not at all if it is not."""
    mail_id = new_id()
    session.execute(
        insert(MailRow).values(
            id=mail_id,
            recipient=letter.recipient,
            subject=letter.subject,
            body=sealed(session, letter.body, of=f"{SEALED}{mail_id}"),
            created_at=now,
            next_try_at=now,
            expires_at=now + min(letter.lasts, KEPT),
            tries=0,
        )
    )
    signal(session, SIGNAL)
    return mail_id


def due(session: Session, now: datetime) -> list[Waiting]:
    """Letters whose time has come, the oldest first; none that nobody can open any more."""
    columns = (getattr(MailRow, name) for name in Waiting._fields)
    query = select(*columns).where(MailRow.next_try_at <= now, MailRow.expires_at > now)
    found = [Waiting(*row) for row in session.execute(query.order_by(MailRow.next_try_at).limit(BATCH))]
    texts = [opened(session, one.body, of=f"{SEALED}{one.id}") for one in found]
    return [one._replace(body=text) for one, text in zip(found, texts, strict=True) if text is not None]


def next_due(session: Session) -> datetime | None:
    """When the next letter is to be tried; None when none waits."""
    return session.execute(select(MailRow.next_try_at).order_by(MailRow.next_try_at).limit(1)).scalar_one_or_none()


def count(session: Session) -> int:
    """How many letters wait."""
    return session.execute(select(func.count()).select_from(MailRow)).scalar_one()


def remove(session: Session, mail_id: UUID) -> None:
    """Forget a letter: it is sent, or never will be."""
    session.execute(delete(MailRow).where(MailRow.id == mail_id))


def put_off(session: Session, mail_id: UUID, until: datetime) -> None:
    """Try a letter again later."""
    session.execute(update(MailRow).where(MailRow.id == mail_id).values(next_try_at=until, tries=MailRow.tries + 1))


def forget_recipient(session: Session, address: str) -> None:
    """Forget all letters to an address."""
    session.execute(delete(MailRow).where(MailRow.recipient == address))


def forget_old(session: Session, now: datetime) -> None:
    """Forget letters that nobody needs any more."""
    session.execute(delete(MailRow).where(MailRow.expires_at <= now))
