"""Accounts, sessions and invitations: tables and queries."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from interlinker_shared.accounts.models import Account, Invitation, Passkey, SessionEntry, Way
from interlinker_shared.auth import REVOKED, Assurance, Role
from interlinker_shared.db import SharedBase, UtcDateTime, signal, upsert
from interlinker_shared.db.hot import Hot
from interlinker_shared.http.paging import PageOf, bad_cursor
from interlinker_shared.ids import new_id

SESSION_LASTS = timedelta(days=30)  # since it was last used
INVITATION_LASTS = timedelta(days=14)


class AccountRow(SharedBase):
    """Somebody who signs in here: the only place where an e-mail address is kept."""

    __tablename__ = "accounts"

    subject: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(unique=True)
    language: Mapped[str]
    role: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SessionRow(SharedBase):
    """Somebody signed in with one browser or program."""

    __tablename__ = "account_sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    subject: Mapped[str] = mapped_column(index=True)
    way: Mapped[str]
    assurance: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class InvitationRow(SharedBase):
    """Somebody who may sign in, and has not yet."""

    __tablename__ = "invitations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    language: Mapped[str]
    invited_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PasskeyRow(SharedBase):
    """A public key that somebody signs in with; `id` is the credential's, in base64url."""

    __tablename__ = "passkeys"

    id: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    public_key: Mapped[str]
    sign_count: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Live(NamedTuple):
    """A session that is good, with the role that its account has now."""

    id: UUID
    subject: str
    role: Role
    assurance: Assurance
    last_seen_at: datetime
    expires_at: datetime


_accounts = cast("Table", AccountRow.__table__)
_sessions = cast("Table", SessionRow.__table__)
_live = Hot(
    select(
        _sessions.c.id,
        _sessions.c.subject,
        _accounts.c.role,
        _sessions.c.assurance,
        _sessions.c.last_seen_at,
        _sessions.c.expires_at,
    )
    .join(_accounts, _accounts.c.subject == _sessions.c.subject)
    .where(_sessions.c.token_hash == bindparam("token_hash"))
)


# --- accounts ----------------------------------------------------------------------------------------------------------


def find_account(session: Session, subject: str) -> Account | None:
    """The account of a subject."""
    row = session.execute(select(_accounts).where(_accounts.c.subject == subject)).first()
    return _as_account(row) if row is not None else None


def find_by_email(session: Session, email: str) -> Account | None:
    """The account that an address belongs to."""
    row = session.execute(select(_accounts).where(_accounts.c.email == email)).first()
    return _as_account(row) if row is not None else None


def page_of_accounts(session: Session, page: PageOf) -> list[Account]:
    """Up to `limit + 1` accounts, oldest first."""
    query = select(_accounts).order_by(_accounts.c.created_at, _accounts.c.subject)
    if page.cursor is not None:
        if len(page.cursor) != 1:
            raise bad_cursor()
        last = select(_accounts.c.created_at).where(_accounts.c.subject == page.cursor[0]).scalar_subquery()
        query = query.where(
            (_accounts.c.created_at > last)
            | ((_accounts.c.created_at == last) & (_accounts.c.subject > page.cursor[0]))
        )
    return [_as_account(row) for row in session.execute(query.limit(page.limit + 1))]


def add_account(
    session: Session, subject: str, *, email: str | None, role: Role, language: str, now: datetime
) -> Account:
    """A new account."""
    account = Account(subject=subject, email=email, role=role, language=language, created_at=now, last_seen_at=None)
    session.execute(insert(AccountRow).values(**account.model_dump() | {"role": role.value}))
    return account


def change_role(session: Session, subject: str, role: Role) -> None:
    """Another role, from the commit on."""
    session.execute(update(AccountRow).where(AccountRow.subject == subject).values(role=role.value))
    signal(session, REVOKED)


def count_owners(session: Session) -> int:
    """How many owners there are."""
    query = select(func.count()).select_from(AccountRow).where(AccountRow.role == Role.OWNER.value)
    return session.execute(query).scalar_one()


def remove_account(session: Session, subject: str) -> None:
    """Forget an account and all that hangs on it."""
    for row in (SessionRow, PasskeyRow, AccountRow):
        session.execute(delete(row).where(row.subject == subject))
    signal(session, REVOKED)


# --- sessions ----------------------------------------------------------------------------------------------------------


def add_session(
    session: Session, token_hash: str, subject: str, *, way: Way, assurance: Assurance, now: datetime
) -> datetime:
    """A new session; returns when it ends unless it is used."""
    expires = now + SESSION_LASTS
    values = {"id": new_id(), "token_hash": token_hash, "subject": subject, "way": way.value}
    times = {"created_at": now, "last_seen_at": now, "expires_at": expires}
    session.execute(insert(SessionRow).values(**values, assurance=assurance.value, **times))
    session.execute(update(AccountRow).where(AccountRow.subject == subject).values(last_seen_at=now))
    return expires


