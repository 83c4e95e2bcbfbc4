"""A board and its topics as pages: read, open a topic and answer, without JavaScript."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from interlinker_forum import actions, store
from interlinker_forum.domain import TopicState
from interlinker_forum.models import Post, PostCreate, Topic, TopicCreate, TopicSummary
from interlinker_shared import assets
from interlinker_shared.assets import Asset, State
from interlinker_shared.auth import Channel, Principal, Role
from interlinker_shared.commonmark import to_html
from interlinker_shared.errors import InvalidError
from interlinker_shared.http import AnyoneHere, Database, Listing, Now, Paging, encode_cursor, listing, public
from interlinker_shared.http.paging import DEFAULT_LIMIT, PageOf
from interlinker_shared.limits.guests import takes_guests
from interlinker_shared.pages import Form, Pages, read_form, rejected_form
from interlinker_shared.text import LanguageTag, Line, Prose, Wire

PAGES = Pages("interlinker_forum", name={"en": "Forum", "es": "Foro", "de": "Forum"})

router = APIRouter(tags=["pages"], default_response_class=HTMLResponse)

Done = Annotated[Literal["topic", "post"] | None, Query(description="What the reader has just done.")]


class TopicForm(Wire):
    """What the page asks of a new topic."""

    title: Line
    text: Prose
    language: LanguageTag


class PostForm(Wire):
    """What the page asks of a new post."""

    text: Prose
    language: LanguageTag


@dataclass(frozen=True)
class BoardView:
    """What the page shows of a board; `counts` are those of all its topics."""

    board: Asset
    counts: tuple[int, int, int]
    topics: Listing[TopicSummary]
    takes_part: bool


@dataclass(frozen=True)
class TopicView:
    """What the page shows of a topic."""

    board: Asset
    topic: Topic
    posts: Listing[Post]
    takes_part: bool


@router.get("/boards/{board_id}/view")
@public
async def view_board(board_id: UUID, request: Request, db: Database, who: AnyoneHere, page: Paging) -> Response:
    """The board as an accessible page."""
    return await _board_page(request, db, board_id, who, page)


@router.post("/boards/{board_id}/view/topics")
@takes_guests
async def open_topic_form(board_id: UUID, request: Request, db: Database, who: AnyoneHere, now: Now) -> Response:
    """Open a topic from the page."""
    try:
        form = await read_form(request, TopicForm)
        body = TopicCreate(title=form.title, text=form.text, language=form.language)
        topic = await db.write(actions.open_topic, board_id, body, by=_on_the_web(who), now=now)
    except InvalidError as error:
        wrong = await rejected_form(request, error)
        return await _board_page(request, db, board_id, who, PageOf(), status=422, form=wrong)
    return PAGES.see_other(request, f"/topics/{topic.id}/view", done="topic")


@router.get("/topics/{topic_id}/view")
@public
async def view_topic(
    topic_id: UUID, request: Request, db: Database, who: AnyoneHere, page: Paging, done: Done = None
) -> Response:
    """The topic as an accessible page."""
    return await _topic_page(request, db, topic_id, who, page, done=done)


@router.post("/topics/{topic_id}/view/posts")
@takes_guests
async def publish_post_form(topic_id: UUID, request: Request, db: Database, who: AnyoneHere, now: Now) -> Response:
    """Answer in a topic from the page."""
    try:
        form = await read_form(request, PostForm)
        body = PostCreate(text=form.text, language=form.language)
        post = await db.write(actions.publish_post, topic_id, body, by=_on_the_web(who), now=now)
    except InvalidError as error:
        wrong = await rejected_form(request, error)
        return await _topic_page(request, db, topic_id, who, PageOf(), status=422, form=wrong)
    topic = await db.read(store.topic, topic_id)
    return PAGES.see_other(request, f"/topics/{topic_id}/view", done="post", cursor=_cursor_before(post, topic.posts))


async def _board_page(
    request: Request,
    db: Database,
    board_id: UUID,
    who: Principal,
    page: PageOf,
    *,
    status: int = 200,
    form: Form | None = None,
) -> Response:
    view = await db.read(_board, board_id, who, page)
    description = to_html(view.board.config["description"] or "")
    form = form or Form.filled({"language": PAGES.language(request)})
    return PAGES.render(
        request,
        "board.html",
        status=status,
        view=view,
        description=description,
        form=form,
        later=page.cursor is not None,
    )


async def _topic_page(
    request: Request,
    db: Database,
    topic_id: UUID,
    who: Principal,
    page: PageOf,
    *,
    status: int = 200,
    form: Form | None = None,
    done: str | None = None,
) -> Response:
    view = await db.read(_topic, topic_id, who, page)
    form = form or Form.filled({"language": PAGES.language(request)})
    return PAGES.render(
        request, "topic.html", status=status, view=view, form=form, done=done, later=page.cursor is not None
    )


def _board(session: Session, board_id: UUID, who: Principal, page: PageOf) -> BoardView:
    board = assets.require(session, board_id)
    row = store.board(session, board.id)
    found = [TopicSummary.of(topic, who.subject) for topic in store.page_of_topics(session, board.id, page)]
    return BoardView(
        board=board,
        counts=(row.topics, row.posts, row.participants),
        topics=listing(found, page.limit, lambda topic: [topic.active_at.isoformat(), str(topic.id)]),
        takes_part=_takes_part(board, who),
    )


def _topic(session: Session, topic_id: UUID, who: Principal, page: PageOf) -> TopicView:
    row = store.topic(session, topic_id)
    board = assets.require(session, row.board_id)
    found = [Post.of(post, who.subject) for post in store.page_of_posts(session, topic_id, page)]
    return TopicView(
        board=board,
        topic=Topic.of(row, who.subject),
        posts=listing(found, page.limit, lambda post: [str(post.id)]),
        takes_part=row.state == TopicState.OPEN and _takes_part(board, who),
    )


def _cursor_before(post: Post, posts: int) -> str | None:
    """The page that begins with a post which the first page does not show."""
    return encode_cursor([str(UUID(int=post.id.int - 1))]) if posts > DEFAULT_LIMIT else None


def _takes_part(board: Asset, who: Principal) -> bool:
    may = bool(board.config["guests"]) if who.subject is None else who.on(board.path).may(Role.MEMBER)
    return board.state is State.OPEN and may


def _on_the_web(who: Principal) -> Principal:
    """Somebody at a page takes part by the web, unless her token says that the page is embedded."""
    return replace(who, channel=Channel.WEB) if who.channel is Channel.API else who
