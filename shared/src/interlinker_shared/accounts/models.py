"""Wire models of accounts, and of signing in."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from interlinker_shared.accounts.address import Email
from interlinker_shared.accounts.destination import MAX_NEXT
from interlinker_shared.auth import Assurance, Role
from interlinker_shared.text import Clean, LanguageTag, Wire

AccountRole = Literal[Role.OBSERVER, Role.MEMBER, Role.MODERATOR, Role.OWNER]
Token = Annotated[str, Field(min_length=20, max_length=2000), Clean]
Next = Annotated[str, Field(max_length=MAX_NEXT), Clean]


class Way(StrEnum):
    """How somebody signed in."""

    LINK = "link"
    PASSKEY = "passkey"
    PROVIDER = "provider"
    COMMAND_LINE = "command-line"


class SignIn(Wire):
    """Who wants to sign in, and where to go on afterwards."""

    email: Email
    language: LanguageTag | None = Field(None, description="Of the letter; by default that of the request.")
    next: Next | None = Field(None, description="Path of this service to go on to.")


class SignInRequested(Wire):
    """The same answer for every address."""

    status: Literal["requested"] = "requested"
    expires_in: int = Field(description="Seconds for which the link will be good, if there is an account.")


class Confirmation(Wire):
    """The token of a link."""

    token: Token


class SignedIn(Wire):
    """A session. The token is shown this once; send it as `Authorization: Bearer`."""

    token: str
    expires_at: datetime
    subject: str
    role: Role


class SessionEntry(Wire):
    """One of somebody's sessions."""

    id: UUID
    way: Way
    assurance: Assurance
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    current: bool = Field(description="Whether this request was made with it.")


class InvitationCreate(Wire):
    """Whom to invite, and as what."""

    email: Email
    role: AccountRole = Role.MEMBER
    language: LanguageTag | None = None


class Invitation(Wire):
    """Somebody who may sign in until then and gets this role."""

    id: UUID
    email: str
    role: Role
    language: str
    invited_by: str
    created_at: datetime
    expires_at: datetime


class InvitationSent(Invitation):
    """`link` is null where a letter is on its way; without a mail server it is shown this once, to be passed on."""

    link: str | None


class Account(Wire):
    """Somebody who signs in here. `email` is null for those who come from a provider of identities."""

    subject: str
    email: str | None
    language: str
    role: Role
    created_at: datetime
    last_seen_at: datetime | None


class AccountPatch(Wire):
    """What of an account may change."""

    role: AccountRole


class Passkey(Wire):
    """A passkey of somebody."""

    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None
