"""What the gateway tells of roles and teams, and every block takes in: pseudonymous ids only."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from interlinker_shared.events import Event
from interlinker_shared.roles import Role


class RoleGranted(Event):
    """Somebody, or a team, has a role in a scope from now on, in the place of the one it had there."""

    name: ClassVar[str] = "role.granted.v1"

    scope: str
    holder: str
    role: Role
    until: datetime | None


class RoleRevoked(Event):
    """A holder has no role of its own in a scope any more."""

    name: ClassVar[str] = "role.revoked.v1"

    scope: str
    holder: str


class TeamJoined(Event):
    """A person belongs to a team."""

    name: ClassVar[str] = "team.joined.v1"

    team: UUID
    subject: str


class TeamLeft(Event):
    """A person does not belong to a team any more; nobody does where `subject` is null, for it is dissolved."""

    name: ClassVar[str] = "team.left.v1"

    team: UUID
    subject: str | None


EVENTS: tuple[type[Event], ...] = (RoleGranted, RoleRevoked, TeamJoined, TeamLeft)
