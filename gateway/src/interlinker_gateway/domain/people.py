"""Who takes part in co-production: four kinds of stakeholder, in teams, some of them of organisations. Pure."""

from __future__ import annotations

from enum import StrEnum

from interlinker_shared.errors import ConflictError, ForbiddenError

MOST_MEMBERS = 10_000


class Stakeholder(StrEnum):
    """The four sides of a co-production."""

    CITIZENS = "citizens"
    PUBLIC_ADMINISTRATION = "public-administration"
    NON_PROFIT = "non-profit"
    BUSINESS = "business"


class TeamFullError(ConflictError):
    """The team takes no more members."""

    slug = "team-full"


class TeamsRemainError(ConflictError):
    """An organisation with teams cannot be deleted."""

    slug = "teams-remain"


class NotALeadError(ForbiddenError):
    """Only those who lead a team, and moderators, change who belongs to it."""

    slug = "not-a-lead"


def require_lead(*, leads: bool, moderates: bool) -> None:
    """Let those in who lead the team or look after all of them."""
    if not (leads or moderates):
        raise NotALeadError("Only somebody who leads this team, or a moderator, can change who belongs to it.")


def require_room(members: int) -> None:
    """Keep teams at a size that every block can hold."""
    if members >= MOST_MEMBERS:
        message = f"This team has {MOST_MEMBERS} members, and takes no more. Make another one."
        raise TeamFullError(message)
