"""What people keep for themselves in a topic, and what they say without words."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_forum import domain, store
from interlinker_forum.domain import VOTES, PostState, Reaction, TopicState
from interlinker_forum.models import Draft, DraftBody, Post, Topic
from interlinker_shared import assets
from interlinker_shared.auth import Principal
from interlinker_shared.errors import InvalidError
from interlinker_shared.gate import open_for

# Drafts and places of readers change nothing that others see. So they are written without loading the board, which would
# let go of all that is kept of its pages; the routes have asked before whether the caller may know of it.


def save_draft(session: Session, place: UUID, body: DraftBody, *, by: Principal, now: datetime) -> Draft:
    """Keep what somebody has begun to write in a topic or on a board."""
    store.save_draft(session, _herself(session, by), place, title=body.title, text=body.text, now=now)
    return Draft(place=place, title=body.title, text=body.text, saved_at=now)


def drop_draft(session: Session, place: UUID, *, by: Principal) -> None:
    """Forget it."""
    store.drop_draft(session, _herself(session, by), place)


def keep_position(session: Session, topic_id: UUID, post_id: UUID, *, by: Principal) -> None:
    """Note how far somebody has read."""
    if store.place_in(session, post_id, topic_id) is None:
        raise InvalidError("There is no such post in this topic.", slug="not-in-topic", pointer="/post")
    store.keep_reading(session, _herself(session, by), topic_id, read_to=post_id)


def follow(session: Session, topic_id: UUID, *, by: Principal, following: bool = True) -> None:
    """Follow a topic, or do so no more."""
    store.keep_reading(session, _herself(session, by), topic_id, following=following)


def react_to_post(session: Session, post_id: UUID, kind: Reaction, *, on: bool, by: Principal, now: datetime) -> Post:
    """Say something without words about a post, or take it back."""
    post = store.post(session, post_id)
    assets.require_open(session, post.board_id, now)  # first: it tells strangers that there is nothing
    domain.require_standing(PostState(post.state))
    domain.require_open(TopicState(store.topic_to_answer(session, post.topic_id).state))
    _react(session, post, kind, on=on, by=by, opening=False)
    return Post.of(store.post(session, post_id), by.subject)


def react_to_topic(
    session: Session, topic_id: UUID, kind: Reaction, *, on: bool, by: Principal, now: datetime
) -> Topic:
    """The same about the opening of a topic."""
    topic = store.topic(session, topic_id)
    assets.require_open(session, topic.board_id, now)  # as above
    domain.require_standing(PostState(topic.opening))
    domain.require_open(TopicState(topic.state))
    _react(session, topic, kind, on=on, by=by, opening=True)
    return Topic.of(store.topic(session, topic_id), by.subject)


def _react(session: Session, row: Any, kind: Reaction, *, on: bool, by: Principal, opening: bool) -> None:
    """The counts change by what the rows have changed: whoever says the same twice says it once."""
    subject = str(by.subject)
    gone = VOTES - {kind} if on and kind in VOTES else frozenset[Reaction]() if on else {kind}
    counts = dict(row.reactions)
    for one in store.unreact(session, row.id, subject, sorted(gone)) if gone else ():
        counts[one] = counts.get(one, 0) - 1
    if on and store.react(session, row.id, subject, kind):
        counts[kind] = counts.get(kind, 0) + 1
    store.set_reactions(session, row.id, {one: count for one, count in counts.items() if count > 0}, opening=opening)


def _herself(session: Session, by: Principal) -> str:
    subject = str(by.subject)
    open_for(session, subject)
    return subject
