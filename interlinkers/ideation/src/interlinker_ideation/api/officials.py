"""What officials do with ideas, and how people hear of it."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from interlinker_ideation import desk, reading
from interlinker_ideation.papers import (
    Answer,
    AnswerPut,
    Archive,
    ArchiveAsk,
    AssessmentPut,
    FullAssessment,
    News,
    Step,
    StepTake,
)
from interlinker_shared.http import AnyoneHere, Database, Listing, MemberHere, ModeratorHere, Now, Paging, public

router = APIRouter(prefix="/campaigns/{campaign_id}", tags=["officials"])


@router.get("/ideas/{idea_id}/assessment")
async def read_assessment(campaign_id: UUID, idea_id: UUID, db: Database, _who: ModeratorHere) -> FullAssessment:
    """Read what an office found out about an idea, with the note for colleagues. 404 while nobody has written it."""
    return await db.read(reading.assessment, campaign_id, idea_id)


@router.put("/ideas/{idea_id}/assessment")
async def put_assessment(
    campaign_id: UUID, idea_id: UUID, body: AssessmentPut, db: Database, _who: ModeratorHere, now: Now
) -> FullAssessment:
    """Write what an office found out. Feasibility, cost and department are public; the cost is fixed at the close."""
    return await db.write(desk.put_assessment, campaign_id, idea_id, body, now=now)


@router.put("/ideas/{idea_id}/answer")
async def put_answer(
    campaign_id: UUID, idea_id: UUID, body: AnswerPut, db: Database, who: ModeratorHere, now: Now
) -> Answer:
    """Answer an idea in public, also after the close. Whoever submitted, supports or follows it finds that in her news."""
    return await db.write(desk.put_answer, campaign_id, idea_id, body, by=who, now=now)


@router.post("/ideas/{idea_id}/steps", status_code=201)
async def take_step(
    campaign_id: UUID, idea_id: UUID, body: StepTake, db: Database, who: ModeratorHere, now: Now
) -> Step:
    """Take an idea a step further, also after the close. 409 where that status does not follow the one it has."""
    return await db.write(desk.take_step, campaign_id, idea_id, body, by=who, now=now)


@router.post("/archive", status_code=201)
async def archive_campaign(campaign_id: UUID, body: ArchiveAsk, db: Database, who: ModeratorHere, now: Now) -> Archive:
    """Put a closed campaign away: nothing about its ideas changes any more. 409 with unanswered ideas and no reason."""
    return await db.write(desk.archive_campaign, campaign_id, body, by=who, now=now)


@router.get("/archive")
@public
async def read_archive(campaign_id: UUID, db: Database, _who: AnyoneHere) -> Archive:
    """Read when a campaign was put away, and why ideas stay without an answer. 404 while it was not."""
    return await db.read(reading.archive, campaign_id)


@router.get("/news")
async def list_news(campaign_id: UUID, db: Database, who: MemberHere, page: Paging) -> Listing[News]:
    """List ideas that you submitted, support or follow and that were answered or took a step, the latest first."""
    return await db.read(reading.news, campaign_id, page, who)
