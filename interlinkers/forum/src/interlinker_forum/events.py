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


class TopicReopened(Event):
    """People can post in the topic again."""

    name: ClassVar[str] = "topic.reopened.v1"

    asset: UUID
    topic: UUID


class TopicMoved(Event):
    """The topic is on another board (`asset`) now than it was (`came_from`)."""

    name: ClassVar[str] = "topic.moved.v1"

    asset: UUID
    topic: UUID
    came_from: UUID


class TopicMerged(Event):
    """The topic's opening and posts are posts of another one now."""

    name: ClassVar[str] = "topic.merged.v1"

    asset: UUID
    topic: UUID
    into: UUID


class TopicEdited(Event):
    """Who opened the topic has written its opening anew."""

    name: ClassVar[str] = "topic.edited.v1"

    asset: UUID
    topic: UUID


class PostEdited(Event):
    """Somebody has written a post anew."""

    name: ClassVar[str] = "post.edited.v1"

    asset: UUID
    topic: UUID
    post: UUID


class AnswerAccepted(Event):
    """A post answers the question that its topic asks; null when none does any more."""

    name: ClassVar[str] = "answer.accepted.v1"

    asset: UUID
    topic: UUID
    post: UUID | None


class AnswerOfficial(Event):
    """An office of the authority answers in a post, or (`official` is false) does not after all."""

    name: ClassVar[str] = "answer.official.v1"

    asset: UUID
    topic: UUID
    post: UUID
    official: bool


class TopicDecided(Event):
    """The topic has ended in a decision, or (`decided` is false) has not after all."""

    name: ClassVar[str] = "topic.decided.v1"

    asset: UUID
    topic: UUID
    decided: bool


EVENTS: tuple[type[Event], ...] = (
    TopicOpened,
    TopicClosed,
    PostPublished,
    PostWithdrawn,
    TopicRestored,
    PostRestored,
    TopicReopened,
    TopicMoved,
    TopicMerged,
    TopicEdited,
    PostEdited,
    AnswerAccepted,
    AnswerOfficial,
    TopicDecided,
)
