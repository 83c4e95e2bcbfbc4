"""`/topics/{topic_id}`: one topic, its life and its posts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from interlinker_forum import actions, moderated, store
from interlinker_forum.models import Post, PostCreate, Topic
from interlinker_shared import assets
from interlinker_shared.auth import Principal
from interlinker_shared.http import (
    AnyoneHere,
    Database,
    Listing,
    MemberHere,
    ModeratorHere,
    Now,
    Paging,
    page_response,
    public,
)
from interlinker_shared.http.paging import PageOf
from interlinker_shared.http.quick import QuickRoute
from interlinker_shared.limits.guests import takes_guests
from interlinker_shared.moderation import Removal

router = APIRouter(prefix="/topics", tags=["topics"], route_class=QuickRoute)


@router.get("/{topic_id}/posts", response_model=Listing[Post])
@public
async def list_posts(topic_id: UUID, db: Database, who: AnyoneHere, page: Paging) -> Response:
    """List the posts of a topic, oldest first. What was taken down keeps its place as a tombstone."""
    found = await db.read(_posts, topic_id, who, page)
    return page_response(found, page.limit, lambda post: [post.id])


@router.post("/{topic_id}/posts", status_code=201)
@takes_guests
async def publish_post(topic_id: UUID, body: PostCreate, db: Database, who: AnyoneHere, now: Now) -> Post:
    """Post in a topic. 401 for a guest where the board takes none, 409 when the topic or its board is closed.

    Moderators may enter what somebody said at the desk, by phone or on paper: `channel`, and `author` where known.
    """
    return await db.write(actions.publish_post, topic_id, body, by=who, now=now)


@router.get("/{topic_id}")
@public
async def read_topic(topic_id: UUID, db: Database, who: AnyoneHere) -> Topic:
    """Read a topic: its opening as written and as sanitised HTML, its state and its counts."""
    return await db.read(_topic, topic_id, who)


@router.delete("/{topic_id}", status_code=204)
async def withdraw_topic(topic_id: UUID, db: Database, who: MemberHere, now: Now) -> None:
    """Take back your own topic: it closes, its words go, the posts of others stay. 409 when it is gone already."""
    await db.write(actions.withdraw_topic, topic_id, by=who, now=now)


@router.post("/{topic_id}/close")
async def close_topic(topic_id: UUID, db: Database, who: ModeratorHere, now: Now) -> Topic:
    """Close a topic: it stays readable, nobody can post any more. Repeating it changes nothing."""
    return await db.write(actions.close_topic, topic_id, by=who, now=now)


@router.post("/{topic_id}/remove")
async def remove_topic(topic_id: UUID, body: Removal, db: Database, who: ModeratorHere, now: Now) -> Topic:
    """Take somebody's topic down and close it; all readers see the reason. 409 when it is gone already."""
    return await db.write(moderated.remove_topic, topic_id, body, by=who, now=now)


def _topic(session: Session, topic_id: UUID, who: Principal) -> Topic:
    topic = store.topic(session, topic_id)
    assets.require(session, topic.board_id)
    return Topic.of(topic, who.subject)


def _posts(session: Session, topic_id: UUID, who: Principal, page: PageOf) -> list[Any]:
    assets.require_shown(session, store.board_of(session, topic_id))
    return store.list_posts(session, topic_id, page, who.subject)
