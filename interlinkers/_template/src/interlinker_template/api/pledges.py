"""`/pledges/{asset_id}/entries`: what people pledge."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from interlinker_shared import assets
from interlinker_shared.auth import Principal
from interlinker_shared.db import brief
from interlinker_shared.http import AnyoneHere, Database, Listing, MemberHere, Now, Paging, page_response, public
from interlinker_shared.http.paging import PageOf
from interlinker_shared.http.quick import QuickRoute
from interlinker_shared.text import LanguageTag, Prose, Wire
from interlinker_template import actions, store

router = APIRouter(prefix="/pledges", tags=["pledges"], route_class=QuickRoute)


class PledgeCreate(Wire):
    """What somebody will bring, in words and in whole units."""

    text: Prose
    language: LanguageTag = "en"
    amount: int = Field(0, ge=0, le=1_000_000_000)


class Pledge(BaseModel):
    """One pledge. Who made it is nobody else's business."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    text: str
    language: str
    amount: int
    made_at: datetime


class PledgeMade(BaseModel):
    """The id of a new pledge."""

    id: UUID


@router.post("/{asset_id}/entries", status_code=201)
async def make_pledge(asset_id: UUID, body: PledgeCreate, db: Database, who: MemberHere, now: Now) -> PledgeMade:
    """Pledge something, once per person; 409 the second time or when the drive is closed."""
    return await db.write(_make, asset_id, body, by=who, now=now)


@router.get("/{asset_id}/entries", response_model=Listing[Pledge])
@public
async def list_entries(asset_id: UUID, db: Database, _who: AnyoneHere, page: Paging) -> Response:
    """List pledges in the order they were made."""
    found = await db.read(_page, asset_id, page)
    return page_response(found, page.limit, lambda pledge: [pledge.id])


@brief
def _make(session: Session, asset_id: UUID, body: PledgeCreate, *, by: Principal, now: datetime) -> PledgeMade:
    pledge = actions.make_pledge(
        session, asset_id, text=body.text, language=body.language, amount=body.amount, by=by, now=now
    )
    return PledgeMade(id=pledge)


def _page(session: Session, asset_id: UUID, page: PageOf) -> list[Any]:
    assets.require_shown(session, asset_id)
    return store.page(session, asset_id, page)
