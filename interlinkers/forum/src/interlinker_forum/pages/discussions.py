"""A board and its topics as pages: read, open a topic and answer, without JavaScript."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import Field, StringConstraints, TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from interlinker_forum import actions, reading, store
from interlinker_forum.domain import Shelf, TopicState, View
from interlinker_forum.models import (
    DraftBody,
    OwnState,
    Post,
    PostCreate,
    Tag,
    TagCount,
    Tags,
    Topic,
    TopicCreate,
    TopicSummary,
)
from interlinker_forum.pages.kit import PAGES
from interlinker_shared import assets
from interlinker_shared.assets import Asset, State
from interlinker_shared.auth import Channel, Principal, Role
from interlinker_shared.commonmark import to_html
from interlinker_shared.errors import InvalidError, NotFoundError
from interlinker_shared.http import (
    AnyoneHere,
    Database,
    Listing,
    Now,
    Paging,
    encode_cursor,
    listing,
    public,
)
from interlinker_shared.http.paging import DEFAULT_LIMIT, PageOf
from interlinker_shared.limits.guests import takes_guests
from interlinker_shared.pages import Form, read_form, rejected_form
from interlinker_shared.text import LanguageTag, Line, Prose, Wire

_TAGS: TypeAdapter[list[str]] = TypeAdapter(Tags)

router = APIRouter(tags=["pages"], default_response_class=HTMLResponse)

Done = Annotated[Literal["topic", "post", "draft", "edit"] | None, Query(description="What the reader has just done.")]
Kept = Annotated[Literal["current", "archived"], Query(description="Current topics or old ones.")]
Tagged = Annotated[Tag | None, Query(description="Only topics that have this tag.")]
Shown = Annotated[View, Query(description="As they came, or each answer under what it answers.")]
At = Annotated[UUID | None, Query(description="The post that the page begins with.")]
Answering = Annotated[UUID | None, Query(description="The post that the form answers.")]
Quoting = Annotated[UUID | None, Query(description="The post that the form quotes.")]


class TopicForm(Wire):
    """What the page asks of a new topic."""

    title: Line
    text: Prose
    language: LanguageTag
    tags: Annotated[str, StringConstraints(max_length=400)] = ""
    question: list[Literal["yes"]] = Field(default_factory=list)


class PostForm(Wire):
    """What the page asks of a new post; with `save` it is kept as a draft."""

    text: Prose
    language: LanguageTag
    reply_to: UUID | None = None
    quote: UUID | None = None
    save: Literal["draft"] | None = None


@dataclass(frozen=True)
class BoardView:
    """What the page shows of a board; `counts` are those of all its topics."""

    board: Asset
    counts: tuple[int, int, int]
    topics: Listing[TopicSummary]
    tags: list[TagCount]
    takes_part: bool
    shelf: Shelf
    tag: str | None


@dataclass(frozen=True)
class TopicView:
    """What the page shows of a topic."""

    board: Asset
    topic: Topic
    posts: Listing[Post]
    takes_part: bool
    tree: bool
    own: OwnState | None
    begun: str
    """The text that the form begins with: a draft, or somebody's words to be answered."""

    @property
    def reacts(self) -> bool:
        """Whether the reader can react."""
        return self.own is not None and self.takes_part

    @property
    def said(self) -> dict[UUID, list[str]]:
        """Her reactions."""
        return self.own.reactions if self.own is not None else {}


@dataclass(frozen=True)
class Asked:
    """What of a topic is to be shown."""

    page: PageOf = field(default_factory=PageOf)
    view: View = View.FLAT
    answer: UUID | None = None
    quote: UUID | None = None


@router.get("/boards/{board_id}/view")
@public
async def view_board(
    board_id: UUID,
    request: Request,
    db: Database,
    who: AnyoneHere,
    page: Paging,
    shelf: Kept = "current",
    tag: Tagged = None,
) -> Response:
    """The board as an accessible page."""
    return await _board_page(request, db, board_id, who, page, shelf=Shelf(shelf), tag=tag)


