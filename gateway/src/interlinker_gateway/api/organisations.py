"""`/organisations`: the bodies that have teams."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from interlinker_gateway import models
from interlinker_gateway.actions import people as actions
from interlinker_gateway.store import people as store
from interlinker_shared.http import Anyone, Database, Listing, Moderator, Now, Owner, Paging, listing
from interlinker_shared.http.conditions import IfMatch, required_version

router = APIRouter(prefix="/organisations", tags=["organisations"])


@router.post("", status_code=201)
async def create_organisation(
    body: models.OrganisationCreate, db: Database, _who: Moderator, now: Now, response: Response
) -> models.Organisation:
    """Add an organisation."""
    organisation = await db.write(actions.create_organisation, body, now=now)
    response.headers["Location"] = f"organisations/{organisation.id}"
    return _tagged(organisation, response)


@router.get("")
async def list_organisations(db: Database, _who: Anyone, page: Paging) -> Listing[models.Organisation]:
    """List organisations, oldest first."""
    return listing(await db.read(store.list_organisations, page), page.limit, lambda found: [str(found.id)])


@router.get("/{organisation_id}")
async def read_organisation(
    organisation_id: UUID, db: Database, _who: Anyone, response: Response
) -> models.Organisation:
    """Read one. Its ETag is what a change needs as If-Match."""
    return _tagged(await db.read(actions.require_organisation, organisation_id), response)


@router.patch("/{organisation_id}")
async def change_organisation(
    organisation_id: UUID,
    body: models.OrganisationPatch,
    db: Database,
    _who: Moderator,
    response: Response,
    if_match: IfMatch = None,
) -> models.Organisation:
    """Change it. Needs If-Match; 412 when somebody was faster."""
    version = required_version(if_match)
    return _tagged(await db.write(actions.change_organisation, organisation_id, body, version=version), response)


@router.delete("/{organisation_id}", status_code=204)
async def delete_organisation(organisation_id: UUID, db: Database, _who: Owner) -> None:
    """Delete it; 409 while it has teams."""
    await db.write(actions.delete_organisation, organisation_id)


def _tagged(organisation: models.Organisation, response: Response) -> models.Organisation:
    response.headers["ETag"] = f'"{organisation.version}"'
    return organisation
