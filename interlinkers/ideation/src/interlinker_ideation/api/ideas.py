"""What people do with ideas beside submitting and supporting them: find similar ones, change their own, follow, merge."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from interlinker_ideation import desk, merging, reading, store
from interlinker_ideation.papers import Following, History, IdeaRevision, MergeInto
from interlinker_ideation.similar import words
from interlinker_ideation.similar.asking import SimilarIdeas, most_alike
from interlinker_ideation.wire import Idea
from interlinker_shared.http import AnyoneHere, Database, MemberHere, ModeratorHere, Now, public
from interlinker_shared.text import Clean

router = APIRouter(prefix="/campaigns/{campaign_id}/ideas", tags=["ideas"])

Typed = Annotated[str, Query(min_length=1, max_length=200, description="A title, or the beginning of one."), Clean]
Most = Annotated[int, Query(ge=1, le=20, description="How many at most.")]


@router.get("/similar")
async def find_similar_ideas(
    campaign_id: UUID, q: Typed, db: Database, _who: AnyoneHere, limit: Most = 5
) -> SimilarIdeas:
    """Find ideas whose titles are like what somebody is typing, whatever the order of words and in spite of slips.

    Case, accents and signs do not count. An empty list: there is nothing like it.
    """
    return most_alike(q, await db.read(store.candidates, campaign_id, words.fold(q)), limit)


@router.put("/{idea_id}")
async def revise_idea(
    campaign_id: UUID, idea_id: UUID, body: IdeaRevision, db: Database, who: MemberHere, now: Now
) -> Idea:
    """Change the words of your idea; former versions stay to be read. 409 when `version` is not the newest."""
    return await db.write(desk.revise_idea, campaign_id, idea_id, body, by=who, now=now)


@router.get("/{idea_id}/history")
@public
async def read_history(campaign_id: UUID, idea_id: UUID, db: Database, _who: AnyoneHere) -> History:
    """Read what happened to an idea: former versions with what changed, steps, the answer, what was merged into it."""
    return await db.read(reading.history, campaign_id, idea_id)


@router.get("/{idea_id}/following")
async def read_following(campaign_id: UUID, idea_id: UUID, db: Database, who: MemberHere) -> Following:
    """Tell whether you follow an idea."""
    return await db.read(reading.is_following, campaign_id, idea_id, who)


@router.put("/{idea_id}/following")
async def follow_idea(campaign_id: UUID, idea_id: UUID, db: Database, who: MemberHere, now: Now) -> Following:
    """Follow an idea: what becomes of it is among your news. Repeating it changes nothing."""
    return await db.write(desk.follow_idea, campaign_id, idea_id, by=who, now=now)


@router.delete("/{idea_id}/following")
async def unfollow_idea(campaign_id: UUID, idea_id: UUID, db: Database, who: MemberHere) -> Following:
    """Follow an idea no longer. Repeating it changes nothing."""
    return await db.write(desk.unfollow_idea, campaign_id, idea_id, by=who)


@router.post("/{idea_id}/merge")
async def merge_idea(
    campaign_id: UUID, idea_id: UUID, body: MergeInto, db: Database, who: ModeratorHere, now: Now
) -> Idea:
    """Merge an idea into another that is the same; answers with that one.

    Who supports or follows it does so there, once per person; its address leads there. 409 once anybody has voted.
    """
    return await db.write(merging.merge_idea, campaign_id, idea_id, body.into, by=who, now=now)


@router.post("/{idea_id}/separate")
async def separate_idea(campaign_id: UUID, idea_id: UUID, db: Database, who: ModeratorHere, now: Now) -> Idea:
    """Undo a merge: the idea stands alone again, with everybody who supported it."""
    return await db.write(merging.separate_idea, campaign_id, idea_id, by=who, now=now)
