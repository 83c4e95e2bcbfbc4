"""The tables of boards, topics, posts and who took part."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    Index,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from interlinker_shared.assets import AssetRow
from interlinker_shared.db import JsonText, UtcDateTime, partial

_HAS_SUBJECT = "subject IS NOT NULL"


class Base(DeclarativeBase):
    """Base of the forum's tables."""


class BoardRow(Base):
    """What a board has come to, kept exact by every write, so that nobody ever counts; and the key of its pseudonyms."""

    __tablename__ = "boards"

    id: Mapped[UUID] = mapped_column(ForeignKey(AssetRow.id), primary_key=True)
    naming_key: Mapped[bytes]
    topics: Mapped[int]
    posts: Mapped[int]
    participants: Mapped[int]


class TopicRow(Base):
    """A topic with its opening and its counters. `subject` is empty for guests, imported and erased openings."""

    __tablename__ = "topics"
    __table_args__ = (
        Index("ix_topics_activity", "board_id", "active_at", "id"),
        Index("ix_topics_subject", "subject", **partial(_HAS_SUBJECT)),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    board_id: Mapped[UUID] = mapped_column(ForeignKey(BoardRow.id))
    title: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    language: Mapped[str]
    author: Mapped[str | None]
    subject: Mapped[str | None]
    channel: Mapped[str]
    state: Mapped[str]
    opening: Mapped[str]
    reason: Mapped[str | None]
    source: Mapped[dict[str, Any] | None] = mapped_column(JsonText(none_as_null=True))
    posts: Mapped[int]
    participants: Mapped[int]
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    active_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PostRow(Base):
    """A post, or the tombstone that keeps its place. Ids are time-ordered: the key is the reading order."""

    __tablename__ = "posts"
    __table_args__ = (
        Index("ix_posts_topic", "topic_id", "id"),
        Index("ix_posts_subject", "subject", **partial(_HAS_SUBJECT)),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    topic_id: Mapped[UUID] = mapped_column(ForeignKey(TopicRow.id))
    reply_to: Mapped[UUID | None]  # no foreign key: for each post that goes, all others would be looked through
    text: Mapped[str]
    html: Mapped[str]
    language: Mapped[str]
    author: Mapped[str | None]
    subject: Mapped[str | None]
    channel: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ParticipantRow(Base):
    """Somebody took part in a topic or on a board (the scope); the key lets every person count once."""

    __tablename__ = "participants"
    __table_args__ = ({"sqlite_with_rowid": False},)

    scope: Mapped[UUID] = mapped_column(primary_key=True)
    author: Mapped[str] = mapped_column(primary_key=True)
