"""The tables of ideas, support, voters and ballots."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, Uuid, and_
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from interlinker_ideation.statuses import Status
from interlinker_shared.assets import AssetRow
from interlinker_shared.db import JsonText, UtcDateTime


class Base(DeclarativeBase):
    """Base of ideation's own tables."""


class IdeaRow(Base):
    """An idea; `number` counts within the campaign, ballots name ideas by it."""

    __tablename__ = "ideas"
    __table_args__ = (
        UniqueConstraint("campaign_id", "number"),
        Index("ix_ideas_support", "campaign_id", "support", "number"),
        Index("ix_ideas_author", "author"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey(AssetRow.id))
    number: Mapped[int]
    title: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    language: Mapped[str]
    cost: Mapped[int | None] = mapped_column(BigInteger)
    author: Mapped[str | None]
    source: Mapped[Any] = mapped_column(JsonText, nullable=True)
    support: Mapped[int] = mapped_column(default=0)
    withdrawn: Mapped[bool] = mapped_column(default=False)
    category: Mapped[str | None]
    district: Mapped[str | None]
    fields: Mapped[Any] = mapped_column(JsonText, default=dict)
    location: Mapped[Any] = mapped_column(JsonText(none_as_null=True), nullable=True)
    status: Mapped[str] = mapped_column(default=Status.SUBMITTED)
    version: Mapped[int] = mapped_column(default=1)
    merged_into: Mapped[UUID | None]
    removed: Mapped[bool] = mapped_column(default=False)  # by a moderator, once it was counted: without its words
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SupportRow(Base):
    """One person supports one idea, once."""

    __tablename__ = "supports"
    __table_args__ = (Index("ix_supports_subject", "subject"),)

    idea_id: Mapped[UUID] = mapped_column(ForeignKey(IdeaRow.id), primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    via: Mapped[UUID | None]  # the idea that was merged into this one, and that this person supports


class FollowerRow(Base):
    """One person follows one idea, once; who supports or submits one is told of it anyway."""

    __tablename__ = "followers"
    __table_args__ = (Index("ix_followers_subject", "subject"),)

    idea_id: Mapped[UUID] = mapped_column(ForeignKey(IdeaRow.id), primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    via: Mapped[UUID | None]  # as of support


class IdeaVersionRow(Base):
    """A former version of an idea; that it was the author who changed it need not be told, nobody else may."""

    __tablename__ = "idea_versions"

    idea_id: Mapped[UUID] = mapped_column(ForeignKey(IdeaRow.id), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    text: Mapped[str]
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class AssessmentRow(Base):
    """What an office found out about an idea; its cost lies with the idea."""

    __tablename__ = "idea_assessments"

    idea_id: Mapped[UUID] = mapped_column(ForeignKey(IdeaRow.id), primary_key=True)
    feasibility: Mapped[str]
    department: Mapped[str | None]
    note: Mapped[str | None]
    assessed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AnswerRow(Base):
    """The public answer of an office to an idea."""

    __tablename__ = "idea_answers"

    idea_id: Mapped[UUID] = mapped_column(ForeignKey(IdeaRow.id), primary_key=True)
    office: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    language: Mapped[str]
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)


class StepRow(Base):
    """A step of an idea's way through the offices; `number` counts within the idea."""

    __tablename__ = "idea_steps"

    idea_id: Mapped[UUID] = mapped_column(ForeignKey(IdeaRow.id), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str]
    reason: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ArchiveRow(Base):
    """A campaign that was put away."""

    __tablename__ = "campaign_archives"

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey(AssetRow.id), primary_key=True)
    archived_at: Mapped[datetime] = mapped_column(UtcDateTime)
    unanswered: Mapped[int]
    reason: Mapped[str | None]


class PhaseToldRow(Base):
    """A beginning or an end of a phase that everybody was told of."""

    __tablename__ = "phases_told"

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey(AssetRow.id), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    begins: Mapped[bool] = mapped_column(primary_key=True)


class VoterRow(Base):
    """The spent token of who has voted. Nothing here leads to a ballot: no key, no time, no order of arrival."""

    __tablename__ = "voters"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy's own way to say it

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey(AssetRow.id), primary_key=True)
    token: Mapped[str] = mapped_column(primary_key=True)


class CampaignKeyRow(Base):
    """The secret of a campaign that is open: with it tokens of voters are made."""

    __tablename__ = "campaign_keys"

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey(AssetRow.id), primary_key=True)
    key: Mapped[bytes]


class _Ballot:
    campaign_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    receipt: Mapped[str]  # its hash, until the campaign closes
    marks: Mapped[str]


class BallotRow(_Ballot, Base):
    """A ballot under a random id; kept in the order of that id, not of arrival.

    `marks` is a JSON array of idea numbers, or of pairs of one and a value.
    """

    __tablename__ = "ballots"
    __table_args__ = (Index("ix_ballots_receipt", "campaign_id", "receipt", unique=True), {"sqlite_with_rowid": False})


class MovedBallotRow(_Ballot, Base):
    """Where ballots are for a moment while their order is forgotten."""

    __tablename__ = "ballots_moved"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - as above


class CountedReceiptRow(Base):
    """The hash of a receipt whose ballot was counted, in the order of the hashes: it leads to no ballot."""

    __tablename__ = "counted_receipts"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - as above

    campaign_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    receipt: Mapped[str] = mapped_column(primary_key=True)


class CountingRow(Base):
    """A closed campaign that waits to be counted apart, and how far that is."""

    __tablename__ = "countings"

    campaign_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    phase: Mapped[str] = mapped_column(default="waiting")
    done: Mapped[int] = mapped_column(default=0)
    of: Mapped[int | None]


class BundleRow(Base):
    """The bundle of a campaign that was counted, as it was then; nobody's words are in it."""

    __tablename__ = "bundles"

    campaign_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    document: Mapped[str]


present = and_(IdeaRow.withdrawn.is_(False), IdeaRow.merged_into.is_(None))
