"""`/teams`: people who take part together, and what makes them hold roles together."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from interlinker_gateway import models
from interlinker_gateway.actions import people as actions
from interlinker_gateway.store import people as store
from interlinker_shared.audit.acts import administrative
from interlinker_shared.http import Anyone, Database, Listing, Member, Moderator, Now, Paging, listing
from interlinker_shared.http.conditions import IfMatch, required_version
from interlinker_shared.text import Key

router = APIRouter(prefix="/teams", tags=["teams"])
Subject = Annotated[Key, Path(description="Pseudonymous id of a person.")]


@router.post("", status_code=201)
async def create_team(
    body: models.TeamCreate, db: Database, who: Moderator, now: Now, response: Response
) -> models.Team:
    """Add a team, which you lead. As `team:<id>` it can hold roles: see `/grants`."""
    team = await db.write(actions.create_team, body, by=who, now=now)
    response.headers["Location"] = f"teams/{team.id}"
    return _tagged(team, response)


@router.get("")
async def list_teams(db: Database, _who: Anyone, page: Paging) -> Listing[models.Team]:
    """List teams, oldest first. Who belongs to them is for their members to see."""
    return listing(await db.read(store.list_teams, page), page.limit, lambda team: [str(team.id)])


@router.get("/{team_id}")
async def read_team(team_id: UUID, db: Database, _who: Anyone, response: Response) -> models.Team:
    """Read one. Its ETag is what a change needs as If-Match."""
    return _tagged(await db.read(actions.require_team, team_id), response)


@router.patch("/{team_id}")
async def change_team(
    team_id: UUID, body: models.TeamPatch, db: Database, _who: Moderator, response: Response, if_match: IfMatch = None
) -> models.Team:
    """Change it. Needs If-Match; 412 when somebody was faster."""
    version = required_version(if_match)
    return _tagged(await db.write(actions.change_team, team_id, body, version=version), response)


@router.delete("/{team_id}", status_code=204)
async def delete_team(team_id: UUID, db: Database, who: Moderator, now: Now) -> None:
    """Dissolve it: the roles that it holds count for nobody any more."""
    await db.write(actions.delete_team, team_id, by=who, now=now)


@router.get("/{team_id}/members")
async def list_team_members(team_id: UUID, db: Database, who: Member, page: Paging) -> Listing[models.TeamMember]:
    """List who belongs to it, by pseudonymous ids; for its members and for moderators."""
    found = await db.read(actions.list_members, team_id, page, who=who)
    return listing(found, page.limit, lambda member: [member.subject])


@router.put("/{team_id}/members/{subject}")
@administrative
async def put_team_member(
    team_id: UUID, subject: Subject, body: models.TeamMemberPut, db: Database, who: Member, now: Now
) -> models.TeamMember:
    """Let somebody belong to it, within two seconds in every block; for who leads it and for moderators."""
    return await db.write(actions.put_member, team_id, subject, body, by=who, now=now)


@router.delete("/{team_id}/members/{subject}", status_code=204)
@administrative
async def remove_team_member(team_id: UUID, subject: Subject, db: Database, who: Member, now: Now) -> None:
    """Let somebody go, within two seconds in every block; for herself, for who leads the team and for moderators."""
    await db.write(actions.remove_member, team_id, subject, by=who, now=now)


def _tagged(team: models.Team, response: Response) -> models.Team:
    response.headers["ETag"] = f'"{team.version}"'
    return team
