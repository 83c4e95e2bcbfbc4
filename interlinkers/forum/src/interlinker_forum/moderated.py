"""What people can report in the forum, how it is taken down, and how it comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_forum import store
from interlinker_forum.actions import settle_answers, take_down, tell_post_withdrawn
from interlinker_forum.domain import PostState
from interlinker_forum.events import PostRestored, TopicRestored
from interlinker_forum.models import Post, Topic
from interlinker_shared import assets
from interlinker_shared.auth import Principal
from interlinker_shared.commonmark import to_html
from interlinker_shared.events import record
from interlinker_shared.http import encode_cursor
from interlinker_shared.moderation import Matter, ModeratedKind, Removal, excerpt, remove_item


def remove_topic(session: Session, topic_id: UUID, body: Removal, *, by: Principal, now: datetime) -> Topic:
    """Take down somebody's topic, and say why."""
    remove_item(session, TOPIC, topic_id, body.decision, by=by, now=now)
    return Topic.of(store.topic(session, topic_id), by.subject)


def remove_post(session: Session, post_id: UUID, body: Removal, *, by: Principal, now: datetime) -> Post:
    """Take down somebody's post, and say why."""
    remove_item(session, POST, post_id, body.decision, by=by, now=now)
    return Post.of(store.post(session, post_id), by.subject)


def _find_topics(session: Session, ids: Sequence[UUID]) -> dict[UUID, Matter]:
    return {
        row.id: Matter(
            asset=row.board_id,
            author=row.subject,
            excerpt=excerpt(f"{row.title} – {row.text}") if row.title else "",
            language=row.language,
            page=f"/topics/{row.id}/view",
            standing=row.opening == PostState.PUBLISHED,
        )
        for row in store.topics_by_id(session, ids)
    }


def _find_posts(session: Session, ids: Sequence[UUID]) -> dict[UUID, Matter]:
    return {
        row.id: Matter(
            asset=row.board_id,
            author=row.subject,
            excerpt=excerpt(row.text),
            language=row.language,
            page=f"/topics/{row.topic_id}/view?cursor={encode_cursor([str(UUID(int=row.id.int - 1))])}#post-{row.id}",
            standing=row.state == PostState.PUBLISHED,
        )
        for row in store.posts_by_id(session, ids)
    }


def _hide_topic(
    session: Session, topic_id: UUID, /, *, reason: str, actor: str | None, now: datetime
) -> dict[str, Any]:
    topic = store.topic(session, topic_id)
    board = assets.require(session, topic.board_id)
    take_down(session, board, topic, PostState.REMOVED, reason, actor=actor, now=now)
    return {"title": topic.title, "text": topic.text, "state": topic.state}


def _restore_topic(session: Session, topic_id: UUID, words: Mapping[str, Any], /, *, now: datetime) -> None:
    store.show_opening(session, topic_id, {**words, "html": to_html(words["text"])})
    topic = store.topic(session, topic_id)
    record(session, TopicRestored(asset=topic.board_id, topic=topic.id), aggregate=topic.id, now=now)
    assets.touch(session, "topic", topic.id, Topic.of(topic, None).published())


def _hide_post(session: Session, post_id: UUID, /, *, reason: str, actor: str | None, now: datetime) -> dict[str, Any]:
    post = store.post(session, post_id)
    store.blank_post(session, post.id, PostState.REMOVED, reason=reason)
    settle_answers(session, post.topic_id)
    tell_post_withdrawn(session, post.board_id, post, removed=True, actor=actor, now=now)
    return {"text": post.text}


def _restore_post(session: Session, post_id: UUID, words: Mapping[str, Any], /, *, now: datetime) -> None:
    store.show_post(session, post_id, {**words, "html": to_html(words["text"])})
    post = store.post(session, post_id)
    settle_answers(session, post.topic_id)
    event = PostRestored(asset=post.board_id, topic=post.topic_id, post=post.id)
    record(session, event, aggregate=post.topic_id, now=now)
    assets.touch(session, "post", post.id, Post.of(post, None).published())


TOPIC = ModeratedKind("topic", _find_topics, _hide_topic, _restore_topic)
POST = ModeratedKind("post", _find_posts, _hide_post, _restore_post)
MODERATED = (TOPIC, POST)
