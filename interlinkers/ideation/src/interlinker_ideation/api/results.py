"""What a closed campaign publishes for anybody to count again: the bundle, the verifier, and how far the count is."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from interlinker_ideation import publishing
from interlinker_ideation.publishing import CountProgress
from interlinker_shared import assets
from interlinker_shared.http import AnyoneHere, Database
from interlinker_shared.limits.rates import costly
from interlinker_shared.state import Kit

router = APIRouter(prefix="/campaigns/{campaign_id}/result", tags=["campaigns"])

ZIP = "application/zip"
PYTHON = "text/x-python"


@router.get("/bundle", response_class=StreamingResponse, responses={200: {"content": {ZIP: {}}}})
@costly
async def read_bundle(campaign_id: UUID, request: Request, db: Database, _who: AnyoneHere) -> StreamingResponse:
    """Download what the result was computed from, once the campaign is closed: rule, anonymised ballots, outcome, hash, verifier.

    409 before the close; 503 with Retry-After while the ballots are being counted.
    """
    campaign = await db.read(assets.require, campaign_id)
    await db.read(publishing.require_bundle, campaign)
    kit: Kit = request.app.state.kit
    chunks = kit.db.stream(publishing.zipped, campaign)
    name = f'attachment; filename="result-{campaign_id}.zip"'
    return StreamingResponse(chunks, media_type=ZIP, headers={"Content-Disposition": name})


@router.get("/verifier", responses={200: {"content": {PYTHON: {}}}}, response_class=Response)
async def read_verifier(campaign_id: UUID, db: Database, _who: AnyoneHere) -> Response:
    """Download the program that computes a result again, offline, with nothing but Python."""
    await db.read(assets.require, campaign_id)
    name = 'attachment; filename="verify_result.py"'
    return Response(publishing.verifier(), media_type=PYTHON, headers={"Content-Disposition": name})


@router.get("/progress")
async def read_count_progress(campaign_id: UUID, db: Database, _who: AnyoneHere) -> CountProgress:
    """Tell how far the count of a closed campaign is."""
    return await db.read(publishing.read_progress, campaign_id)
