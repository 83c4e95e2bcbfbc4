"""Responses and whose they are: what is written with each, and how they are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from interlinker_shared.assets import Asset
from interlinker_shared.assets import store as asset_store
from interlinker_shared.db.hot import HotWrite
from interlinker_shared.http import Cursor
from interlinker_shared.http.paging import id_of
from interlinker_survey.domain import (
    AlreadyAnsweredError,
    Response,
    ResponseKnownError,
    Step,
    apart,
    is_anonymous,
    merged,
    names_people,
    steps_between,
)
from interlinker_survey.store import tables
from interlinker_survey.store.versions import versions_of

SCAN = 500
BUNDLE = 200  # more of them keep the garbage collector busy

# Hot statements: made once, and on the tables, for the ORM's way to insert a row costs three times as much.
_add_response = HotWrite(insert(tables.responses))
_add_participation = HotWrite(insert(tables.participations))
_own = (
    select(tables.responses)
    .join(tables.participations, tables.participations.c.response_id == tables.responses.c.id)
    .where(
        tables.participations.c.survey_id == bindparam("survey"),
        tables.participations.c.subject == bindparam("subject"),
    )
)


def add_response(session: Session, response: Response) -> None:
    """Keep a new response; ResponseKnownError when it is there already."""
    try:
        _add_response.run(session, **_values(response))
    except IntegrityError as error:
        message = "These answers have come in already."
        raise ResponseKnownError(message) from error


def add_participation(session: Session, response: Response, subject: str) -> None:
    """Remember whose response it is; AlreadyAnsweredError when this person has one in this survey."""
    values = {"survey_id": response.survey, "subject": subject, "response_id": response.id}
    try:
        _add_participation.run(session, **values)
    except IntegrityError as error:
        message = "You have answered already. You can replace your answers until this closes."
        raise AlreadyAnsweredError(message) from error


def replace_response(session: Session, response: Response) -> None:
    """Write a response anew."""
    session.execute(update(tables.ResponseRow).where(tables.ResponseRow.id == response.id).values(_values(response)))


def own_response(session: Session, survey_id: UUID, subject: str) -> Response | None:
    """The response of a person."""
    row = session.execute(_own, {"survey": survey_id, "subject": subject}).first()
    return as_response(row) if row is not None else None


def responses_of(session: Session, subject: str) -> list[Response]:
    """All responses of a person, oldest first."""
    query = select(tables.responses).join(
        tables.participations, tables.participations.c.response_id == tables.responses.c.id
    )
    found = session.execute(query.where(tables.participations.c.subject == subject).order_by(tables.responses.c.id))
    return [as_response(row) for row in found]


def survey_of(session: Session, response: Response) -> Asset:
    """The survey of a response, also after it was deleted: it has its definition as long as it has responses."""
    return asset_store.as_asset(asset_store.remains(session, response.survey))


def forget_subject(session: Session, subject: str) -> None:
    """Let nothing say any more whose responses they are."""
    session.execute(delete(tables.ParticipationRow).where(tables.ParticipationRow.subject == subject))


def page_of_responses(session: Session, survey: Asset, limit: int, cursor: Cursor | None) -> list[Response]:
    """Up to `limit + 1` responses in the order in which they came; anonymous ones in an order that means nothing."""
    query, ids = _all_of(survey)
    if cursor is not None:
        query = query.where(ids > id_of(cursor))
    return [as_response(row) for row in session.execute(query.limit(limit + 1))]


def scan_responses(session: Session, survey: Asset) -> Iterator[Response]:
    """All responses of a survey in the same order, a few hundred in memory at a time.

    All in the words of the version in force: what does not go on from the version that was answered is left out. It is in
    `scan_apart`.
    """
    steps = steps_between(versions_of(session, survey.id))
    for response in _scan(session, survey):
        ahead = _ahead(response, steps)
        yield replace(response, answers=merged(response.answers, ahead)) if ahead else response


def scan_as_given(session: Session, survey: Asset) -> Iterator[Response]:
    """All responses of a survey in the same order, each in the words of the version that it answers."""
    return _scan(session, survey)


def scan_apart(session: Session, survey: Asset, steps: Sequence[Step]) -> Iterator[Response]:
    """Responses to former versions, with those answers alone that do not go on by `steps` to the version in force."""
    for response in _scan(session, survey) if steps else ():
        left = apart(response.answers, _ahead(response, steps))
        if left:
            yield replace(response, answers=left)


def _ahead(response: Response, steps: Sequence[Step]) -> Sequence[Step]:
    """The steps from what was answered to the version in force; none for anonymous ones, which fit all versions."""
    return steps[response.version - 1 :] if response.version else ()


def _scan(session: Session, survey: Asset) -> Iterator[Response]:
    query, _ = _all_of(survey)
    for row in session.execute(query.execution_options(yield_per=SCAN)):
        yield as_response(row)


def scan_documents(session: Session, survey: Asset) -> Iterator[Sequence[str | bytes]]:
    """The answers of all responses as JSON, in the words of the version in force, some hundreds at a time."""
    if steps_between(versions_of(session, survey.id)):
        yield from ([msgspec.json.encode(response.answers)] for response in scan_responses(session, survey))
        return
    rows = _table_of(survey)
    query = select(cast(rows.c.answers, Text)).where(rows.c.survey_id == survey.id)
    yield from session.execute(query.execution_options(yield_per=BUNDLE)).scalars().partitions()


def count_by_day(session: Session, survey: Asset) -> dict[str, int]:
    """How many responses came on each day (UTC), as far as that is known: of anonymous ones it is not."""
    rows = _table_of(survey)
    if is_anonymous(survey.config):
        return {}
    day = func.substr(cast(rows.c.submitted_at, Text), 1, 10)
    query = select(day, func.count()).where(rows.c.survey_id == survey.id).group_by(day).order_by(day)
    return {str(date): number for date, number in session.execute(query)}


def _all_of(survey: Asset) -> tuple[Select[Any], ColumnElement[UUID]]:
    """All responses in the order of their ids, which come with it; with whose they are, where people are identified."""
    rows = _table_of(survey)
    query = select(rows)
    if names_people(survey.config):
        whose = tables.participations
        query = select(rows, whose.c.subject).outerjoin(
            whose, (whose.c.response_id == rows.c.id) & (whose.c.survey_id == rows.c.survey_id)
        )
    return query.where(rows.c.survey_id == survey.id).order_by(rows.c.id), rows.c.id


def _table_of(survey: Asset) -> Table:
    return tables.anonymous_responses if is_anonymous(survey.config) else tables.responses


def _values(response: Response) -> dict[str, Any]:
    return {
        "id": response.id,
        "survey_id": response.survey,
        "answers": response.answers,
        "language": response.language,
        "channel": response.channel,
        "revision": response.revision,
        "submitted_at": response.submitted_at,
        "version": response.version,
    }


def as_response(row: Row[Any]) -> Response:
    """A response from its row: an anonymous one has neither a channel nor a time, and nobody replaces it."""
    return Response(
        id=row.id,
        survey=row.survey_id,
        answers=row.answers,
        language=row.language,
        channel=getattr(row, "channel", None),
        revision=getattr(row, "revision", 1),
        submitted_at=getattr(row, "submitted_at", None),
        version=getattr(row, "version", None),
        respondent=getattr(row, "subject", None),
    )
