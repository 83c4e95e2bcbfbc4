"""`/boards/{board_id}/topics`: what is discussed on a board."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from interlinker_forum import actions, store
from interlinker_forum.models import Topic, TopicCreate, TopicSummary
from interlinker_shared import assets
from interlinker_shared.auth import Principal
from interlinker_shared.http import AnyoneHere, Database, Listing, Now, Paging, page_response, public
from interlinker_shared.http.paging import PageOf
from interlinker_shared.http.quick import QuickRoute
from interlinker_shared.limits.guests import takes_guests

router = APIRouter(prefix="/boards", tags=["boards"], route_class=QuickRoute)


@router.post("/{board_id}/topics", status_code=201)
@takes_guests
async def open_topic(board_id: UUID, body: TopicCreate, db: Database, who: AnyoneHere, now: Now) -> Topic:
    """Open a topic. 401 for a guest where the board takes none, 409 when the board is closed or not open yet.

    Moderators may open one for somebody at the desk, by phone or on paper: `channel`, and `author` where known.
    """
    return await db.write(actions.open_topic, board_id, body, by=who, now=now)


@router.get("/{board_id}/topics", response_model=Listing[TopicSummary])
@public
async def list_topics(board_id: UUID, db: Database, who: AnyoneHere, page: Paging) -> Response:
    """List topics, the one with the latest activity first."""
    found = await db.read(_page, board_id, who, page)
    return page_response(found, page.limit, lambda topic: [topic.active_at, topic.id])


def _page(session: Session, board_id: UUID, who: Principal, page: PageOf) -> list[Any]:
    assets.require_shown(session, board_id)
    return store.list_topics(session, board_id, page, who.subject)
