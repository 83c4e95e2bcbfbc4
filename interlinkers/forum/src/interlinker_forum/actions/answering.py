"""What a topic comes to: an accepted answer, an official one, a decision."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_forum import domain, store
from interlinker_forum.actions.posting import settle_answers
from interlinker_forum.domain import PostState
from interlinker_forum.events import AnswerAccepted, AnswerOfficial, TopicDecided
from interlinker_forum.models import Decision, Post, Topic
from interlinker_shared import assets
from interlinker_shared.auth import Principal, Role
from interlinker_shared.commonmark import to_html
from interlinker_shared.errors import ForbiddenError, InvalidError
from interlinker_shared.events import Event, record


def accept(session: Session, topic_id: UUID, post_id: UUID | None, *, by: Principal, now: datetime) -> Topic:
    """Say which post answers the question, or that none does: who asked it may, and moderators."""
    topic = store.topic(session, topic_id)
    board = assets.require(session, topic.board_id)
    if by.subject != topic.subject and not by.on(board.path).may(Role.MODERATOR):
        raise ForbiddenError("Only who asked the question, and moderators, accept an answer.", slug="not-yours")
    if not topic.question:
        raise domain.NotArrangeableError("This topic is no question, so that it has no answer.")
    if post_id is not None and not store.stands_in(session, post_id, topic_id):
        raise InvalidError("There is no such post in this topic.", slug="not-in-topic", pointer="/post")
    store.change_topic(session, topic_id, accepted=post_id)
    event = AnswerAccepted(asset=board.id, topic=topic_id, post=post_id)
    return _told(session, topic_id, event, by=by, now=now)


def mark_official(session: Session, post_id: UUID, office: str, *, by: Principal, now: datetime) -> Post:
    """Say that an office of the authority answers in a post."""
    return _official(session, post_id, office, by=by, now=now)


def unmark_official(session: Session, post_id: UUID, *, by: Principal, now: datetime) -> Post:
    """Say that it is a post as any other."""
    return _official(session, post_id, None, by=by, now=now)


def decide(session: Session, topic_id: UUID, body: Decision, *, by: Principal, now: datetime) -> Topic:
    """Write down what a topic ends in; the discussion may go on or be closed."""
    words = {"decision": body.summary, "decision_text": body.text, "decision_html": to_html(body.text)}
    return _decide(session, topic_id, words | {"decided_at": now}, by=by, now=now)


def undecide(session: Session, topic_id: UUID, *, by: Principal, now: datetime) -> Topic:
    """Take that back."""
    none = dict.fromkeys(("decision", "decision_text", "decision_html", "decided_at"))
    return _decide(session, topic_id, none, by=by, now=now)


def _official(session: Session, post_id: UUID, office: str | None, *, by: Principal, now: datetime) -> Post:
    post = store.post(session, post_id)
    board = assets.require(session, post.board_id)
    domain.require_standing(PostState(post.state))
    store.change_post(session, post_id, office=office)
    settle_answers(session, post.topic_id)
    event = AnswerOfficial(asset=board.id, topic=post.topic_id, post=post_id, official=office is not None)
    _told(session, post.topic_id, event, by=by, now=now)
    changed = Post.of(store.post(session, post_id), by.subject)
    assets.touch(session, "post", post_id, changed.published())
    return changed


def _decide(session: Session, topic_id: UUID, words: dict[str, Any], *, by: Principal, now: datetime) -> Topic:
    topic = store.topic(session, topic_id)
    board = assets.require(session, topic.board_id)
    domain.require_standing(PostState(topic.opening))
    store.change_topic(session, topic_id, **words)
    event = TopicDecided(asset=board.id, topic=topic_id, decided=words["decision"] is not None)
    return _told(session, topic_id, event, by=by, now=now)


def _told(session: Session, topic_id: UUID, event: Event, *, by: Principal, now: datetime) -> Topic:
    record(session, event, aggregate=topic_id, actor=by.subject, now=now)
    changed = Topic.of(store.topic(session, topic_id), by.subject)
    assets.touch(session, "topic", topic_id, changed.published())
    return changed
