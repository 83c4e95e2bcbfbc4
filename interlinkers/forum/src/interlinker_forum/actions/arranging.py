"""Putting topics in order: pins, tags, shelves, pages elsewhere; moving, merging and splitting, with every count right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_forum import domain, store, threads
from interlinker_forum.actions.posting import close_topic, settle_answers, tell_opened, topic_row
from interlinker_forum.domain import NotArrangeableError, PostState, Shelf, TopicState
from interlinker_forum.events import TopicMerged, TopicMoved, TopicReopened
from interlinker_forum.models import PageTopic, Post, Topic, TopicSplit
from interlinker_shared import assets
from interlinker_shared.assets import Asset
from interlinker_shared.auth import Channel, Principal, Role, check_role
from interlinker_shared.errors import InvalidError
from interlinker_shared.events import record

_WORDS = ("text", "html", "language", "author", "subject", "channel", "reason", "reactions", "edited_at")
MOST_TAGS = 10


def pin_topic(session: Session, topic_id: UUID, *, by: Principal, pinned: bool = True) -> Topic:
    """Let a topic stand above all others of its board, or no more."""
    _here(session, topic_id)
    store.change_topic(session, topic_id, pinned=pinned)
    return _told(session, topic_id, by)


def tag_topic(session: Session, topic_id: UUID, tags: Sequence[str], *, by: Principal) -> Topic:
    """Give a topic these tags and no others: who opened it may, and moderators."""
    topic = store.topic(session, topic_id)
    board = assets.require(session, topic.board_id)
    if by.subject != topic.subject:
        check_role(by.on(board.path), Role.MODERATOR)
    tags = list(dict.fromkeys(tags))
    store.change_topic(session, topic_id, tags=tags)
    store.set_tags(session, topic.board_id, topic_id, tags)
    return _told(session, topic_id, by)


def archive_topic(session: Session, topic_id: UUID, *, by: Principal, now: datetime) -> Topic:
    """Close a topic and put it among the old ones."""
    topic, _ = _here(session, topic_id)
    close_topic(session, topic_id, by=by, now=now)
    store.change_topic(session, topic.id, shelf=Shelf.ARCHIVED, pinned=False)
    return _told(session, topic_id, by)


def reopen_topic(session: Session, topic_id: UUID, *, by: Principal, now: datetime) -> Topic:
    """Let people post in it again, and put it back among the current ones."""
    topic, board = _here(session, topic_id)
    domain.require_standing(PostState(topic.opening))
    if (topic.state, topic.shelf) != (TopicState.OPEN, Shelf.CURRENT):
        store.change_topic(session, topic_id, state=TopicState.OPEN, shelf=Shelf.CURRENT, closed_at=None)
        _record(session, TopicReopened(asset=board.id, topic=topic_id), by, now)
    return _told(session, topic_id, by)


def topic_of_page(session: Session, board_id: UUID, body: PageTopic, *, by: Principal, now: datetime) -> Topic:
    """The topic about a page elsewhere; without one it is made, of nobody, when the page's site is one of the board's."""
    board = assets.require(session, board_id)
    url = page_of(board, body.url)
    found = store.by_url(session, board_id, url)
    if found is not None:
        return Topic.of(found, by.subject)
    assets.require_open(session, board_id, now)
    domain.require_may_post(guests=bool(board.config["guests"]), signed_in=by.subject is not None)
    row = topic_row(board, body.title, "", now) | {"url": url, "language": body.language or board.language}
    row |= {"author": None, "subject": None, "channel": Channel.API}
    store.add_topics(session, board.id, [row])
    tell_opened(session, board, row, imported=False, actor=None, now=now)
    return Topic.of(SimpleNamespace(**row), by.subject)


def page_of(board: Asset, url: str) -> str:
    """The address in its one spelling; ForeignPageError where the board is not for that site."""
    address = threads.page_address(url)
    if address is None:
        raise InvalidError("This is no address of a page.", slug="no-page", pointer="/url")
    if address[0] not in board.config.get("origins", []):
        raise domain.ForeignPageError("This board is not for pages of that site.")
    return address[1]


def move_topic(session: Session, topic_id: UUID, board_id: UUID, *, by: Principal, now: datetime) -> Topic:
    """Put a topic onto another board that the caller moderates as well; its people go by other pseudonyms there."""
    topic, board = _here(session, topic_id)
    target = assets.require(session, board_id)
    if target.id == board.id:
        return Topic.of(topic, by.subject)
    if topic.url is not None and store.by_url(session, target.id, topic.url) is not None:
        raise domain.UrlTakenError("Another topic of that board is about the same page. Merge them there.")
    nameless = store.nameless(session, topic_id)
    _leave(session, board, topic, nameless)
    store.move_topic(session, topic_id, target.id)
    key = store.board(session, target.id).naming_key
    store.rename_authors(session, topic_id, lambda subject: domain.pseudonym(key, subject))
    store.count_topic(session, topic_id, nameless=nameless)
    _arrive(session, target, topic_id, nameless)
    _record(session, TopicMoved(asset=target.id, topic=topic_id, came_from=board.id), by, now)
    _tell_posts(session, store.posts_in(session, topic_id))
    return _told(session, topic_id, by)


def _leave(session: Session, board: Asset, topic: Any, nameless: int) -> None:
    authors = _people_of(session, topic.id)
    leaving = authors - store.elsewhere_on(session, board.id, sorted(authors), topic.id)
    store.leave_board(session, board.id, sorted(leaving))
    people = len(leaving) + nameless + _nameless_opener(topic)
    store.count_on_board(session, board.id, topics=-1, posts=-topic.posts, people=-people)


def _arrive(session: Session, board: Asset, topic_id: UUID, nameless: int) -> None:
    topic = store.topic(session, topic_id)
    joined = store.join_board(session, board.id, sorted(_people_of(session, topic_id)))
    people = joined + nameless + _nameless_opener(topic)
    store.count_on_board(session, board.id, topics=1, posts=topic.posts, people=people)


def _people_of(session: Session, topic_id: UUID) -> set[str]:
    topic = store.topic(session, topic_id)
    return {one for one in (topic.author, *(post.author for post in store.posts_in(session, topic_id))) if one}


def _nameless_opener(topic: Any) -> int:
    """1 for an opening of a guest or of somebody who was erased: both were counted. What came from elsewhere is nobody's."""
    return int(topic.author is None and topic.source is None and topic.channel != Channel.API)


