"""`/boards/{board_id}/…`: what is discussed on a board, and who takes part."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime
from sqlalchemy.orm import Session

from interlinker_forum import actions, reading, searching, store
from interlinker_forum.domain import Shelf
from interlinker_forum.models import (
    Draft,
    DraftBody,
    Following,
    Found,
    PageTopic,
    Person,
    Post,
    TagCount,
    Topic,
    TopicCreate,
    TopicSummary,
    Url,
)
from interlinker_forum.searching import Asked, Kind
from interlinker_shared import assets
from interlinker_shared.auth import Principal
from interlinker_shared.http import (
    AnyoneHere,
    Database,
    Listing,
    MemberHere,
    Now,
    Paging,
    listing,
    page_response,
    public,
)
from interlinker_shared.http.paging import PageOf
from interlinker_shared.http.quick import QuickRoute
from interlinker_shared.limits.guests import takes_guests

router = APIRouter(prefix="/boards", tags=["boards"], route_class=QuickRoute)

Kept = Annotated[Shelf, Query(description="Current ones, old ones, or those that were merged into others.")]
Beginning = Annotated[str, Query(pattern="^[0-9a-f]{0,10}$", description="How the name begins, without its @.")]


@router.post("/{board_id}/topics", status_code=201)
@takes_guests
async def open_topic(board_id: UUID, body: TopicCreate, db: Database, who: AnyoneHere, now: Now) -> Topic:
    """Open a topic. 401 for a guest where the board takes none, 409 when the board is closed or not open yet.

    Moderators may open one for somebody at the desk, by phone or on paper: `channel`, and `author` where known.
    """
    return await db.write(actions.open_topic, board_id, body, by=who, now=now)


@router.get("/{board_id}/topics", response_model=Listing[TopicSummary])
@public
async def list_topics(
    board_id: UUID, db: Database, who: AnyoneHere, page: Paging, shelf: Kept = Shelf.CURRENT
) -> Response:
    """List topics: pinned ones, then the one with the latest activity first."""
    found = await db.read(_page, board_id, who, page, shelf)
    return page_response(found, page.limit, _place)


@router.get("/{board_id}/search")
@public
async def search_board(
    board_id: UUID,
    q: Annotated[str, Query(min_length=1, max_length=200, description="Words, and phrases in quotation marks.")],
    db: Database,
    _who: AnyoneHere,
    page: Paging,
    kind: Annotated[Kind, Query(description="Openings, posts or both.")] = Kind.ALL,
    language: Annotated[str | None, Query(pattern="^[A-Za-z]{2,3}$", description="Of the texts.")] = None,
    author: Annotated[str | None, Query(pattern="^[0-9a-f]{10}$", description="Whose texts.")] = None,
    since: Annotated[AwareDatetime | None, Query(description="No older texts.")] = None,
) -> Listing[Found]:
    """Search a board: texts with all words, whatever their capitals and accents, the best of the newest 300 first."""
    asked = Asked(q, kind, language, author, since)
    found = await db.read(searching.search, board_id, asked, page)
    return listing(found, page.limit, searching.place_of)


@router.get("/{board_id}/tags")
@public
async def list_tags(board_id: UUID, db: Database, _who: AnyoneHere) -> Listing[TagCount]:
    """List the tags of a board's current topics, the commonest first; a hundred at most."""
    return await db.read(reading.tags, board_id)


@router.get("/{board_id}/tags/{tag}/topics", response_model=Listing[TopicSummary])
@public
async def list_topics_with_tag(board_id: UUID, tag: str, db: Database, who: AnyoneHere, page: Paging) -> Response:
    """List the current topics that have a tag, as those of the board."""
    found = await db.read(_page, board_id, who, page, Shelf.CURRENT, tag.lower())
    return page_response(found, page.limit, _place)


@router.get("/{board_id}/topics/by-url")
@public
async def read_topic_of_page(
    board_id: UUID, page: Annotated[Url, Query(description="Its address.")], db: Database, who: AnyoneHere
) -> Topic:
    """The topic that is about a page elsewhere, by any spelling of its address. 404 when there is none."""
    return await db.read(reading.topic_of_page, board_id, page, who)


@router.put("/{board_id}/topics/by-url")
@takes_guests
async def put_topic_of_page(board_id: UUID, body: PageTopic, db: Database, who: AnyoneHere, now: Now) -> Topic:
    """The same, and it is made when there is none: of nobody, for comments. 422 for a site that is none of the board's `origins`."""
    return await db.write(actions.topic_of_page, board_id, body, by=who, now=now)


@router.get("/{board_id}/people")
@public
async def suggest_people(board_id: UUID, db: Database, _who: AnyoneHere, begins: Beginning = "") -> Listing[Person]:
    """Up to ten people of a board who can be mentioned, by the beginning of their names."""
    return await db.read(reading.people, board_id, begins)


@router.get("/{board_id}/mentions")
async def list_mentions(board_id: UUID, db: Database, who: MemberHere, page: Paging) -> Listing[Post]:
    """List the posts that mention the caller, the latest first."""
    found = await db.read(reading.mentions, board_id, who, page)
    return listing(found, page.limit, lambda post: [str(post.id)])


@router.get("/{board_id}/following")
async def list_followed(board_id: UUID, db: Database, who: MemberHere, page: Paging) -> Listing[Following]:
    """List the topics that the caller follows, the newest first, with how many posts she has not read."""
    found = await db.read(reading.followed, board_id, who, page)
    return listing(found, page.limit, lambda one: [str(one.topic)])


@router.get("/{board_id}/draft")
async def read_board_draft(board_id: UUID, db: Database, who: MemberHere) -> Draft:
    """The topic that the caller has begun to write. 404 when there is none."""
    return await db.read(reading.draft_of_board, board_id, who)


@router.put("/{board_id}/draft")
async def save_board_draft(board_id: UUID, body: DraftBody, db: Database, who: MemberHere, now: Now) -> Draft:
    """Keep what the caller has begun to write, in the place of what there was; nobody else sees it. 409 unless it is open."""
    await db.read(assets.require_open, board_id, now)
    return await db.write(actions.save_draft, board_id, body, by=who, now=now)


@router.delete("/{board_id}/draft", status_code=204)
async def drop_board_draft(board_id: UUID, db: Database, who: MemberHere) -> None:
    """Forget it."""
    await db.read(assets.require_shown, board_id)
    await db.write(actions.drop_draft, board_id, by=who)


def _place(topic: Any) -> list[Any]:
    return [topic.pinned, topic.active_at, topic.id]


def _page(
    session: Session, board_id: UUID, who: Principal, page: PageOf, shelf: Shelf, tag: str | None = None
) -> list[Any]:
    assets.require_shown(session, board_id)
    return store.list_topics(session, board_id, page, who.subject, shelf, tag=tag)
