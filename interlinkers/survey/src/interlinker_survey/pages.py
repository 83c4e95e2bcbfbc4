"""The survey as pages that need no JavaScript: the form, thanks, and the result once it is closed."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid5

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import Field
from sqlalchemy.orm import Session

from interlinker_shared import assets
from interlinker_shared.assets import Asset, State
from interlinker_shared.assets import store as asset_store
from interlinker_shared.auth import Channel, Principal, Role
from interlinker_shared.errors import InvalidError
from interlinker_shared.http import AnyoneHere, Database, Now, public
from interlinker_shared.ids import new_id
from interlinker_shared.limits.guests import takes_guests
from interlinker_shared.pages import Form, Pages, read_form, rejected_form
from interlinker_shared.text import Key, Wire
from interlinker_survey import actions, store
from interlinker_survey.actions import Asked, Sent
from interlinker_survey.definition import CheckboxQuestion, Definition, texts
from interlinker_survey.definition.kept import definition_of
from interlinker_survey.domain import (
    Access,
    Edits,
    ResponseKnownError,
    VersionSupersededError,
    answers_of_form,
    field_name,
    is_anonymous,
    names_people,
)
from interlinker_survey.shown import figures, labels, sections

NAME = {"en": "Survey", "es": "Encuesta", "de": "Umfrage"}
PAGES = Pages("interlinker_survey", name=NAME)
MOST_FIELDS = 5000

router = APIRouter(tags=["pages"], default_response_class=HTMLResponse)


class AnswerForm(Wire):
    """What the form sends; `key` is new with every form that is shown."""

    key: Key
    answers: dict[str, Any] = Field(default_factory=dict)


@router.get("/surveys/{survey_id}/view")
@public
async def view_survey(
    survey_id: UUID,
    request: Request,
    db: Database,
    who: AnyoneHere,
    now: Now,
    sent: Annotated[str, Query(max_length=10)] = "",
) -> HTMLResponse:
    """The survey as an accessible page: the form while it is open, the result once it is closed."""
    survey = await db.read(assets.require, survey_id)
    if survey.state is State.CLOSED:
        return PAGES.render(request, "result.html", **await db.read(_result, survey))
    if sent:
        again = who.on(survey.path).may(Role.MEMBER) and survey.config["edits"] == Edits.UNTIL_CLOSE
        return PAGES.render(request, "sent.html", survey=survey, again=again)
    if await db.read(_has_sent, survey, who):
        return _own_page(PAGES.render(request, "answered.html", survey=survey, anonymous=is_anonymous(survey.config)))
    asked = await db.read(actions.asked_in, survey, None, now)
    return _form_page(request, survey, asked, who, await db.read(_begun, survey, who), now=now)


@router.post("/surveys/{survey_id}/view", response_class=HTMLResponse)
@takes_guests
async def answer_survey(
    survey_id: UUID,
    request: Request,
    db: Database,
    who: AnyoneHere,
    now: Now,
    version: Annotated[int | None, Query(ge=1, le=1000, description="The version that the form shows.")] = None,
) -> Response:
    """Answer through the form; sent twice it is one response. Those with an account replace what they answered before.

    A form whose version is not taken any more comes back with the questions of now and what was answered.
    """
    survey = await db.read(assets.require_open, survey_id, now)
    asked = await db.read(actions.asked_in, survey, None, now)
    try:
        asked = await db.read(actions.asked_in, survey, version, now)
        form = await read_form(request, AnswerForm, lists=_lists(asked.definition), max_fields=MOST_FIELDS)
        await db.write(_answer, survey_id, asked, form, language=PAGES.language(request), by=who, now=now)
    except (InvalidError, VersionSupersededError) as error:
        wrong = error if isinstance(error, InvalidError) else InvalidError(error.message)
        return _form_page(request, survey, asked, who, await rejected_form(request, wrong), now=now)
    except ResponseKnownError:
        pass
    return PAGES.see_other(request, f"/surveys/{survey_id}/view", sent="true")


def _form_page(
    request: Request, survey: Asset, asked: Asked, who: Principal, form: Form, *, now: datetime
) -> HTMLResponse:
    definition = asked.definition
    is_open = survey.state is State.OPEN and not (survey.closes_at and survey.closes_at <= now)
    context = {
        "survey": survey,
        "sections": sections(definition, survey.language),
        "description": texts(definition.description, survey.language, "") if definition.description else None,
        "labels": labels(definition, survey.language),
        "form": form,
        "version": asked.number,
        "key": new_id(),
        "may_answer": is_open and (survey.config["access"] == Access.OPEN or who.on(survey.path).may(Role.MEMBER)),
        "is_open": is_open,
        "anonymous": is_anonymous(survey.config),
        "identified": names_people(survey.config),
        "known": who.subject is not None,
    }
    return _own_page(PAGES.render(request, "survey.html", status=422 if form.errors else 200, **context))


def _own_page(page: HTMLResponse) -> HTMLResponse:
    """Its key is this reader's alone, and whether it is open hangs on `now`: not a page to be kept for everybody."""
    page.headers["Cache-Control"] = "private, no-cache"
    return page


def _lists(definition: Definition) -> list[str]:
    questions = definition.questions.values()
    return [field_name(question.name) for question in questions if isinstance(question, CheckboxQuestion)]


def _has_sent(session: Session, survey: Asset, who: Principal) -> bool:
    """Whether this person has sent what cannot be changed, or not even be found again."""
    if who.subject is None or survey.config["edits"] != Edits.NEVER:
        return False
    if is_anonymous(survey.config):
        return store.has_answered(session, survey.id, who.subject)
    return store.own_response(session, survey.id, who.subject) is not None


def _begun(session: Session, survey: Asset, who: Principal) -> Form:
    """An empty form, or one with what this person answered before."""
    own = store.own_response(session, survey.id, who.subject) if who.subject else None
    answers = own.answers if own else {}
    return Form.filled({field_name(name): _entered(answer) for name, answer in answers.items()})


def _entered(answer: object) -> object:
    return str(answer).lower() if isinstance(answer, bool) else answer


def _answer(
    session: Session, survey_id: UUID, asked: Asked, form: AnswerForm, *, language: str, by: Principal, now: datetime
) -> None:
    survey = assets.require_open(session, survey_id, now)
    answers = answers_of_form(asked.definition, form.answers)
    response_id = UUID(bytes=uuid5(survey.id, form.key).bytes, version=4)  # no other than those that come by the API
    own = store.own_response(session, survey.id, by.subject) if by.subject else None
    channel = Channel.WEB if by.subject is None or by.channel is Channel.API else by.channel
    sent = Sent(answers, language=language, channel=channel, response_id=response_id, version=asked.number)
    if own is None:
        actions.submit_response(session, survey.id, sent, by=by, now=now)
    elif own.id != response_id:
        actions.replace_response(session, survey.id, sent, by=by, now=now)


def _result(session: Session, survey: Asset) -> dict[str, Any]:
    result = json.loads(asset_store.final_result(session, survey.id) or "{}")
    return {
        "survey": survey,
        "responses": result["counts"]["responses"],
        "figures": figures(definition_of(survey), survey.language, result),
    }