def merge_topics(session: Session, topic_id: UUID, into_id: UUID, *, by: Principal, now: datetime) -> Topic:
    """Put a topic into another one of its board: its opening and posts are posts there, and its address leads there."""
    topic, board = _here(session, topic_id)
    into = store.topic(session, into_id)
    if into.id == topic.id or into.board_id != topic.board_id or into.shelf == Shelf.MERGED:
        raise NotArrangeableError("A topic can be merged into another one of the same board.")
    nameless = store.nameless(session, into.id) + store.nameless(session, topic.id) + _nameless_opener(topic)
    posts = store.posts_in(session, topic.id)
    root = _opening_as_post(topic, into.id)
    store.add_posts(session, [root])
    placed = _planted(posts, {topic.id: (root["path"], 0)}, under=topic.id)
    brought = [(post, values | {"came_from": topic.id}) for post, values in placed]
    store.place_posts(session, into.id, brought)
    store.count_topic(session, into.id, nameless=nameless)
    store.count_topic(session, topic.id, nameless=0)
    store.count_on_board(session, board.id, topics=-1, posts=1)
    _leave_a_sign(session, topic, into, now)
    _record(session, TopicMerged(asset=board.id, topic=topic.id, into=into.id), by, now)
    assets.touch(session, "topic", topic.id, None)
    _tell_posts(session, store.branches(session, into.id, [topic.id]))
    return _told(session, into.id, by)


def _leave_a_sign(session: Session, topic: Any, into: Any, now: datetime) -> None:
    """What is left of a topic that was merged: its title, which leads to the other one."""
    gone = {"text": "", "html": "", "shelf": Shelf.MERGED, "merged_into": into.id, "url": None, "pinned": False}
    store.change_topic(session, topic.id, **gone, state=TopicState.CLOSED, closed_at=now, accepted=None, official=None)
    store.set_tags(session, topic.board_id, topic.id, [])
    tags = list(dict.fromkeys((*into.tags, *topic.tags)))[:MOST_TAGS]
    store.set_tags(session, into.board_id, into.id, tags)
    store.change_topic(session, into.id, tags=tags, url=into.url or topic.url)
    settle_answers(session, into.id)


def unmerge_topic(session: Session, topic_id: UUID, *, by: Principal, now: datetime) -> Topic:
    """Undo a merge: what the topic brought is its own again, with what was answered to it since."""
    topic = store.topic(session, topic_id)
    board = assets.require(session, topic.board_id)
    if topic.shelf != Shelf.MERGED:
        raise NotArrangeableError("This topic was not merged into another one.")
    root = store.post(session, topic_id)
    holder = root.topic_id
    nameless = sum(post.author is None for post in store.came_from(session, holder, topic_id) if post.id != topic_id)
    left = max(0, store.nameless(session, holder) - nameless - int(root.author is None))
    _move_out(session, store.came_from(session, holder, topic_id), topic_id)
    words = {name: getattr(root, name) for name in _WORDS} | {"opening": root.state}
    back = {"shelf": Shelf.CURRENT, "merged_into": None, "state": TopicState.OPEN, "closed_at": None}
    store.change_topic(session, topic_id, **words, **back)
    store.set_tags(session, board.id, topic_id, topic.tags)
    store.count_topic(session, topic_id, nameless=nameless)
    store.count_topic(session, holder, nameless=left)
    store.count_on_board(session, board.id, topics=1, posts=-1)
    settle_answers(session, holder)
    settle_answers(session, topic_id)
    _record(session, TopicReopened(asset=board.id, topic=topic_id), by, now)
    _tell_posts(session, store.posts_in(session, topic_id))
    assets.touch(session, "post", topic_id, None)
    return _told(session, topic_id, by)


