"""The tables of ideas, support, voters and ballots."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

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
    removed: Mapped[bool] = mapped_column(default=False)  # by a moderator, once it was counted: without its words
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SupportRow(Base):
    """One person supports one idea, once."""

    __tablename__ = "supports"
    __table_args__ = (Index("ix_supports_subject", "subject"),)

    idea_id: Mapped[UUID] = mapped_column(ForeignKey(IdeaRow.id), primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)


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


present = IdeaRow.withdrawn.is_(False)
