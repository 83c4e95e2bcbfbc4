"""The phases of a campaign as they are at this moment."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.orm import Session

from interlinker_ideation.asked import PhaseNow, PhasesNow
from interlinker_ideation.phases import Deed, may, standing
from interlinker_ideation.wire import CampaignConfig
from interlinker_shared.assets import State, require
from interlinker_shared.http import AnyoneHere, Database, Now

router = APIRouter(prefix="/campaigns/{campaign_id}", tags=["campaigns"])


@router.get("/phases")
async def read_phases(campaign_id: UUID, db: Database, _who: AnyoneHere, now: Now) -> PhasesNow:
    """Tell which phases run now, and what people may do. A campaign without phases is governed by its gates."""
    return await db.read(_phases, campaign_id, now)


def _phases(session: Session, campaign_id: UUID, now: datetime) -> PhasesNow:
    campaign = require(session, campaign_id)
    phases = CampaignConfig.of(campaign).phases
    told = [PhaseNow(**phase.model_dump(), standing=standing(phase, now)) for phase in phases]
    open_ = campaign.state is State.OPEN and (campaign.closes_at is None or now < campaign.closes_at)
    return PhasesNow(at=now, phases=told, possible=[deed for deed in Deed if open_ and may(phases, deed, now)])