def live_session(session: Session, token_hash: str, now: datetime) -> Live | None:
    """The session of a token while it is good."""
    row = _live.first(session, token_hash=token_hash)
    if row is None:
        return None
    found = Live(
        row.id, row.subject, Role(row.role), Assurance(row.assurance), _aware(row.last_seen_at), _aware(row.expires_at)
    )
    return found if found.expires_at > now else None


def touch_session(session: Session, session_id: UUID, subject: str, now: datetime) -> None:
    """Note that a session is used, which makes it last longer."""
    times = {"last_seen_at": now, "expires_at": now + SESSION_LASTS}
    session.execute(update(SessionRow).where(SessionRow.id == session_id, SessionRow.expires_at > now).values(**times))
    session.execute(update(AccountRow).where(AccountRow.subject == subject).values(last_seen_at=now))


def sessions_of(session: Session, subject: str, now: datetime, current: str | None) -> list[SessionEntry]:
    """The good sessions of a subject, the newest first; `current` is the hash of the token that asks."""
    query = select(_sessions).where(_sessions.c.subject == subject, _sessions.c.expires_at > now)
    return [
        SessionEntry(
            id=row.id,
            way=Way(row.way),
            assurance=Assurance(row.assurance),
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            expires_at=row.expires_at,
            current=row.token_hash == current,
        )
        for row in session.execute(query.order_by(_sessions.c.created_at.desc()))
    ]


def end_session(session: Session, subject: str, session_id: UUID) -> bool:
    """End one of somebody's sessions; False when there is no such one."""
    where = (SessionRow.id == session_id, SessionRow.subject == subject)
    ended = session.execute(delete(SessionRow).where(*where).returning(SessionRow.id)).first() is not None
    signal(session, REVOKED)
    return ended


def end_session_of_token(session: Session, token_hash: str) -> None:
    """End the session of a token."""
    session.execute(delete(SessionRow).where(SessionRow.token_hash == token_hash))
    signal(session, REVOKED)


def end_sessions(session: Session, subject: str) -> None:
    """End all sessions of somebody."""
    session.execute(delete(SessionRow).where(SessionRow.subject == subject))
    signal(session, REVOKED)


# --- invitations -------------------------------------------------------------------------------------------------------


def keep_invitation(
    session: Session, email: str, *, role: Role, language: str, invited_by: str, now: datetime
) -> Invitation:
    """Invite an address, or anew with another role."""
    values: dict[str, Any] = {"role": role.value, "language": language, "invited_by": invited_by}
    values |= {"id": new_id(), "created_at": now, "expires_at": now + INVITATION_LASTS}
    statement = upsert(InvitationRow).values(email=email, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["email"], set_=values))
    return Invitation(email=email, **values)


def find_invitation(session: Session, email: str, now: datetime) -> Invitation | None:
    """The invitation of an address while it is good."""
    table = cast("Table", InvitationRow.__table__)
    row = session.execute(select(table).where(table.c.email == email, table.c.expires_at > now)).first()
    return Invitation.model_validate(row._asdict()) if row is not None else None


def page_of_invitations(session: Session, page: PageOf, now: datetime) -> list[Invitation]:
    """Up to `limit + 1` good invitations, oldest first."""
    table = cast("Table", InvitationRow.__table__)
    query = select(table).where(table.c.expires_at > now).order_by(table.c.id)
    if page.cursor is not None:
        query = query.where(table.c.id > _id_of(page.cursor))
    return [Invitation.model_validate(row._asdict()) for row in session.execute(query.limit(page.limit + 1))]


def remove_invitation(session: Session, invitation_id: UUID) -> str | None:
    """Forget an invitation; returns its address, None when there is no such one."""
    gone = delete(InvitationRow).where(InvitationRow.id == invitation_id).returning(InvitationRow.email)
    return session.execute(gone).scalar_one_or_none()


def remove_invitations_of(session: Session, email: str) -> None:
    """Forget the invitation of an address."""
    session.execute(delete(InvitationRow).where(InvitationRow.email == email))


# --- passkeys ----------------------------------------------------------------------------------------------------------


def passkeys_of(session: Session, subject: str) -> list[Passkey]:
    """The passkeys of a subject, oldest first."""
    columns = (getattr(PasskeyRow, name) for name in Passkey.model_fields)
    query = select(*columns).where(PasskeyRow.subject == subject).order_by(PasskeyRow.created_at)
    return [Passkey.model_validate(row._asdict()) for row in session.execute(query)]


def forget_expired(session: Session, now: datetime) -> None:
    """Forget sessions and invitations that are over."""
    for row in (SessionRow, InvitationRow):
        session.execute(delete(row).where(row.expires_at <= now))


def _as_account(row: Any) -> Account:
    return Account.model_validate(row._asdict())


def _aware(moment: Any) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.fromisoformat(moment)


def _id_of(cursor: list[str]) -> UUID:
    try:
        (text,) = cursor
        return UUID(text)
    except ValueError as error:
        raise bad_cursor() from error
