"""Looking for ideas beside reading them one by one."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from interlinker_ideation import store
from interlinker_ideation.similar import words
from interlinker_ideation.similar.asking import SimilarIdeas, most_alike
from interlinker_shared.http import AnyoneHere, Database
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
