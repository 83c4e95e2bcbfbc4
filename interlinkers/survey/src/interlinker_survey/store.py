"""Tables and queries of the survey service: the only module that writes SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Row, Table, Uuid, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from interlinker_shared import assets
from interlinker_shared.assets import Asset, AssetRow, Item
from interlinker_shared.assets import store as asset_store
from interlinker_shared.db import JsonText, UtcDateTime, forget_order, upsert, wipe, wipe_some
from interlinker_shared.db.hot import Hot, HotWrite
from interlinker_shared.http import Cursor
from interlinker_shared.http.paging import id_of
from interlinker_survey.domain import AlreadyAnsweredError, Response, ResponseKnownError, is_anonymous, spent_token

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
    response_id: Mapped[UUID]  # no foreign key: for each response that goes, all of these would be looked through


class SurveyKeyRow(Base):
    """The secret of an anonymous survey that is open: with it tokens are made."""

    __tablename__ = "survey_keys"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey(AssetRow.id), primary_key=True)
    key: Mapped[bytes]


class AnsweredRow(Base):
    """That somebody has answered an anonymous survey. Nothing here leads to a response: no key, no time, no order."""

    __tablename__ = "answered"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy's own way to say it

    survey_id: Mapped[UUID] = mapped_column(ForeignKey(AssetRow.id), primary_key=True)
    token: Mapped[str] = mapped_column(primary_key=True)


class _Anonymous:
    survey_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    answers: Mapped[dict[str, Any]] = mapped_column(JsonText)
    language: Mapped[str]


class AnonymousResponseRow(_Anonymous, Base):
    """A response under a random id, kept in the order of that id: nothing says when or how it came."""

    __tablename__ = "anonymous_responses"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - as above


class MovedResponseRow(_Anonymous, Base):
    """Where responses are for a moment while their order is forgotten."""

    __tablename__ = "anonymous_responses_moved"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - as above


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
_anonymous = Base.metadata.tables["anonymous_responses"]
_moved = Base.metadata.tables["anonymous_responses_moved"]
_answered = Base.metadata.tables["answered"]
_keys = Base.metadata.tables["survey_keys"]

# Hot statements: made once, and on the tables, for the ORM's way to insert a row costs three times as much.
_add_response = HotWrite(insert(_responses))
_add_participation = HotWrite(insert(_participations))
_add_anonymous = HotWrite(insert(_anonymous))
_key = Hot(select(_keys.c.key).where(_keys.c.survey_id == bindparam("survey")))
_is_spent = Hot(
    select(_answered.c.token).where(
        _answered.c.survey_id == bindparam("survey"), _answered.c.token == bindparam("token")
    )
)
# What was inserted comes back as rows: a count of them is not what every driver gives for an INSERT.
_spend = HotWrite(upsert(_answered).on_conflict_do_nothing().returning(_answered.c.token))
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


def add_key(session: Session, survey_id: UUID, key: bytes) -> None:
    """Give an anonymous survey its secret."""
    session.execute(insert(_keys).values(survey_id=survey_id, key=key))


def add_anonymous_response(session: Session, response: Response) -> None:
    """Keep a new anonymous response; ResponseKnownError when it is there already."""
    values = {column.key: getattr(response, column.key) for column in _anonymous.c if column.key != "survey_id"}
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
    tokens = {spent_token(row.key, subject) for row in session.execute(select(_keys))}
    query = select(_answered.c.survey_id).where(_answered.c.token.in_(tokens))
    return list(session.execute(query).scalars()) if tokens else []


def seal_survey(session: Session, survey_id: UUID) -> None:
    """Forget in which order anonymous responses came, and who has sent any."""
    forget_order(session, _anonymous, _moved, _anonymous.c.survey_id == survey_id)
    wipe(session, _keys, _keys.c.survey_id == survey_id)


def _token(session: Session, survey_id: UUID, subject: str) -> str | None:
    row = _key.first(session, survey=survey_id)
    return spent_token(bytes(row.key), subject) if row is not None else None


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


def survey_of(session: Session, response: Response) -> Asset:
    """The survey of a response, also after it was deleted: it has its definition as long as it has responses."""
    return asset_store.as_asset(asset_store.remains(session, response.survey))


def forget_subject(session: Session, subject: str) -> None:
    """Let nothing say any more whose responses they are."""
    session.execute(delete(ParticipationRow).where(ParticipationRow.subject == subject))


def page_of_responses(session: Session, survey: Asset, limit: int, cursor: Cursor | None) -> list[Response]:
    """Up to `limit + 1` responses in the order in which they came; anonymous ones in an order that means nothing."""
    rows = _table_of(survey)
    query = select(rows).where(rows.c.survey_id == survey.id).order_by(rows.c.id)
    if cursor is not None:
        query = query.where(rows.c.id > id_of(cursor))
    return [_as_response(row) for row in session.execute(query.limit(limit + 1))]


def scan_responses(session: Session, survey: Asset) -> Iterator[Response]:
    """All responses of a survey in the same order, a few hundred in memory at a time."""
    rows = _table_of(survey)
    query = select(rows).where(rows.c.survey_id == survey.id).order_by(rows.c.id)
    for row in session.execute(query.execution_options(yield_per=SCAN)):
        yield _as_response(row)


def _table_of(survey: Asset) -> Table:
    return _anonymous if is_anonymous(survey.config) else _responses


def purge(session: Session, survey_id: UUID, limit: int) -> int:
    """Delete up to so many rows of what people answered in a survey for good; how many there were."""
    for rows in (_participations, _responses, _anonymous, _answered, _keys, _imported):
        gone = wipe_some(session, rows, rows.c.survey_id == survey_id, limit)
        if gone:
            return len(gone)
    return 0


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
    """An anonymous one has neither a channel nor a time, and nobody replaces it."""
    return Response(
        id=row.id,
        survey=row.survey_id,
        answers=row.answers,
        language=row.language,
        channel=getattr(row, "channel", None),
        revision=getattr(row, "revision", 1),
        submitted_at=getattr(row, "submitted_at", None),
    )
