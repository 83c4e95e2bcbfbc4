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
from interlinker_shared.pages import Form, Pages, posted_form, read_form
from interlinker_shared.text import Key, Wire
from interlinker_survey import actions, publishing, store
from interlinker_survey.actions import Asked, Sent
from interlinker_survey.asking import Asking
from interlinker_survey.definition import texts
from interlinker_survey.definition.kept import definition_of
from interlinker_survey.domain import (
    Access,
    Edits,
    ListFields,
    ResponseKnownError,
    VersionSupersededError,
    answers_of_form,
    fields_of,
    is_anonymous,
    names_people,
    started,
)
from interlinker_survey.figures import crossings_of, figures_of
from interlinker_survey.steps import Filled, Step, next_step

NAME = {"en": "Survey", "es": "Encuesta", "de": "Umfrage"}
PAGES = Pages("interlinker_survey", name=NAME)
MOST_FIELDS = 5000

router = APIRouter(tags=["pages"], default_response_class=HTMLResponse)


class AnswerForm(Wire):
    """What the form sends; `key` is new with every form that is begun, and goes with it from page to page."""

    key: Key
    answers: dict[str, Any] = Field(default_factory=dict)
    entries: dict[str, Any] = Field(default_factory=dict, description="How many rows or panels each list has.")
    page: int | None = Field(None, ge=0, le=1000, description="Which page of the form it is; none for all at once.")
    seen: str = Field("", max_length=100_000, description="The fields on that page.")
    go: str = Field("send", max_length=500, description="The button that was pressed.")


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
    filled = await db.read(_begun, survey, asked, who, now=now)
    return _form_page(request, survey, asked, who, filled.step(0), now=now)


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
    asked, key = await db.read(actions.asked_in, survey, None, now), None
    try:
        asked = await db.read(actions.asked_in, survey, version, now)
        form = await read_form(request, AnswerForm, lists=ListFields(asked.definition), max_fields=MOST_FIELDS)
        key = form.key
        filled = await _filled(request, survey, asked, now)
        step = next_step(filled, form.go, form.page, form.seen, now=now)
        if step is not None:
            return _form_page(request, survey, asked, who, step, now=now, key=key)
        await db.write(_answer, survey_id, asked, form, language=PAGES.language(request), by=who, now=now)
    except (InvalidError, VersionSupersededError) as error:
        wrong = error if isinstance(error, InvalidError) else InvalidError(error.message)
        step = (await _filled(request, survey, asked, now)).refused(wrong)
        return _form_page(request, survey, asked, who, step, now=now, key=key)
    except ResponseKnownError:
        pass
    return PAGES.see_other(request, f"/surveys/{survey_id}/view", sent="true")


def _form_page(
    request: Request, survey: Asset, asked: Asked, who: Principal, step: Step, *, now: datetime, key: str | None = None
) -> HTMLResponse:
    definition = asked.definition
    is_open = survey.state is State.OPEN and not (survey.closes_at and survey.closes_at <= now)
    whole = Asking(definition, survey.language, None)
    context = {
        "survey": survey,
        "step": step,
        "sections": [whole.section(page) for page in definition.shown],
        "description": texts(definition.description, survey.language, "") if definition.description else None,
        "form": step.form,
        "version": asked.number,
        "key": key or new_id(),
        "may_answer": is_open and (survey.config["access"] == Access.OPEN or who.on(survey.path).may(Role.MEMBER)),
        "is_open": is_open,
        "anonymous": is_anonymous(survey.config),
        "identified": names_people(survey.config),
        "known": who.subject is not None,
    }
    return _own_page(PAGES.render(request, "survey.html", status=422 if step.form.errors else 200, **context))


def _own_page(page: HTMLResponse) -> HTMLResponse:
    """Its key is this reader's alone, and whether it is open hangs on `now`: not a page to be kept for everybody."""
    page.headers["Cache-Control"] = "private, no-cache"
    return page


def _has_sent(session: Session, survey: Asset, who: Principal) -> bool:
    """Whether this person has sent what cannot be changed, or not even be found again."""
    if who.subject is None or survey.config["edits"] != Edits.NEVER:
        return False
    if is_anonymous(survey.config):
        return store.has_answered(session, survey.id, who.subject)
    return store.own_response(session, survey.id, who.subject) is not None


def _begun(session: Session, survey: Asset, asked: Asked, who: Principal, *, now: datetime) -> Filled:
    """A form as it begins, or with what this person answered before."""
    own = store.own_response(session, survey.id, who.subject) if who.subject else None
    fields = fields_of(asked.definition, own.answers) if own else started(asked.definition)
    return Filled.of(asked.definition, survey.language, Form.filled(fields).values, now=now)


async def _filled(request: Request, survey: Asset, asked: Asked, now: datetime) -> Filled:
    """The form that was sent."""
    return Filled.of(asked.definition, survey.language, (await posted_form(request)).values, now=now)


def _answer(
    session: Session, survey_id: UUID, asked: Asked, form: AnswerForm, *, language: str, by: Principal, now: datetime
) -> None:
    survey = assets.require_open(session, survey_id, now)
    answers = answers_of_form(asked.definition, form.answers, form.entries)
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
    published = store.latest_publication(session, survey.id)
    definition = definition_of(survey)
    return {
        "survey": survey,
        "responses": result["counts"]["responses"],
        "smallest": survey.config["smallest_count"],
        "figures": figures_of(definition, survey, result["counts"], result["items"]),
        "crossings": crossings_of(definition, survey, publishing.read_tables(published) if published else None),
        "number": published.number if published else None,
    }
