"""`/surveys/{survey_id}/responses`: what people answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from interlinker_shared import assets
from interlinker_shared.assets import State
from interlinker_shared.auth import Channel, Principal
from interlinker_shared.db import brief
from interlinker_shared.http import AnyoneHere, Database, Listing, MemberHere, ModeratorHere, Now, Paging, listing
from interlinker_shared.http.paging import PageOf
from interlinker_shared.http.quick import QuickRoute
from interlinker_shared.limits.guests import takes_guests
from interlinker_shared.moderation import Decision, Removal
from interlinker_shared.text import Key, LanguageTag, Wire
from interlinker_survey import actions, moderated, store
from interlinker_survey.actions import Sent
from interlinker_survey.domain import Response, require_readable

router = APIRouter(prefix="/surveys", tags=["responses"], route_class=QuickRoute)

RawAnswers = Annotated[
    dict[str, Any], Field(max_length=1000, description="By name of the question.", examples=[{"wish": ["shade"]}])
]
Language = Annotated[LanguageTag | None, Field(description="Of the texts; the survey's own by default.")]
AskedVersion = Annotated[
    int | None, Field(ge=1, le=1000, description="Number of the version that was read; the one in force by default.")
]


class ResponseCreate(Wire):
    """Answers to a survey; what is left out is not answered. The last two fields are for staff."""

    answers: RawAnswers
    language: Language = None
    version: AskedVersion = None
    channel: Channel | None = Field(None, description="How the answers came in; the token's by default.")
    respondent: Key | None = Field(None, description="Pseudonymous id of the person whose answers are entered.")


class ResponseReplace(Wire):
    """All answers anew: what is left out is not answered any more."""

    answers: RawAnswers
    language: Language = None
    version: AskedVersion = None


class Receipt(BaseModel):
    """That a response was kept. It repeats no answer, so that no copy of one stays behind anywhere.

    Where answers are anonymous it has neither `id` nor `submitted_at`: both would lead to them.
    """

    model_config = ConfigDict(frozen=True)

    id: UUID | None
    survey: UUID
    revision: int
    submitted_at: datetime | None


class SurveyResponse(BaseModel):
    """One response. A null answer is a text that was erased with the person who wrote it.

    `answers` are to the `version` that was asked. An anonymous one has no `version`, for that would say when it came, and
    neither `channel` nor `submitted_at`; `respondent` is told where people are identified.
    """

    model_config = ConfigDict(from_attributes=True, frozen=True)

    id: UUID
    survey: UUID
    answers: dict[str, Any]
    language: str
    channel: Channel | None
    revision: int
    version: int | None
    submitted_at: datetime | None
    respondent: str | None


@router.post("/{survey_id}/responses", status_code=201)
@takes_guests
async def submit_response(survey_id: UUID, body: ResponseCreate, db: Database, who: AnyoneHere, now: Now) -> Receipt:
    """Answer a survey, once per account; guests may where `config.access` is `open`. What is anonymous is final.

    422 names each wrong answer as `/answers/<question>`. 409 the second time, for a draft, once closed, and for a version
    that was superseded longer ago than `config.grace_hours`.
    Moderators may enter answers that came on paper, by phone, at a desk or by letter, with or without `respondent`.
    """
    return await db.write(_submit, survey_id, body, by=who, now=now)


@router.get("/{survey_id}/responses/mine")
async def read_own_response(survey_id: UUID, db: Database, who: MemberHere) -> SurveyResponse:
    """Read what you answered; 404 when you have not, 403 where answers are anonymous."""
    return await db.read(_own, survey_id, by=who)


@router.put("/{survey_id}/responses/mine")
async def replace_own_response(
    survey_id: UUID, body: ResponseReplace, db: Database, who: MemberHere, now: Now
) -> Receipt:
    """Replace your answers while the survey is open; 404 when there are none yet, 409 once closed, 403 if they are final."""
    return await db.write(_replace, survey_id, body, by=who, now=now)


@router.get("/{survey_id}/responses")
async def list_responses(survey_id: UUID, db: Database, _who: ModeratorHere, page: Paging) -> Listing[SurveyResponse]:
    """List responses in the order in which they came. Nothing says whose they are, unless people are identified.

    Anonymous ones come in an order that means nothing, and only once the survey is closed; 403 before.
    """
    return await db.read(_page, survey_id, page)


@router.post("/{survey_id}/responses/{response_id}/remove", status_code=201)
async def remove_response(
    survey_id: UUID, response_id: UUID, body: Removal, db: Database, who: ModeratorHere, now: Now
) -> Decision:
    """Take down all that somebody wrote in a response; its author can read why, and appeal. 409 when it is gone already.

    Choices and numbers stay, and so do counts. Of an anonymous survey only once it is closed; 404 before.
    """
    return await db.write(moderated.remove_response, survey_id, response_id, body, by=who, now=now)


@brief
def _submit(session: Session, survey_id: UUID, body: ResponseCreate, *, by: Principal, now: datetime) -> Receipt:
    sent = Sent(
        body.answers,
        language=body.language,
        channel=body.channel,
        respondent=body.respondent,
        version=body.version,
    )
    kept = actions.submit_response(session, survey_id, sent, by=by, now=now)
    return _receipt(kept)


def _receipt(kept: Response) -> Receipt:
    known = None if kept.anonymous else kept.id
    return Receipt(id=known, survey=kept.survey, revision=kept.revision, submitted_at=kept.submitted_at)


def _own(session: Session, survey_id: UUID, *, by: Principal) -> SurveyResponse:
    return SurveyResponse.model_validate(actions.read_own_response(session, survey_id, by=by))


def _replace(session: Session, survey_id: UUID, body: ResponseReplace, *, by: Principal, now: datetime) -> Receipt:
    sent = Sent(body.answers, language=body.language, version=body.version)
    return _receipt(actions.replace_response(session, survey_id, sent, by=by, now=now))


def _page(session: Session, survey_id: UUID, page: PageOf) -> Listing[SurveyResponse]:
    survey = assets.require(session, survey_id)
    require_readable(survey.config, closed=survey.state is State.CLOSED)
    found = store.page_of_responses(session, survey, page.limit, page.cursor)
    shown = [SurveyResponse.model_validate(response) for response in found]
    return listing(shown, page.limit, lambda response: [str(response.id)])
