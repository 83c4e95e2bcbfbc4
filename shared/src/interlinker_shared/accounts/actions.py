"""What people do to sign in and out, and what owners do with accounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_shared.accounts import links, store
from interlinker_shared.accounts.destination import safe_next
from interlinker_shared.accounts.letters import Writer
from interlinker_shared.accounts.models import (
    Account,
    AccountPatch,
    InvitationCreate,
    InvitationSent,
    SignIn,
    Way,
)
from interlinker_shared.accounts.secrets import hash_of, key_of, new_token
from interlinker_shared.auth import Assurance, Role
from interlinker_shared.errors import ConflictError, InvalidError, NotFoundError, TooManyError
from interlinker_shared.ids import new_id
from interlinker_shared.mail import store as mail

PREFIX = "ils_"
MOST_OF_CLIENT = 20  # requests for a link within a quarter of an hour
MOST_OF_ADDRESS = 5  # letters to one address in that time; what is beyond is not sent, and nobody is told


class LinkUsedError(InvalidError):
    slug = "link-used"


class AccountKnownError(ConflictError):
    slug = "account-known"


class LastOwnerError(ConflictError):
    slug = "last-owner"


@dataclass(frozen=True)
class Entered:
    """Somebody has signed in: her token, shown this once, and where she wanted to go."""

    subject: str
    role: Role
    expires_at: datetime
    next: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class Asking:
    """Who asks for a link, and how: `client` is an address, None for our own machines; `secret` is the service's."""

    client: str | None
    language: str
    secret: str = field(repr=False)


def request_sign_in(session: Session, body: SignIn, asking: Asking, *, now: datetime) -> None:
    """Note that somebody asked for a link. Whether there is an account is looked up later, by nobody who waits for it."""
    client_key = key_of(asking.secret, "client", asking.client) if asking.client else None
    if client_key and links.count_of_client(session, client_key, now) >= MOST_OF_CLIENT:
        message = "You have asked for many links. Wait a quarter of an hour, then try again."
        raise TooManyError(message, retry_after=int(links.WINDOW.total_seconds()))
    links.keep_request(
        session,
        email=body.email,
        email_key=email_key(asking.secret, body.email),
        client_key=client_key,
        language=body.language or asking.language,
        next_path=body.next,
        now=now,
    )


def email_key(secret: str, email: str) -> str:
    """What is kept of an address to count requests for it."""
    return key_of(secret, "email", email)


def deal_with(session: Session, request: links.Asked, writer: Writer, *, sign_up: bool, now: datetime) -> None:
    """Queue a letter with a link for somebody who has an account or may have one; otherwise do nothing."""
    links.dealt_with(session, request.id)
    email, lasts = request.email, links.LINK_LASTS
    if links.count_before(session, request) >= MOST_OF_ADDRESS or not _may_enter(
        session, email, sign_up=sign_up, now=now
    ):
        return
    token = new_token()
    links.add_link(
        session,
        hash_of(token),
        purpose=links.Purpose.SIGN_IN,
        email=email,
        next_path=request.next,
        now=now,
        lasts=lasts,
    )
    mail.queue(session, writer.sign_in(email, token, request.language), now=now)


def confirm_link(session: Session, token: str, *, language: str, sign_up: bool, now: datetime) -> Entered:
    """Sign in with a link, once; whoever was invited has an account from now on. Raises LinkUsedError."""
    link = links.use_link(session, hash_of(token), now)
    account = store.find_by_email(session, link.email) if link is not None else None
    if link is not None and account is None:
        account = _first_time(session, link.email, language=language, sign_up=sign_up, now=now)
    if link is None or account is None:
        message = "This link is good for nothing any more. Ask for a new one."
        raise LinkUsedError(message, pointer="/token")
    return enter(session, account, way=Way.LINK, next_path=link.next, now=now)


def enter(
    session: Session,
    account: Account,
    *,
    way: Way,
    now: datetime,
    next_path: str | None = None,
    assurance: Assurance = Assurance.LOW,
) -> Entered:
    """A new session for an account."""
    token = new_token(PREFIX)
    expires = store.add_session(session, hash_of(token), account.subject, way=way, assurance=assurance, now=now)
    return Entered(account.subject, account.role, expires, safe_next(next_path), token)


