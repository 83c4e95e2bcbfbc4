"""Tables of the survey service: responses, whose they are, who has answered where nobody may know what, imported choices, publications."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from interlinker_shared.assets import AssetRow
from interlinker_shared.db import JsonText, UtcDateTime


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
    version: Mapped[int] = mapped_column(server_default="1")


class VersionRow(Base):
    """What a survey asked from `published_at` on: `document` is definition and consent as canonical JSON."""

    __tablename__ = "survey_versions"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey(AssetRow.id), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str]
    document: Mapped[str]
    merges: Mapped[dict[str, Any]] = mapped_column(JsonText)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    superseded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ParticipationRow(Base):
    """Who answered what: kept apart, so that forgetting a person leaves the tally. One per survey and subject."""

    __tablename__ = "participations"
    __table_args__ = (
        Index("ix_participations_subject", "subject"),
        Index("ix_participations_response", "response_id"),
    )

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


class PublicationRow(Base):
    """Tables that everybody may see, as JSON. `held` has the counts that were left out too: it judges the next one, and nobody reads it."""

    __tablename__ = "publications"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey(AssetRow.id), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str]
    document: Mapped[str] = mapped_column(Text)
    held: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ImportedChoiceRow(Base):
    """A choice that was handed over from an earlier step, and where it comes from."""

    __tablename__ = "imported_choices"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey(AssetRow.id), primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    question: Mapped[str]
    item: Mapped[dict[str, Any]] = mapped_column(JsonText)


responses = Base.metadata.tables["responses"]
participations = Base.metadata.tables["participations"]
imported_choices = Base.metadata.tables["imported_choices"]
publications = Base.metadata.tables["publications"]
anonymous_responses = Base.metadata.tables["anonymous_responses"]
moved_responses = Base.metadata.tables["anonymous_responses_moved"]
answered = Base.metadata.tables["answered"]
survey_keys = Base.metadata.tables["survey_keys"]
versions = Base.metadata.tables["survey_versions"]
