"""Wire models of grants."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field

from interlinker_shared.grants.domain import depth_of
from interlinker_shared.roles import Role
from interlinker_shared.text import Key, Wire


def _a_scope(value: str) -> str:
    depth_of(value)
    return value


Scope = Annotated[
    Key,
    AfterValidator(_a_scope),
    Field(description="`block`, `process:<id>`, `task:<process>/<task>` or `asset:<id>`; the innermost one decides."),
]
HolderId = Annotated[Key, Field(description="A pseudonymous subject id, or a team as `team:<id>`.")]


class GrantCreate(Wire):
    """A role for somebody in a scope; it takes the place of the one that she holds there. `public` takes what outer scopes give."""

    scope: Scope
    holder: HolderId
    role: Role
    until: AwareDatetime | None = Field(None, description="When it ends by itself.")


class Granted(Wire):
    """A grant. `origin` is `here`, or the service that told of it: such a one changes there only."""

    id: UUID
    scope: str
    holder: str
    role: Role
    until: datetime | None
    origin: str
    granted_by: str | None
    granted_at: datetime

    @classmethod
    def of(cls, row: Any) -> Granted:
        """The wire model of a row."""
        return cls.model_validate(row, from_attributes=True)


class RoleHere(Wire):
    """What the caller may do in a scope, and why: the grants that she holds along the way, outermost first."""

    scope: str
    role: Role
    grants: list[Granted]