@router.post("/boards/{board_id}/view/topics")
@takes_guests
async def open_topic_form(board_id: UUID, request: Request, db: Database, who: AnyoneHere, now: Now) -> Response:
    """Open a topic from the page."""
    try:
        form = await read_form(request, TopicForm, lists=["question"])
        tags, question = _tags(form.tags), bool(form.question)
        body = TopicCreate(title=form.title, text=form.text, language=form.language, tags=tags, question=question)
        topic = await db.write(actions.open_topic, board_id, body, by=_on_the_web(who), now=now)
    except InvalidError as error:
        wrong = await rejected_form(request, error)
        return await _board_page(request, db, board_id, who, PageOf(), status=422, form=wrong)
    return PAGES.see_other(request, f"/topics/{topic.id}/view", done="topic")


@router.get("/topics/{topic_id}/view")
@public
async def view_topic(
    topic_id: UUID,
    request: Request,
    db: Database,
    who: AnyoneHere,
    page: Paging,
    view: Shown = View.FLAT,
    done: Done = None,
    at: At = None,
    answer: Answering = None,
    quote: Quoting = None,
) -> Response:
    """The topic as an accessible page; that of a topic that was merged leads to the other one."""
    if at is not None:
        page, view = PageOf(page.limit, [str(UUID(int=max(at.int - 1, 0)))]), View.FLAT
    return await _topic_page(request, db, topic_id, who, Asked(page, view, answer, quote), done=done)


@router.get("/posts/{post_id}/view")
@public
async def view_post(post_id: UUID, request: Request, db: Database, _who: AnyoneHere) -> Response:
    """Where a post stands in its topic, or a topic: what quotes lead to."""
    path, at = await db.read(_place_of, post_id)
    return PAGES.see_other(request, path, at=at)


@router.post("/topics/{topic_id}/view/posts")
@takes_guests
async def publish_post_form(topic_id: UUID, request: Request, db: Database, who: AnyoneHere, now: Now) -> Response:
    """Answer in a topic from the page, or keep the answer as a draft."""
    here = f"/topics/{topic_id}/view"
    try:
        form = await read_form(request, PostForm)
        if form.save and who.subject is not None:
            await db.write(_keep_draft, topic_id, form.text, by=who, now=now)
            return PAGES.see_other(request, here, done="draft")
        quotes = [form.quote] if form.quote is not None else []
        body = PostCreate(text=form.text, language=form.language, reply_to=form.reply_to, quotes=quotes)
        post = await db.write(_publish, topic_id, body, by=_on_the_web(who), now=now)
    except InvalidError as error:
        wrong = await rejected_form(request, error)
        return await _topic_page(request, db, topic_id, who, Asked(), status=422, form=wrong)
    topic = await db.read(store.topic, topic_id)
    return PAGES.see_other(request, here, done="post", cursor=_cursor_before(post, topic.posts))


async def _board_page(
    request: Request,
    db: Database,
    board_id: UUID,
    who: Principal,
    page: PageOf,
    *,
    shelf: Shelf = Shelf.CURRENT,
    tag: str | None = None,
    status: int = 200,
    form: Form | None = None,
) -> Response:
    view = await db.read(_board, board_id, who, page, shelf, tag)
    description = to_html(view.board.config["description"] or "")
    form = form or Form.filled({"language": PAGES.language(request)})
    shown = {"view": view, "description": description, "form": form, "later": page.cursor is not None}
    return PAGES.render(request, "board.html", status=status, **shown)


async def _topic_page(
    request: Request,
    db: Database,
    topic_id: UUID,
    who: Principal,
    asked: Asked,
    *,
    status: int = 200,
    form: Form | None = None,
    done: str | None = None,
) -> Response:
    view = await db.read(_topic, topic_id, who, asked)
    if view.topic.merged_into is not None:
        return PAGES.see_other(request, f"/topics/{view.topic.merged_into}/view", at=topic_id)
    begun = {"language": PAGES.language(request), "text": view.begun, "reply_to": asked.answer or asked.quote}
    form = form or Form.filled(begun | {"quote": asked.quote})
    shown = {"view": view, "form": form, "done": done, "later": asked.page.cursor is not None}
    return PAGES.render(request, "topic.html", status=status, **shown)


