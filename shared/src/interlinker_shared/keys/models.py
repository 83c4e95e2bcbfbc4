"""Wire models of API keys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from interlinker_shared.auth import Role
from interlinker_shared.text import Line, Wire

KeyRole = Annotated[
    Literal[Role.OBSERVER, Role.MEMBER, Role.MODERATOR, Role.OWNER],
    Field(description="What it may do at most; take the least that is enough."),
]


class ApiKeyCreate(Wire):
    """What a new key may do. Without `asset` it is good for all of this service; without `expires_at` until it is revoked."""

    name: Line
    role: KeyRole = Role.MEMBER
    asset: UUID | None = None
    read_only: bool = False
    expires_at: AwareDatetime | None = None


class ApiKey(Wire):
    """A key, without what it is. What it does stands under the name `key-` and its id without hyphens."""

    id: UUID
    name: str
    role: Role
    asset: UUID | None
    read_only: bool
    created_at: datetime
    created_by: str | None
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="Noted at most once a minute.")


class NewApiKey(ApiKey):
    """A key with what to send as `Authorization: Bearer`, which is shown this once; null where a request is repeated."""

    key: str | None = None
