"""Tables and queries of the survey service: the only module that writes SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Row, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from interlinker_shared import assets
from interlinker_shared.assets import Asset, AssetRow, Item
from interlinker_shared.assets import store as asset_store
from interlinker_shared.db import JsonText, UtcDateTime
from interlinker_shared.db.hot import HotWrite
from interlinker_shared.http import Cursor
from interlinker_shared.http.paging import bad_cursor
from interlinker_survey.domain import AlreadyAnsweredError, Response, ResponseKnownError

SCAN = 500


class Base(DeclarativeBase):
    """Base of this service's tables."""


class ResponseRow(Base):
    """One response. Nothing here says whose it is."""

    __tablename__ = "responses"
    __table_args__ = (Index("ix_responses_survey", "survey_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    survey_id: Mapped[UUID] = mapped_column(ForeignKey(AssetRow.id))
    answers: Mapped[dict[str, Any]] = mapped_column(JsonText)
    language: Mapped[str]
    channel: Mapped[str]
    revision: Mapped[int]
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ParticipationRow(Base):
    """Who answered what: kept apart, so that forgetting a person leaves the tally. One per survey and subject."""

    __tablename__ = "participations"
    __table_args__ = (Index("ix_participations_subject", "subject"),)

    survey_id: Mapped[UUID] = mapped_column(ForeignKey(AssetRow.id), primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    response_id: Mapped[UUID] = mapped_column(ForeignKey(ResponseRow.id))


class ImportedChoiceRow(Base):
    """A choice that was handed over from an earlier step, and where it comes from."""

    __tablename__ = "imported_choices"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey(AssetRow.id), primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    question: Mapped[str]
    item: Mapped[dict[str, Any]] = mapped_column(JsonText)


_responses = Base.metadata.tables["responses"]
_participations = Base.metadata.tables["participations"]
_imported = Base.metadata.tables["imported_choices"]

# Hot statements: made once, and on the tables, for the ORM's way to insert a row costs three times as much.
_add_response = HotWrite(insert(_responses))
_add_participation = HotWrite(insert(_participations))
_own = (
    select(_responses)
    .join(_participations, _participations.c.response_id == _responses.c.id)
    .where(_participations.c.survey_id == bindparam("survey"), _participations.c.subject == bindparam("subject"))
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
    session.execute(update(ResponseRow).where(ResponseRow.id == response.id).values(_values(response)))


def own_response(session: Session, survey_id: UUID, subject: str) -> Response | None:
    """The response of a person."""
    row = session.execute(_own, {"survey": survey_id, "subject": subject}).first()
    return _as_response(row) if row is not None else None


def responses_of(session: Session, subject: str) -> list[Response]:
    """All responses of a person, oldest first."""
    query = select(_responses).join(_participations, _participations.c.response_id == _responses.c.id)
    found = session.execute(query.where(_participations.c.subject == subject).order_by(_responses.c.id))
    return [_as_response(row) for row in found]


def forget_subject(session: Session, subject: str) -> None:
    """Let nothing say any more whose responses they are."""
    session.execute(delete(ParticipationRow).where(ParticipationRow.subject == subject))


def page_of_responses(session: Session, survey_id: UUID, limit: int, cursor: Cursor | None) -> list[Response]:
    """Up to `limit + 1` responses in the order in which they came."""
    query = select(_responses).where(_responses.c.survey_id == survey_id).order_by(_responses.c.id)
    if cursor is not None:
        query = query.where(_responses.c.id > _last_id(cursor))
    return [_as_response(row) for row in session.execute(query.limit(limit + 1))]


def scan_responses(session: Session, survey_id: UUID) -> Iterator[Response]:
    """All responses of a survey in the order in which they came, a few hundred in memory at a time."""
    query = select(_responses).where(_responses.c.survey_id == survey_id).order_by(_responses.c.id)
    for row in session.execute(query.execution_options(yield_per=SCAN)):
        yield _as_response(row)


def delete_responses(session: Session, survey_id: UUID) -> None:
    """Delete all that people answered in a survey."""
    for table in (ParticipationRow, ResponseRow, ImportedChoiceRow):
        session.execute(delete(table).where(table.survey_id == survey_id))


def add_imported_choices(session: Session, survey_id: UUID, question: str, items: Mapping[str, Item]) -> None:
    """Remember where choices come from; `items` is by the choice's value."""
    rows = [
        {"survey_id": survey_id, "value": value, "question": question, "item": item.model_dump(mode="json")}
        for value, item in items.items()
    ]
    session.execute(insert(ImportedChoiceRow), rows)


def imported_choices(session: Session, survey_id: UUID) -> list[tuple[str, str, Item]]:
    """(question, value, item) of each imported choice, in the order in which they came."""
    query = select(_imported).where(_imported.c.survey_id == survey_id).order_by(_imported.c.value)
    return [(row.question, row.value, Item.model_validate(row.item)) for row in session.execute(query)]


def take_imported_choice(session: Session, survey_id: UUID, value: str) -> str | None:
    """Forget where a choice comes from; its question, or None when there is no such choice."""
    gone = delete(ImportedChoiceRow).where(ImportedChoiceRow.survey_id == survey_id, ImportedChoiceRow.value == value)
    return session.execute(gone.returning(ImportedChoiceRow.question)).scalar()


def change_config(session: Session, survey: Asset, config: dict[str, Any]) -> None:
    """Change what a survey asks."""
    asset_store.change(session, survey, {"config": config})
    changed = assets.require(session, survey.id)
    assets.touch(session, "survey", survey.id, changed.model_dump(mode="json"))


def _values(response: Response) -> dict[str, Any]:
    return {
        "id": response.id,
        "survey_id": response.survey,
        "answers": response.answers,
        "language": response.language,
        "channel": response.channel,
        "revision": response.revision,
        "submitted_at": response.submitted_at,
    }


def _as_response(row: Row[Any]) -> Response:
    return Response(
        id=row.id,
        survey=row.survey_id,
        answers=row.answers,
        language=row.language,
        channel=row.channel,
        revision=row.revision,
        submitted_at=row.submitted_at,
    )


def _last_id(cursor: Cursor) -> UUID:
    try:
        return UUID(cursor[0])
    except (ValueError, IndexError, AttributeError, TypeError):
        raise bad_cursor() from None
