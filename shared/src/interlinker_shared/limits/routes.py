"""`/challenge`: what people without an account solve before they write."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from interlinker_shared.http.dependencies import Anyone, Now
from interlinker_shared.limits.challenge import Challenge
from interlinker_shared.limits.guests import new_challenge

router = APIRouter(tags=["guests"])


@router.get("/challenge")
async def read_challenge(request: Request, response: Response, _who: Anyone, now: Now) -> Challenge:
    """Get a challenge (ALTCHA, version 1): valid for 20 minutes, and for one write without an account (`X-Altcha-Payload`)."""
    response.headers["Cache-Control"] = "no-store"
    return new_challenge(request.app.state.kit, now)
