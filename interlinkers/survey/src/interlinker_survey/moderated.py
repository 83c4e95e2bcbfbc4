"""What people can report in a survey: the texts of a response, which leave the result and come back with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_shared import assets
from interlinker_shared.assets import Asset, State
from interlinker_shared.assets.actions import withdraw
from interlinker_shared.assets.withholding import give_back
from interlinker_shared.auth import Principal
from interlinker_shared.errors import NotFoundError
from interlinker_shared.events import record
from interlinker_shared.moderation import Decision, Matter, ModeratedKind, Removal, excerpt, remove_item
from interlinker_survey import store
from interlinker_survey.definition import Definition
from interlinker_survey.domain import Response, erase_texts, free_texts, item_id
from interlinker_survey.events import ResponseRestored


def remove_response(
    session: Session, survey_id: UUID, response_id: UUID, body: Removal, *, by: Principal, now: datetime
) -> Decision:
    """Take down what somebody wrote in a response, and say why; her choices stay in the counts."""
    assets.require(session, survey_id)
    found = _find(session, [response_id]).get(response_id)
    if found is None or found.asset != survey_id:
        raise NotFoundError
    return remove_item(session, RESPONSE, response_id, body.decision, by=by, now=now)


def _find(session: Session, ids: Sequence[UUID]) -> dict[UUID, Matter]:
    found = store.responses_by_id(session, ids)
    surveys = store.surveys_by_id(session, list({response.survey for response, _ in found}))
    asked: dict[UUID, Definition] = {}
    for survey in surveys.values():
        asked |= store.asked_by(session, survey, [response for response, _ in found if response.survey == survey.id])
    return {
        response.id: _matter(surveys[response.survey], asked[response.id], response, author)
        for response, author in found
    }


def _matter(survey: Asset, asked: Definition, response: Response, author: str | None) -> Matter:
    texts = dict(free_texts(asked, response.answers))
    place = f"#text-{item_id(response.id, next(iter(texts)))}" if texts else ""
    return Matter(
        asset=survey.id,
        author=author,
        excerpt=excerpt(" – ".join(texts.values())),
        language=response.language,
        page=f"/surveys/{survey.id}/view{place}",
        standing=bool(texts),
        public=survey.state is State.CLOSED or survey.config["live_result"],
    )


def _hide(session: Session, response_id: UUID, /, *, reason: str, actor: str | None, now: datetime) -> dict[str, Any]:  # noqa: ARG001 - nothing stands in its place
    """Take out all that somebody wrote, addresses too; what she chose still counts."""
    survey, asked, response = _response(session, response_id)
    for question, _ in free_texts(asked, response.answers):
        withdraw(session, survey, item_id(response.id, question), now=now)
    left = erase_texts(asked, response.answers)
    store.rewrite_answers(session, replace(response, answers=left))
    return {name: said for name, said in response.answers.items() if said is not None and left[name] is None}


def _restore(session: Session, response_id: UUID, words: Mapping[str, Any], /, *, now: datetime) -> None:
    """Put texts back; one that was left out of a result which is final stays out of it."""
    survey, asked, response = _response(session, response_id)
    answers = {name: words.get(name) if said is None else said for name, said in response.answers.items()}
    restored = replace(response, answers=answers)
    store.rewrite_answers(session, restored)
    for question, text in free_texts(asked, restored.answers):
        give_back(session, survey.id, item_id(response.id, question), {"text": text}, now=now)
    record(session, ResponseRestored(survey=survey.id, response=response.id), aggregate=survey.id, now=now)


def _response(session: Session, response_id: UUID) -> tuple[Asset, Definition, Response]:
    ((response, _author),) = store.responses_by_id(session, [response_id])
    survey = store.survey_of(session, response)
    return survey, store.asked_by(session, survey, [response])[response.id], response


RESPONSE = ModeratedKind("response", _find, _hide, _restore)
MODERATED = (RESPONSE,)
