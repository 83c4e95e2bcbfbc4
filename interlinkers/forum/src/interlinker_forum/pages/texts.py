"""What people do with a text beside answering it: see its history, edit it, react to it, follow its topic."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from interlinker_forum import actions, reading, searching
from interlinker_forum.domain import Reaction
from interlinker_forum.models import PostEdit, TopicEdit
from interlinker_forum.pages.kit import PAGES
from interlinker_shared.errors import InvalidError
from interlinker_shared.http import AnyoneHere, Database, MemberHere, Now, Paging, listing, public
from interlinker_shared.pages import Form, read_form, rejected_form
from interlinker_shared.text import Wire

router = APIRouter(tags=["pages"], default_response_class=HTMLResponse)


class ReactionForm(Wire):
    """One of the buttons below a text: it says something, or takes it back."""

    kind: Reaction


class FollowingForm(Wire):
    """Whether to follow."""

    following: Literal["yes", "no"]


@router.post("/topics/{topic_id}/view/reactions")
async def react_to_topic_form(topic_id: UUID, request: Request, db: Database, who: MemberHere, now: Now) -> Response:
    """One of the buttons below the opening."""
    form = await read_form(request, ReactionForm)
    on = form.kind not in (await db.read(reading.own_state, topic_id, who)).reactions.get(topic_id, [])
    await db.write(actions.react_to_topic, topic_id, form.kind, on=on, by=who, now=now)
    return PAGES.see_other(request, f"/topics/{topic_id}/view")


@router.post("/posts/{post_id}/view/reactions")
async def react_to_post_form(post_id: UUID, request: Request, db: Database, who: MemberHere, now: Now) -> Response:
    """One of the buttons below a post."""
    topic = await db.read(reading.open_topic_of, post_id)
    form = await read_form(request, ReactionForm)
    on = form.kind not in (await db.read(reading.own_state, topic, who)).reactions.get(post_id, [])
    await db.write(actions.react_to_post, post_id, form.kind, on=on, by=who, now=now)
    return PAGES.see_other(request, f"/posts/{post_id}/view")


@router.post("/topics/{topic_id}/view/following")
async def follow_topic_form(topic_id: UUID, request: Request, db: Database, who: MemberHere) -> Response:
    """Follow a topic, or do so no more."""
    form = await read_form(request, FollowingForm)
    await db.read(reading.admit_to_topic, topic_id)
    await db.write(actions.follow, topic_id, by=who, following=form.following == "yes")
    return PAGES.see_other(request, f"/topics/{topic_id}/view")


@router.get("/boards/{board_id}/search/view")
@public
async def view_search(
    board_id: UUID,
    request: Request,
    db: Database,
    _who: AnyoneHere,
    page: Paging,
    q: Annotated[str, Query(max_length=200, description="Words, and phrases in quotation marks.")] = "",
) -> Response:
    """What of a board has some words, as a page."""
    board, found = await db.read(searching.board_and_found, board_id, q, page)
    shown = listing(found, page.limit, searching.place_of)
    return PAGES.render(request, "search.html", board=board, q=q, found=shown)


@router.get("/topics/{topic_id}/history/view")
@public
async def view_topic_history(
    topic_id: UUID, request: Request, db: Database, _who: AnyoneHere, page: Paging
) -> Response:
    """What the opening said before, as a page."""
    found = listing(await db.read(reading.history_of_topic, topic_id, page), page.limit, lambda one: [one.number])
    return PAGES.render(request, "history.html", history=found, back=f"/topics/{topic_id}/view")


@router.get("/posts/{post_id}/history/view")
@public
async def view_post_history(post_id: UUID, request: Request, db: Database, _who: AnyoneHere, page: Paging) -> Response:
    """What a post said before, as a page."""
    found = listing(await db.read(reading.history_of_post, post_id, page), page.limit, lambda one: [one.number])
    return PAGES.render(request, "history.html", history=found, back=f"/posts/{post_id}/view")


@router.get("/topics/{topic_id}/edit/view")
async def view_topic_edit(topic_id: UUID, request: Request, db: Database, who: MemberHere) -> Response:
    """The opening of one's own topic as a form."""
    topic = await db.read(reading.topic, topic_id, who)
    words = {"title": topic.title, "text": topic.text} if topic.mine else {}
    return _edit_page(request, f"/topics/{topic_id}/view", Form.filled(words), opening=True)


@router.post("/topics/{topic_id}/edit/view")
async def edit_topic_form(topic_id: UUID, request: Request, db: Database, who: MemberHere, now: Now) -> Response:
    """Write it anew."""
    here = f"/topics/{topic_id}/view"
    try:
        body = await read_form(request, TopicEdit)
    except InvalidError as error:
        return _edit_page(request, here, await rejected_form(request, error), opening=True, status=422)
    await db.write(actions.edit_topic, topic_id, body, by=who, now=now)
    return PAGES.see_other(request, here, done="edit")


@router.get("/posts/{post_id}/edit/view")
async def view_post_edit(post_id: UUID, request: Request, db: Database, who: MemberHere) -> Response:
    """One's own post as a form."""
    post = await db.read(reading.post, post_id, who)
    return _edit_page(request, f"/posts/{post_id}/view", Form.filled({"text": post.text} if post.mine else {}))


@router.post("/posts/{post_id}/edit/view")
async def edit_post_form(post_id: UUID, request: Request, db: Database, who: MemberHere, now: Now) -> Response:
    """Write it anew."""
    try:
        body = await read_form(request, PostEdit)
    except InvalidError as error:
        return _edit_page(request, f"/posts/{post_id}/view", await rejected_form(request, error), status=422)
    post = await db.write(actions.edit_post, post_id, body, by=who, now=now)
    return PAGES.see_other(request, f"/topics/{post.topic}/view", done="edit", at=post_id)


def _edit_page(request: Request, back: str, form: Form, *, opening: bool = False, status: int = 200) -> Response:
    return PAGES.render(request, "edit.html", status=status, form=form, back=back, opening=opening)
