"""The tables of boards, topics and posts, of who took part, and of what people keep for themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ForeignKey,
    Index,
    String,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from interlinker_shared.assets import AssetRow
from interlinker_shared.db import BigId, JsonText, UtcDateTime, partial

_HAS_SUBJECT = "subject IS NOT NULL"
_HAS_URL = "url IS NOT NULL"
WORDS = ARRAY(String).with_variant(String(), "sqlite")


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
        Index("ix_topics_order", "board_id", "shelf", "pinned", "active_at", "id"),
        Index("ix_topics_subject", "subject", **partial(_HAS_SUBJECT)),
        Index("ix_topics_url", "board_id", "url", unique=True, **partial(_HAS_URL)),
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
    shelf: Mapped[str]
    pinned: Mapped[bool]
    question: Mapped[bool]
    tags: Mapped[list[str]] = mapped_column(JsonText)
    url: Mapped[str | None]
    merged_into: Mapped[UUID | None]
    accepted: Mapped[UUID | None]
    official: Mapped[UUID | None]
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decision: Mapped[str | None]
    decision_text: Mapped[str | None]
    decision_html: Mapped[str | None]
    reactions: Mapped[dict[str, int]] = mapped_column(JsonText)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PostRow(Base):
    """A post, or the tombstone that keeps its place.

    Ids are time-ordered: the key is the reading order. `path` is the order in which answers stand under what they answer.
    """

    __tablename__ = "posts"
    __table_args__ = (
        Index("ix_posts_topic", "topic_id", "id"),
        Index("ix_posts_tree", "topic_id", "path", "id"),
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
    path: Mapped[str]
    depth: Mapped[int]
    quotes: Mapped[list[str]] = mapped_column(JsonText)
    mentions: Mapped[list[str]] = mapped_column(JsonText)
    office: Mapped[str | None]
    reactions: Mapped[dict[str, int]] = mapped_column(JsonText)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    came_from: Mapped[UUID | None]


class ParticipantRow(Base):
    """Somebody took part in a topic or on a board (the scope); the key lets every person count once."""

    __tablename__ = "participants"
    __table_args__ = ({"sqlite_with_rowid": False},)

    scope: Mapped[UUID] = mapped_column(primary_key=True)
    author: Mapped[str] = mapped_column(primary_key=True)


class TagRow(Base):
    """A topic has a tag."""

    __tablename__ = "topic_tags"
    __table_args__ = ({"sqlite_with_rowid": False},)

    board_id: Mapped[UUID] = mapped_column(primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)
    topic_id: Mapped[UUID] = mapped_column(primary_key=True)


class QuoteRow(Base):
    """A post says whose words it repeats, so that they can be found when they must go."""

    __tablename__ = "quotes"
    __table_args__ = (Index("ix_quotes_post", "post_id"), {"sqlite_with_rowid": False})

    origin_id: Mapped[UUID] = mapped_column(primary_key=True)
    post_id: Mapped[UUID] = mapped_column(primary_key=True)


class MentionRow(Base):
    """A post names somebody by her pseudonym on the board."""

    __tablename__ = "mentions"
    __table_args__ = (Index("ix_mentions_post", "post_id"), {"sqlite_with_rowid": False})

    author: Mapped[str] = mapped_column(primary_key=True)
    post_id: Mapped[UUID] = mapped_column(primary_key=True)


class RevisionRow(Base):
    """What a post or an opening said before, and what became of it then: HTML with `ins` and `del`."""

    __tablename__ = "revisions"

    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str | None]
    text: Mapped[str]
    changes: Mapped[str]
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class ReactionRow(Base):
    """Somebody reacted to a post or an opening; the key lets every person count once for each kind."""

    __tablename__ = "reactions"
    __table_args__ = (Index("ix_reactions_subject", "subject"), {"sqlite_with_rowid": False})

    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)


class DraftRow(Base):
    """What somebody has begun to write, in a topic or, for a new topic, on a board."""

    __tablename__ = "drafts"
    __table_args__ = (Index("ix_drafts_place", "place"),)

    subject: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str]
    text: Mapped[str]
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SearchRow(Base):
    """A text that can be found. On SQLite its words are in the FTS5 table `search_words`, under the same number."""

    __tablename__ = "search_entries"
    __table_args__ = (Index("ix_search_item", "item", unique=True),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    item: Mapped[UUID]
    kind: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    words: Mapped[list[str] | None] = mapped_column(WORDS)


class ReadingRow(Base):
    """How far somebody has read a topic, and whether she follows it."""

    __tablename__ = "readings"
    __table_args__ = (Index("ix_readings_topic", "topic_id"),)

    subject: Mapped[str] = mapped_column(primary_key=True)
    topic_id: Mapped[UUID] = mapped_column(primary_key=True)
    read_to: Mapped[UUID | None]
    following: Mapped[bool]