def become_owner(session: Session, email: str, *, jti: str, until: datetime, language: str, now: datetime) -> Entered:
    """Whoever has a link from the command line is an owner from now on, and signed in. Raises LinkUsedError."""
    if not links.spend(session, hash_of(jti), until=until):
        message = "This link has been used. Make a new one on the command line."
        raise LinkUsedError(message, pointer="/token")
    account = store.find_by_email(session, email)
    if account is None:
        account = _add(session, email, Role.OWNER, language=language, now=now)
    elif account.role is not Role.OWNER:
        store.change_role(session, account.subject, Role.OWNER)
        account = account.model_copy(update={"role": Role.OWNER})
    store.remove_invitations_of(session, email)
    return enter(session, account, way=Way.COMMAND_LINE, now=now)


def create_invitation(
    session: Session, body: InvitationCreate, writer: Writer, *, by: str, language: str, by_mail: bool, now: datetime
) -> InvitationSent:
    """Invite somebody, or anew: earlier links to her end. Raises AccountKnownError for who has an account."""
    if store.find_by_email(session, body.email) is not None:
        message = "This address has an account already. Change its role there."
        raise AccountKnownError(message)
    wanted = body.language or language
    invitation = store.keep_invitation(session, body.email, role=body.role, language=wanted, invited_by=by, now=now)
    links.remove_links(session, body.email)
    token, purpose = new_token(), links.Purpose.INVITATION
    links.add_link(
        session,
        hash_of(token),
        purpose=purpose,
        email=body.email,
        next_path=None,
        now=now,
        lasts=store.INVITATION_LASTS,
    )
    if by_mail:
        mail.queue(session, writer.invitation(body.email, token, wanted), now=now)
    link = None if by_mail else writer.link(token, wanted)
    return InvitationSent(**invitation.model_dump(), link=link)


def delete_invitation(session: Session, invitation_id: UUID) -> None:
    """Take an invitation back, with the links to it."""
    email = store.remove_invitation(session, invitation_id)
    if email is None:
        raise NotFoundError
    links.remove_links(session, email)
    mail.forget_recipient(session, email)


def change_account(session: Session, subject: str, body: AccountPatch) -> Account:
    """Give somebody another role, from now on. Raises LastOwnerError when nobody would be an owner any more."""
    account = store.find_account(session, subject)
    if account is None:
        raise NotFoundError
    if account.role is Role.OWNER and body.role is not Role.OWNER and store.count_owners(session) <= 1:
        message = "There must be an owner. Make somebody else one first."
        raise LastOwnerError(message)
    store.change_role(session, subject, body.role)
    return account.model_copy(update={"role": body.role})


def end_session(session: Session, subject: str, session_id: UUID) -> None:
    """End one of somebody's own sessions."""
    if not store.end_session(session, subject, session_id):
        raise NotFoundError


def export_subject(session: Session, subject: str, now: datetime) -> dict[str, Any]:
    """All that is held about a subject here; empty for somebody without an account."""
    account = store.find_account(session, subject)
    if account is None:
        return {}
    sessions = store.sessions_of(session, subject, now, None)
    passkeys = store.passkeys_of(session, subject)
    return {
        "account": account.model_dump(mode="json"),
        "sessions": [entry.model_dump(mode="json", exclude={"current"}) for entry in sessions],
        "passkeys": [entry.model_dump(mode="json") for entry in passkeys],
    }


def erase_subject(session: Session, subject: str, secret: str) -> None:
    """Forget an account: its address, sessions, passkeys, and links and letters that are under way."""
    account = store.find_account(session, subject)
    if account is None:
        return
    store.remove_account(session, subject)
    if account.email is not None:
        store.remove_invitations_of(session, account.email)
        links.remove_links(session, account.email)
        links.forget_requests(session, email_key(secret, account.email))
        mail.forget_recipient(session, account.email)


def _may_enter(session: Session, email: str, *, sign_up: bool, now: datetime) -> bool:
    known = store.find_by_email(session, email) is not None
    return known or sign_up or store.find_invitation(session, email, now) is not None


def _first_time(session: Session, email: str, *, language: str, sign_up: bool, now: datetime) -> Account | None:
    invitation = store.find_invitation(session, email, now)
    if invitation is None and not sign_up:
        return None
    store.remove_invitations_of(session, email)
    role = invitation.role if invitation is not None else Role.MEMBER
    return _add(session, email, role, language=language, now=now)


def _add(session: Session, email: str, role: Role, *, language: str, now: datetime) -> Account:
    return store.add_account(session, f"acc-{new_id().hex}", email=email, role=role, language=language, now=now)
