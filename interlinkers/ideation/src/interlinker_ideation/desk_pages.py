"""The officials' desk as pages: which ideas wait, and everything that can be done to one."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import Field
from sqlalchemy.orm import Session

from interlinker_ideation import desk, merging, papers, reading, store
from interlinker_ideation.domain import MAX_MONEY
from interlinker_ideation.pages import PAGES
from interlinker_ideation.similar import words
from interlinker_ideation.similar.asking import most_alike
from interlinker_ideation.statuses import NEXT, Feasibility, Status
from interlinker_ideation.store.browsing import Order, Sought
from interlinker_shared.assets import require
from interlinker_shared.errors import InvalidError, NotFoundError
from interlinker_shared.http import Database, ModeratorHere, Now, Paging, listing
from interlinker_shared.http.paging import PageOf
from interlinker_shared.pages import Form, read_form, rejected_form
from interlinker_shared.text import Line, Prose, Wire

router = APIRouter(prefix="/campaigns/{campaign_id}/desk", tags=["pages"], default_response_class=HTMLResponse)


class AssessmentForm(Wire):
    """What the page asks of an assessment, as a form gives it."""

    feasibility: Feasibility = Feasibility.UNKNOWN
    cost: Annotated[int, Field(ge=0, le=MAX_MONEY)] | None = None
    department: Line | None = None
    note: Prose | None = None


@router.get("/view")
async def view_desk(
    campaign_id: UUID, request: Request, db: Database, *, _who: ModeratorHere, page: Paging
) -> Response:
    """The ideas of a campaign as officials see them, and the button that archives it."""
    return await _desk(request, db, campaign_id, page)


@router.post("/view/archive")
async def archive_campaign_form(
    campaign_id: UUID, request: Request, db: Database, *, who: ModeratorHere, now: Now
) -> Response:
    """Archive the campaign from the desk."""
    body = await read_form(request, papers.ArchiveAsk)
    await db.write(desk.archive_campaign, campaign_id, body, by=who, now=now)
    return PAGES.see_other(request, f"/campaigns/{campaign_id}/desk/view")


@router.get("/{idea_id}/view")
async def view_idea_at_desk(
    campaign_id: UUID, idea_id: UUID, request: Request, db: Database, *, _who: ModeratorHere
) -> Response:
    """One idea with the forms to assess, answer, take a step further and merge it."""
    return await _idea(request, db, campaign_id, idea_id)


@router.post("/{idea_id}/view/assessment")
async def put_assessment_form(
    campaign_id: UUID, idea_id: UUID, request: Request, db: Database, *, _who: ModeratorHere, now: Now
) -> Response:
    """Assess an idea from the desk."""
    try:
        form = await read_form(request, AssessmentForm)
        body = papers.AssessmentPut.model_validate(form.model_dump())
        await db.write(desk.put_assessment, campaign_id, idea_id, body, now=now)
    except InvalidError as error:
        return await _again(request, db, campaign_id, idea_id, form="assessment_form", error=error)
    return _back(request, campaign_id, idea_id)


@router.post("/{idea_id}/view/answer")
async def put_answer_form(
    campaign_id: UUID, idea_id: UUID, request: Request, db: Database, *, who: ModeratorHere, now: Now
) -> Response:
    """Answer an idea from the desk."""
    try:
        body = await read_form(request, papers.AnswerPut)
        await db.write(desk.put_answer, campaign_id, idea_id, body, by=who, now=now)
    except InvalidError as error:
        return await _again(request, db, campaign_id, idea_id, form="answer_form", error=error)
    return _back(request, campaign_id, idea_id)


@router.post("/{idea_id}/view/steps")
async def take_step_form(
    campaign_id: UUID, idea_id: UUID, request: Request, db: Database, *, who: ModeratorHere, now: Now
) -> Response:
    """Take an idea a step further from the desk."""
    try:
        body = await read_form(request, papers.StepTake)
        await db.write(desk.take_step, campaign_id, idea_id, body, by=who, now=now)
    except InvalidError as error:
        return await _again(request, db, campaign_id, idea_id, form="step_form", error=error)
    return _back(request, campaign_id, idea_id)


@router.post("/{idea_id}/view/merge")
async def merge_idea_form(
    campaign_id: UUID, idea_id: UUID, request: Request, db: Database, *, who: ModeratorHere, now: Now
) -> Response:
    """Merge an idea into another from the desk."""
    try:
        body = await read_form(request, papers.MergeInto)
        idea = await db.write(merging.merge_idea, campaign_id, idea_id, body.into, by=who, now=now)
    except InvalidError as error:
        return await _again(request, db, campaign_id, idea_id, form="merge_form", error=error)
    return _back(request, campaign_id, idea.id)


@router.post("/{idea_id}/view/separate")
async def separate_idea_form(
    campaign_id: UUID, idea_id: UUID, request: Request, db: Database, *, who: ModeratorHere, now: Now
) -> Response:
    """Undo a merge from the desk."""
    await db.write(merging.separate_idea, campaign_id, idea_id, by=who, now=now)
    return _back(request, campaign_id, idea_id)


async def _desk(request: Request, db: Database, campaign_id: UUID, page: PageOf) -> Response:
    return PAGES.render(request, "desk.html", **await db.read(_waiting, campaign_id, page), form=Form())


def _waiting(session: Session, campaign_id: UUID, page: PageOf) -> dict[str, Any]:
    campaign = require(session, campaign_id)
    sought = Sought(Order.NEWEST)
    listed = listing(
        store.browse(session, campaign.id, sought, page), page.limit, lambda one: store.place_of(one, sought)
    )
    return {
        "campaign": campaign,
        "ideas": listed.items,
        "next": listed.next,
        "answered": store.answered_among(session, [idea.id for idea in listed.items]),
        "unanswered": store.unanswered(session, campaign.id),
        "archive": store.archive(session, campaign.id),
    }


async def _idea(
    request: Request, db: Database, campaign_id: UUID, idea_id: UUID, *, status: int = 200, **forms: Form
) -> Response:
    known = await db.read(_known, campaign_id, idea_id)
    shown: dict[str, Any] = known | {"status": status, "feasibilities": list(Feasibility)}
    return PAGES.render(request, "desk_idea.html", **(shown | forms))


def _known(session: Session, campaign_id: UUID, idea_id: UUID) -> dict[str, Any]:
    campaign = require(session, campaign_id)
    idea = store.read_idea(session, campaign_id, idea_id)
    if idea.id != idea_id:
        raise NotFoundError
    found = most_alike(idea.title, store.candidates(session, campaign.id, words.fold(idea.title)), 6).items
    assessed, answered = store.assessment(session, idea.id), store.answer(session, idea.id)
    names = ("feasibility", "department", "note")
    kept = {name: getattr(assessed, name) for name in names} if assessed else {}
    written = {name: getattr(answered, name) for name in ("office", "text", "language")} if answered else {}
    return {
        "campaign": campaign,
        "idea": idea,
        "history": reading.history(session, campaign_id, idea_id),
        "alike": [one for one in found if one.id != idea.id],
        "next_steps": sorted(NEXT[Status(idea.status)]),
        "assessment_form": Form.filled(kept | {"cost": idea.cost}),
        "answer_form": Form.filled(written or {"language": campaign.language}),
        "step_form": Form(),
        "merge_form": Form(),
    }


async def _again(
    request: Request, db: Database, campaign_id: UUID, idea_id: UUID, *, form: str, error: InvalidError
) -> Response:
    wrong = {form: await rejected_form(request, error)}
    return await _idea(request, db, campaign_id, idea_id, status=422, **wrong)


def _back(request: Request, campaign_id: UUID, idea_id: UUID) -> Response:
    return PAGES.see_other(request, f"/campaigns/{campaign_id}/desk/{idea_id}/view")