def _board(session: Session, board_id: UUID, who: Principal, page: PageOf, shelf: Shelf, tag: str | None) -> BoardView:
    board = assets.require(session, board_id)
    row = store.board(session, board.id)
    rows = store.page_of_topics(session, board.id, page, shelf, tag)
    found = [TopicSummary.of(topic, who.subject) for topic in rows]
    return BoardView(
        board=board,
        counts=(row.topics, row.posts, row.participants),
        topics=listing(found, page.limit, lambda topic: [topic.pinned, topic.active_at.isoformat(), str(topic.id)]),
        tags=reading.tags(session, board_id).items,
        takes_part=_takes_part(board, who),
        shelf=shelf,
        tag=tag,
    )


def _topic(session: Session, topic_id: UUID, who: Principal, asked: Asked) -> TopicView:
    row = store.topic(session, topic_id)
    board = assets.require(session, row.board_id)
    found = [Post.of(post, who.subject) for post in store.page_of_posts(session, topic_id, asked.page, asked.view)]
    own = reading.own_state(session, topic_id, who) if _is_member(board, who) else None
    draft = own.draft.text if own is not None and own.draft is not None else ""
    return TopicView(
        board=board,
        topic=Topic.of(row, who.subject),
        posts=listing(found, asked.page.limit, lambda post: [str(post.id)]),
        takes_part=row.state == TopicState.OPEN and _takes_part(board, who),
        tree=asked.view is View.TREE,
        own=own,
        begun=_quoted(session, topic_id, asked.quote) or draft,
    )


def _quoted(session: Session, topic_id: UUID, quote: UUID | None) -> str:
    """Somebody's words as they are quoted: by lines that begin with a sign."""
    if quote is None or not store.stands_in(session, quote, topic_id):
        return ""
    return "\n".join(f"> {line}" for line in store.post(session, quote).text.splitlines()) + "\n\n"


def _place_of(session: Session, item: UUID) -> tuple[str, UUID | None]:
    """The page that a post is on, and the post that it is to begin with; of a topic its own page."""
    try:
        post = store.post(session, item)
    except NotFoundError:
        assets.require_shown(session, store.board_of(session, item))
        return f"/topics/{item}/view", None
    assets.require_shown(session, post.board_id)
    return f"/topics/{post.topic_id}/view", item


def _publish(session: Session, topic_id: UUID, body: PostCreate, *, by: Principal, now: datetime) -> Post:
    """Publish what the form has, and forget the draft of it."""
    post = actions.publish_post(session, topic_id, body, by=by, now=now)
    if by.subject is not None:
        store.drop_draft(session, by.subject, topic_id)
    return post


def _keep_draft(session: Session, topic_id: UUID, text: str, *, by: Principal, now: datetime) -> None:
    reading.admit_to_topic(session, topic_id)
    actions.save_draft(session, topic_id, DraftBody(text=text), by=by, now=now)


def _tags(text: str) -> list[str]:
    """The tags of a form, with commas between them; InvalidError for what is none."""
    try:
        return _TAGS.validate_python([one for one in (part.strip() for part in text.split(",")) if one])
    except ValidationError as error:
        message = "At most ten tags of 40 characters each, without / # ? %."
        raise InvalidError(message, slug="bad-tags", pointer="/tags") from error


def _cursor_before(post: Post, posts: int) -> str | None:
    """The page that begins with a post which the first page does not show."""
    return encode_cursor([str(UUID(int=post.id.int - 1))]) if posts > DEFAULT_LIMIT else None


def _is_member(board: Asset, who: Principal) -> bool:
    return who.subject is not None and who.on(board.path).may(Role.MEMBER)


def _takes_part(board: Asset, who: Principal) -> bool:
    may = bool(board.config["guests"]) if who.subject is None else _is_member(board, who)
    return board.state is State.OPEN and may


def _on_the_web(who: Principal) -> Principal:
    """Somebody at a page takes part by the web, unless her token says that the page is embedded."""
    return replace(who, channel=Channel.WEB) if who.channel is Channel.API else who
