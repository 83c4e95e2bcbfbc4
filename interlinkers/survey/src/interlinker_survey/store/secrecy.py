"""Anonymous responses, and apart from them who has answered."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from interlinker_shared.db import forget_order, upsert, wipe
from interlinker_shared.db.hot import Hot, HotWrite
from interlinker_survey.domain import AlreadyAnsweredError, Response, ResponseKnownError, spent_token
from interlinker_survey.store import tables

_add_anonymous = HotWrite(insert(tables.anonymous_responses))
_key = Hot(select(tables.survey_keys.c.key).where(tables.survey_keys.c.survey_id == bindparam("survey")))
_is_spent = Hot(
    select(tables.answered.c.token).where(
        tables.answered.c.survey_id == bindparam("survey"), tables.answered.c.token == bindparam("token")
    )
)
# What was inserted comes back as rows: a count of them is not what every driver gives for an INSERT.
_spend = HotWrite(upsert(tables.answered).on_conflict_do_nothing().returning(tables.answered.c.token))


def add_key(session: Session, survey_id: UUID, key: bytes) -> None:
    """Give an anonymous survey its secret."""
    session.execute(insert(tables.survey_keys).values(survey_id=survey_id, key=key))


def add_anonymous_response(session: Session, response: Response) -> None:
    """Keep a new anonymous response; ResponseKnownError when it is there already."""
    values = {
        column.key: getattr(response, column.key)
        for column in tables.anonymous_responses.c
        if column.key != "survey_id"
    }
    try:
        _add_anonymous.run(session, survey_id=response.survey, **values)
    except IntegrityError as error:
        message = "These answers have come in already."
        raise ResponseKnownError(message) from error


def spend_token(session: Session, survey_id: UUID, subject: str) -> None:
    """Note that this person has answered an anonymous survey; AlreadyAnsweredError the second time."""
    token = _token(session, survey_id, subject)
    assert token is not None, "a survey that is open has its secret"  # noqa: S101 - narrows the type
    if not _spend.run(session, survey_id=survey_id, token=token):
        message = (
            "You have answered already. Nobody can find your answers among the others, so they cannot be replaced."
        )
        raise AlreadyAnsweredError(message)


def has_answered(session: Session, survey_id: UUID, subject: str) -> bool:
    """Whether this person has answered an anonymous survey that is open."""
    token = _token(session, survey_id, subject)
    return token is not None and _is_spent.first(session, survey=survey_id, token=token) is not None


def answered_by(session: Session, subject: str) -> list[UUID]:
    """The open anonymous surveys that a person has answered."""
    tokens = {spent_token(row.key, subject) for row in session.execute(select(tables.survey_keys))}
    query = select(tables.answered.c.survey_id).where(tables.answered.c.token.in_(tokens))
    return list(session.execute(query).scalars()) if tokens else []


def seal_survey(session: Session, survey_id: UUID) -> None:
    """Forget in which order anonymous responses came, and who has sent any."""
    forget_order(
        session, tables.anonymous_responses, tables.moved_responses, tables.anonymous_responses.c.survey_id == survey_id
    )
    wipe(session, tables.survey_keys, tables.survey_keys.c.survey_id == survey_id)


def _token(session: Session, survey_id: UUID, subject: str) -> str | None:
    row = _key.first(session, survey=survey_id)
    return spent_token(bytes(row.key), subject) if row is not None else None
