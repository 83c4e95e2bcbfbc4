"""Responses by their ids, with their authors and surveys, for those who judge what was reported."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from interlinker_shared.assets import Asset, AssetRow, State
from interlinker_shared.assets import store as asset_store
from interlinker_survey.domain import Response
from interlinker_survey.store.responses import as_response
from interlinker_survey.store.tables import anonymous_responses, participations, responses


def responses_by_id(session: Session, ids: Sequence[UUID]) -> list[tuple[Response, str | None]]:
    """Those of the responses that moderators may know of, each with its author; anonymous ones after the close, nobody's."""
    whose = participations.c.response_id == responses.c.id
    named = select(responses, participations.c.subject).outerjoin(participations, whose)
    found = [(as_response(row), row.subject) for row in session.execute(named.where(responses.c.id.in_(ids)))]
    if len(found) == len(ids):
        return found
    closed = select(AssetRow.id).where(AssetRow.state == State.CLOSED)  # their table is sorted by survey first
    here = (anonymous_responses.c.survey_id.in_(closed), anonymous_responses.c.id.in_(ids))
    return found + [(as_response(row), None) for row in session.execute(select(anonymous_responses).where(*here))]


def surveys_by_id(session: Session, ids: Sequence[UUID]) -> dict[UUID, Asset]:
    """Those surveys, deleted ones too."""
    found = session.execute(select(AssetRow.__table__).where(AssetRow.id.in_(ids)))
    return {row.id: asset_store.as_asset(row) for row in found}


def rewrite_answers(session: Session, response: Response) -> None:
    """Let a response say something else and stay what it is; an anonymous one, too."""
    rows = anonymous_responses if response.anonymous else responses
    mine = (rows.c.survey_id == response.survey, rows.c.id == response.id)
    session.execute(update(rows).where(*mine).values(answers=response.answers))
