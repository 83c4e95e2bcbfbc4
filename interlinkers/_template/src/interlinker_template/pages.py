"""The drive as a page: how it stands, as text and as a table."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from interlinker_shared import assets
from interlinker_shared.http import AnyoneHere, Database, public
from interlinker_shared.pages import Pages
from interlinker_template import store

PAGES = Pages("interlinker_template", name={"en": "Pledges", "es": "Compromisos", "de": "Zusagen"})
SHOWN = 100

router = APIRouter(tags=["pages"], default_response_class=HTMLResponse)


@router.get("/pledges/{asset_id}/view")
@public
async def view_pledges(asset_id: UUID, request: Request, db: Database, _who: AnyoneHere) -> HTMLResponse:
    """The drive as an accessible page."""
    return PAGES.render(request, "pledges.html", **await db.read(_drive, asset_id))


def _drive(session: Session, asset_id: UUID) -> dict[str, Any]:
    asset = assets.require(session, asset_id)
    count, amount = store.sums(session, asset.id)
    return {
        "asset": asset,
        "pledges": store.first(session, asset.id, SHOWN),
        "count": count,
        "amount": amount,
    }
