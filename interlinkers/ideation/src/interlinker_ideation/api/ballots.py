"""Ballots of a campaign: cast, change, enter, turnout."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from interlinker_ideation import balloting, store
from interlinker_ideation.voting import BallotPaper, EnteredBallot, Receipt, Turnout
from interlinker_shared.http import Database, MemberHere, ModeratorHere, Now
from interlinker_shared.http.quick import QuickRoute

router = APIRouter(prefix="/campaigns/{campaign_id}", tags=["campaigns"], route_class=QuickRoute)


@router.post("/ballots", status_code=201)
async def enter_ballot(campaign_id: UUID, body: EnteredBallot, db: Database, who: ModeratorHere, now: Now) -> Receipt:
    """Enter a ballot for a voter: from paper, the telephone, or another system. 409 when this voter has voted."""
    return await db.write(balloting.enter_ballot, campaign_id, body, by=who, now=now)


@router.put("/ballot")
async def cast_ballot(campaign_id: UUID, body: BallotPaper, db: Database, who: MemberHere, now: Now) -> Receipt:
    """Cast your ballot, or change it by sending its receipt. 409 when you have voted and send none.

    Send the one field that the campaign's `method` takes: `approvals` (approval, knapsack), `points`, `ranking`, `ratings`
    or `votes` (up-down). The receipt is told once. Whoever holds it can change the ballot until the campaign closes; it
    proves that the ballot is in and cannot show what is on it.
    """
    return await db.write(balloting.cast_ballot, campaign_id, body, by=who, now=now)


@router.get("/ballot")
async def read_turnout(campaign_id: UUID, db: Database, who: MemberHere) -> Turnout:
    """Tell whether you have voted in this campaign."""
    return await db.read(store.read_turnout, campaign_id, who)
