"""Events that the forum records beside those of every block."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from interlinker_shared.events import Event


class TopicOpened(Event):
    """People can discuss something new; `imported` tells a topic taken over from an earlier step."""

    name: ClassVar[str] = "topic.opened.v1"

    asset: UUID
    topic: UUID
    imported: bool


class TopicClosed(Event):
    """Nobody can post in the topic any more."""

    name: ClassVar[str] = "topic.closed.v1"

    asset: UUID
    topic: UUID
    posts: int
    participants: int


class PostPublished(Event):
    """Somebody answered in a topic."""

    name: ClassVar[str] = "post.published.v1"

    asset: UUID
    topic: UUID
    post: UUID
    reply_to: UUID | None


class PostWithdrawn(Event):
    """A post is a tombstone now: by its author, or `removed` by a moderator."""

    name: ClassVar[str] = "post.withdrawn.v1"

    asset: UUID
    topic: UUID
    post: UUID
    removed: bool


class TopicRestored(Event):
    """A topic that a moderator took down can be read again."""

    name: ClassVar[str] = "topic.restored.v1"

    asset: UUID
    topic: UUID


class PostRestored(Event):
    """A post that a moderator took down can be read again."""

    name: ClassVar[str] = "post.restored.v1"

    asset: UUID
    topic: UUID
    post: UUID


EVENTS: tuple[type[Event], ...] = (TopicOpened, TopicClosed, PostPublished, PostWithdrawn, TopicRestored, PostRestored)