def split_topic(session: Session, topic_id: UUID, body: TopicSplit, *, by: Principal, now: datetime) -> Topic:
    """Make a topic of some posts and what answers them; the first is its opening. Merging the two again undoes it."""
    _, board = _here(session, topic_id)
    chosen = store.branches(session, topic_id, body.posts)
    if set(body.posts) - {post.id for post in chosen}:
        raise InvalidError("There is no such post in this topic.", slug="not-in-topic", pointer="/posts")
    first = chosen[0]
    domain.require_standing(PostState(first.state))
    if first.came_from == first.id:
        raise NotArrangeableError("This post was the opening of a topic that was merged into this one: undo that.")
    nameless = sum(post.author is None for post in chosen[1:])
    left = max(0, store.nameless(session, topic_id) - nameless - int(first.author is None))
    row = topic_row(board, body.title, first.text, now) | {name: getattr(first, name) for name in _WORDS}
    row |= {"id": first.id, "opened_at": first.created_at}
    store.add_topics(session, board.id, [row])
    _move_out(session, chosen, first.id)
    store.count_topic(session, first.id, nameless=nameless)
    store.count_topic(session, topic_id, nameless=left)
    store.count_on_board(session, board.id, posts=-1)
    settle_answers(session, topic_id)
    settle_answers(session, first.id)
    tell_opened(session, board, row, imported=False, actor=None, now=now)
    assets.touch(session, "post", first.id, None)
    _tell_posts(session, chosen[1:])
    return _told(session, first.id, by)


def _move_out(session: Session, posts: Sequence[Any], root: UUID) -> None:
    """Posts of one topic become those of the topic `root`, which one of them becomes the opening of."""
    others = [post for post in posts if post.id != root]
    store.place_posts(session, root, _planted(others, {}, under=None))
    store.remove_post(session, root)


def _planted(
    posts: Iterable[Any], places: dict[UUID | None, tuple[str, int]], *, under: UUID | None
) -> list[tuple[UUID, dict[str, Any]]]:
    """Where posts stand now, oldest first: under what they answer if that is among `places`, or them, else below `under`."""
    known, placed = dict(places), []
    for post in posts:
        reply_to = post.reply_to if post.reply_to in known else under
        known[post.id] = threads.path_under(*known.get(reply_to, ("", -1)), post.id)
        path, depth = known[post.id]
        placed.append((post.id, {"path": path, "depth": depth, "reply_to": reply_to, "came_from": None}))
    return placed


def _opening_as_post(topic: Any, into: UUID) -> dict[str, Any]:
    path, depth = threads.path_under("", -1, topic.id)
    words = {name: getattr(topic, name) for name in _WORDS} | {"state": topic.opening, "created_at": topic.opened_at}
    place = {"id": topic.id, "topic_id": into, "reply_to": None, "path": path, "depth": depth, "came_from": topic.id}
    return words | place | {"quotes": [], "mentions": [], "office": None}


def _here(session: Session, topic_id: UUID) -> tuple[Any, Asset]:
    """A topic that stands by itself, and its board."""
    topic = store.topic(session, topic_id)
    board = assets.require(session, topic.board_id)
    if topic.shelf == Shelf.MERGED:
        raise NotArrangeableError("This topic was merged into another one. Undo that first.")
    return topic, board


def _record(session: Session, event: TopicReopened | TopicMoved | TopicMerged, by: Principal, now: datetime) -> None:
    record(session, event, aggregate=event.topic, actor=by.subject, now=now)


def _told(session: Session, topic_id: UUID, by: Principal) -> Topic:
    topic = Topic.of(store.topic(session, topic_id), by.subject)
    if topic.opening is PostState.PUBLISHED:
        assets.touch(session, "topic", topic_id, topic.published())
    return topic


def _tell_posts(session: Session, posts: Iterable[Any]) -> None:
    for post in posts:
        if post.state == PostState.PUBLISHED:
            assets.touch(session, "post", post.id, Post.of(store.post(session, post.id), None).published())
