"""Ideas of a campaign and the support that they get."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from interlinker_ideation import actions, moderated, store
from interlinker_ideation.domain import Sort
from interlinker_ideation.wire import Assessment, Idea, IdeaCreate, Support
from interlinker_shared.http import (
    AnyoneHere,
    Database,
    Listing,
    MemberHere,
    ModeratorHere,
    Now,
    Paging,
    page_response,
    public,
)
from interlinker_shared.http.quick import QuickRoute
from interlinker_shared.limits.guests import takes_guests
from interlinker_shared.moderation import Decision, Removal

router = APIRouter(prefix="/campaigns/{campaign_id}", tags=["campaigns"], route_class=QuickRoute)

SortBy = Annotated[Sort, Query(description="Newest first, or most supported first.")]


@router.post("/ideas", status_code=201)
@takes_guests
async def submit_idea(
    campaign_id: UUID, body: IdeaCreate, db: Database, who: AnyoneHere, now: Now, response: Response
) -> Idea:
    """Submit an idea; without an account only where the campaign takes guests. Only moderators set a cost."""
    idea = await db.write(actions.submit_idea, campaign_id, body, by=who, now=now)
    response.headers["Location"] = f"ideas/{idea.id}"
    return idea


@router.get("/ideas", response_model=Listing[Idea])
@public
async def list_ideas(
    campaign_id: UUID, db: Database, _who: AnyoneHere, page: Paging, sort: SortBy = Sort.NEWEST
) -> Response:
    """List the ideas of a campaign."""
    found = await db.read(store.page_of_ideas, campaign_id, sort=sort, page=page)
    return page_response(found, page.limit, lambda idea: store.sort_keys(idea.support, idea.number, sort))


@router.get(
    "/ideas/{idea_id}", response_model=Idea, responses={308: {"description": "It was merged into another idea."}}
)
@public
async def read_idea(campaign_id: UUID, idea_id: UUID, db: Database, _who: AnyoneHere) -> Response:
    """Read an idea. The address of one that was merged into another leads to that one."""
    idea = await db.read(store.read_idea, campaign_id, idea_id)
    if idea.id == idea_id:
        return Response(idea.model_dump_json(), media_type="application/json")
    return Response(idea.model_dump_json(), 308, {"Location": str(idea.id)}, "application/json")


@router.patch("/ideas/{idea_id}")
async def assess_idea(
    campaign_id: UUID, idea_id: UUID, body: Assessment, db: Database, who: ModeratorHere, now: Now
) -> Idea:
    """Set what an idea would cost, in whole units of the campaign's currency."""
    return await db.write(actions.assess_idea, campaign_id, idea_id, body, now=now)


@router.delete("/ideas/{idea_id}", status_code=204)
async def withdraw_idea(campaign_id: UUID, idea_id: UUID, db: Database, who: MemberHere, now: Now) -> None:
    """Withdraw your idea while the campaign is open."""
    await db.write(actions.withdraw_idea, campaign_id, idea_id, by=who, now=now)


@router.post("/ideas/{idea_id}/remove", status_code=201)
async def remove_idea(
    campaign_id: UUID, idea_id: UUID, body: Removal, db: Database, who: ModeratorHere, now: Now
) -> Decision:
    """Take somebody's idea down; its author can read why, and appeal. 409 when it is gone already.

    Once the campaign is closed, the idea keeps its place in the count, without its words.
    """
    return await db.write(moderated.remove_idea, campaign_id, idea_id, body, by=who, now=now)


@router.put("/ideas/{idea_id}/support")
async def give_support(campaign_id: UUID, idea_id: UUID, db: Database, who: MemberHere, now: Now) -> Support:
    """Support an idea. You count once, however often you send this."""
    return await db.write(actions.give_support, campaign_id, idea_id, by=who, now=now)


@router.delete("/ideas/{idea_id}/support")
async def take_support_back(campaign_id: UUID, idea_id: UUID, db: Database, who: MemberHere, now: Now) -> Support:
    """Support an idea no longer. Repeating it changes nothing."""
    return await db.write(actions.take_support_back, campaign_id, idea_id, by=who, now=now)
