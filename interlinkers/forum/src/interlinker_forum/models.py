"""Wire models: what a board, its topics and their posts look like from outside."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from interlinker_forum.domain import PostState, TopicState
from interlinker_shared.assets import Source
from interlinker_shared.auth import Channel
from interlinker_shared.text import Key, LanguageTag, Line, Prose, Wire

_MOVING = {"mine", "posts", "participants", "active_at"}
_AUTHOR = "A pseudonym that is the same person's on this board only; null for guests, imported and erased ones."


class BoardConfig(Wire):
    """What a board is for, and whether people without an account may take part. Both may change at any time."""

    description: Prose | None = Field(None, description="CommonMark.")
    guests: bool = Field(default=False, description="Whether people without an account may open topics and post.")


class Contribution(Wire):
    """What every contribution says beside its words."""

    language: LanguageTag | None = Field(None, description="Of the text; the board's by default.")
    channel: Channel | None = Field(None, description="How it came in; the token's by default.")
    author: Key | None = Field(
        None,
        description="For moderators: pseudonymous id of the person whose words from desk, phone or paper these are.",
    )


class TopicCreate(Contribution):
    """A new topic: a title and the opening text in CommonMark."""

    title: Line
    text: Prose


class PostCreate(Contribution):
    """A new post in CommonMark, perhaps in reply to another one of the same topic."""

    text: Prose
    reply_to: UUID | None = None


class TopicSummary(BaseModel):
    """A topic without its text. `posts` and `participants` count what was said in it, the opening not included."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    board: UUID
    title: str = Field(description="Empty once the opening is taken down.")
    language: str
    author: str | None = Field(description=_AUTHOR)
    mine: bool = Field(default=False, description="True for its author only.")
    channel: Channel
    state: TopicState
    opening: PostState
    reason: str | None = Field(description="Why a moderator took the opening down.")
    posts: int
    participants: int
    opened_at: datetime
    active_at: datetime
    closed_at: datetime | None
    source: Source | None

    @classmethod
    def of(cls, row: Any, viewer: str | None) -> TopicSummary:
        """The row as `viewer` (a subject, or None) may see it."""
        return cls.model_construct(**_summary(row, viewer))


class Topic(TopicSummary):
    """A topic with its opening, as it was written and as sanitised HTML."""

    text: str
    html: str

    @classmethod
    def of(cls, row: Any, viewer: str | None) -> Topic:
        """The row as `viewer` (a subject, or None) may see it."""
        return cls.model_construct(**_summary(row, viewer), text=row.text, html=row.html)

    def published(self) -> dict[str, Any]:
        """What a mirror keeps: without the counters, which follow from the posts."""
        return self.model_dump(mode="json", exclude=_MOVING)


class Post(BaseModel):
    """A post, or the tombstone of one: then `text` is empty and `state` says who took it down."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    topic: UUID
    reply_to: UUID | None
    text: str
    html: str
    language: str
    author: str | None = Field(description=_AUTHOR)
    mine: bool = Field(default=False, description="True for its author only.")
    channel: Channel
    state: PostState
    reason: str | None = Field(description="Why a moderator removed it.")
    created_at: datetime

    @classmethod
    def of(cls, row: Any, viewer: str | None) -> Post:
        """The row as `viewer` (a subject, or None) may see it."""
        return cls.model_construct(
            id=row.id,
            topic=row.topic_id,
            reply_to=row.reply_to,
            text=row.text,
            html=row.html,
            language=row.language,
            author=row.author,
            mine=_is_own(row, viewer),
            channel=Channel(row.channel),
            state=PostState(row.state),
            reason=row.reason,
            created_at=row.created_at,
        )

    def published(self) -> dict[str, Any]:
        """What a mirror keeps."""
        return self.model_dump(mode="json", exclude=_MOVING)


def _summary(row: Any, viewer: str | None) -> dict[str, Any]:
    return {
        "id": row.id,
        "board": row.board_id,
        "title": row.title,
        "language": row.language,
        "author": row.author,
        "mine": _is_own(row, viewer),
        "channel": Channel(row.channel),
        "state": TopicState(row.state),
        "opening": PostState(row.opening),
        "reason": row.reason,
        "posts": row.posts,
        "participants": row.participants,
        "opened_at": row.opened_at,
        "active_at": row.active_at,
        "closed_at": row.closed_at,
        "source": Source.model_construct(**row.source) if row.source else None,
    }


def _is_own(row: Any, viewer: str | None) -> bool:
    return viewer is not None and row.subject == viewer
