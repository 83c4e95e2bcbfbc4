"""Organisations, teams and who belongs to them; blocks learn of every change by an event."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_gateway.domain.people import TeamsRemainError, require_lead, require_room
from interlinker_gateway.models import (
    Organisation,
    OrganisationCreate,
    OrganisationPatch,
    Team,
    TeamCreate,
    TeamMember,
    TeamMemberPut,
    TeamPatch,
)
from interlinker_gateway.store import people as store
from interlinker_shared.auth import Principal, Role
from interlinker_shared.errors import InvalidError, NotFoundError, PreconditionError
from interlinker_shared.events import record
from interlinker_shared.grants import store as grants
from interlinker_shared.grants.events import TeamJoined, TeamLeft
from interlinker_shared.ids import new_id


def create_organisation(session: Session, body: OrganisationCreate, *, now: datetime) -> Organisation:
    """Add one."""
    organisation_id = new_id()
    store.add_organisation(session, body.model_dump() | {"id": organisation_id, "version": 1, "created_at": now})
    return require_organisation(session, organisation_id)


def change_organisation(
    session: Session, organisation_id: UUID, body: OrganisationPatch, *, version: int
) -> Organisation:
    """Change what the body names; PreconditionError when somebody was faster."""
    _expect(require_organisation(session, organisation_id).version, version)
    store.change_organisation(session, organisation_id, body.model_dump(exclude_unset=True))
    return require_organisation(session, organisation_id)


def delete_organisation(session: Session, organisation_id: UUID) -> None:
    """Delete one; TeamsRemainError while it has teams."""
    require_organisation(session, organisation_id)
    if store.has_teams(session, organisation_id):
        raise TeamsRemainError("This organisation has teams. Move or delete them first.")
    store.remove_organisation(session, organisation_id)


def create_team(session: Session, body: TeamCreate, *, by: Principal, now: datetime) -> Team:
    """Add a team that its maker leads."""
    _check_organisation(session, body.organisation)
    team_id = new_id()
    store.add_team(session, body.model_dump() | {"id": team_id, "version": 1, "created_at": now})
    _join(session, team_id, by.known(), lead=True, by=by, now=now)
    return require_team(session, team_id)


def change_team(session: Session, team_id: UUID, body: TeamPatch, *, version: int) -> Team:
    """Change what the body names; PreconditionError when somebody was faster."""
    _expect(require_team(session, team_id).version, version)
    values: dict[str, Any] = body.model_dump(exclude_unset=True)
    _check_organisation(session, values.get("organisation"))
    store.change_team(session, team_id, values)
    return require_team(session, team_id)


def delete_team(session: Session, team_id: UUID, *, by: Principal, now: datetime) -> None:
    """Dissolve a team: what it holds counts for nobody any more."""
    require_team(session, team_id)
    store.remove_team(session, team_id)
    grants.leave(session, team_id)
    record(session, TeamLeft(team=team_id, subject=None), aggregate=team_id, actor=by.subject, now=now)


def put_member(
    session: Session, team_id: UUID, subject: str, body: TeamMemberPut, *, by: Principal, now: datetime
) -> TeamMember:
    """Let somebody belong to a team, or change whether she leads it."""
    require_team(session, team_id)
    _require_lead(session, team_id, by)
    if store.member(session, team_id, subject) is None:
        require_room(store.count_members(session, team_id))
    return _join(session, team_id, subject, lead=body.lead, by=by, now=now)


def remove_member(session: Session, team_id: UUID, subject: str, *, by: Principal, now: datetime) -> None:
    """Let somebody not belong to a team any more. Everybody may leave; the others are shown out by who leads."""
    require_team(session, team_id)
    if by.subject != subject:
        _require_lead(session, team_id, by)
    if store.member(session, team_id, subject) is None:
        raise NotFoundError
    store.remove_member(session, team_id, subject)
    grants.leave(session, team_id, [subject])
    record(session, TeamLeft(team=team_id, subject=subject), aggregate=team_id, actor=by.subject, now=now)


def list_members(session: Session, team_id: UUID, page: Any, *, who: Principal) -> list[TeamMember]:
    """Who belongs to a team: for its members and for moderators."""
    require_team(session, team_id)
    if store.member(session, team_id, who.known()) is None:
        require_lead(leads=False, moderates=who.may(Role.MODERATOR))
    return store.list_members(session, team_id, page)


def forget(session: Session, subject: str, *, now: datetime) -> None:
    """Take a person out of all her teams."""
    for team_id in store.teams_of(session, subject):
        store.remove_member(session, team_id, subject)
        record(session, TeamLeft(team=team_id, subject=subject), aggregate=team_id, now=now)


def require_organisation(session: Session, organisation_id: UUID) -> Organisation:
    """One by its id; NotFoundError without it."""
    found = store.organisation(session, organisation_id)
    if found is None:
        raise NotFoundError
    return found


def require_team(session: Session, team_id: UUID) -> Team:
    """One by its id; NotFoundError without it."""
    found = store.team(session, team_id)
    if found is None:
        raise NotFoundError
    return found


def _join(session: Session, team_id: UUID, subject: str, *, lead: bool, by: Principal, now: datetime) -> TeamMember:
    known = store.member(session, team_id, subject)
    store.put_member(session, team_id, subject, lead=lead, now=now)
    if known is None:
        grants.join(session, team_id, subject)
        record(session, TeamJoined(team=team_id, subject=subject), aggregate=team_id, actor=by.subject, now=now)
    found = store.member(session, team_id, subject)
    if found is None:
        raise NotFoundError
    return found


def _require_lead(session: Session, team_id: UUID, by: Principal) -> None:
    own = store.member(session, team_id, by.known())
    require_lead(leads=own is not None and own.lead, moderates=by.may(Role.MODERATOR))


def _check_organisation(session: Session, organisation_id: UUID | None) -> None:
    if organisation_id is not None and store.organisation(session, organisation_id) is None:
        raise InvalidError("There is no such organisation.", slug="unknown-organisation", pointer="/organisation")


def _expect(is_at: int, version: int) -> None:
    if is_at != version:
        message = (
            f"This was changed meanwhile (version {is_at}, not {version}). Read it again, then repeat your change."
        )
        raise PreconditionError(message)
