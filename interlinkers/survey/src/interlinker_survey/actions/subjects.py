"""A person's data: what is held of her, and how it is forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from interlinker_shared.assets.actions import withdraw
from interlinker_survey import store
from interlinker_survey.domain import Response, erase_texts, free_texts, item_id


def export_subject(session: Session, subject: str) -> dict[str, Any]:
    """Everything held of a person; of anonymous surveys only where she has answered, and only while they are open."""
    return {
        "responses": [_as_json(response) for response in store.responses_of(session, subject)],
        "answered": [str(survey) for survey in store.answered_by(session, subject)],
    }


def erase_subject(session: Session, subject: str, now: datetime) -> None:
    """Forget a person: her words are deleted and withdrawn, her choices stay in the counts and are nobody's.

    What she sent to anonymous surveys nobody can find. That she has, her spent token, stays: it says nothing once they close.
    """
    for response in store.responses_of(session, subject):
        survey = store.survey_of(session, response)
        asked = store.asked_by(session, survey, [response])[response.id]
        for question, _ in free_texts(asked, response.answers):
            withdraw(session, survey, item_id(response.id, question), now=now)
        store.replace_response(session, replace(response, answers=erase_texts(asked, response.answers)))
    store.forget_subject(session, subject)


def _as_json(response: Response) -> dict[str, Any]:
    told = {"id": str(response.id), "survey": str(response.survey), "submitted_at": response.told_time}
    about = {"version": response.version, "language": response.language, "channel": response.channel}
    return {**told, **about, "answers": dict(response.answers)}
