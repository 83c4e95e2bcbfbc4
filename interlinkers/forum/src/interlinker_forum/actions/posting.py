"""Opening topics, posting, closing, taking back, importing and forgetting."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_forum import domain, store, threads
from interlinker_forum.domain import PostState, Shelf, TopicState
from interlinker_forum.events import PostPublished, PostWithdrawn, TopicClosed, TopicOpened
from interlinker_forum.models import Contribution, Post, PostCreate, Topic, TopicCreate
from interlinker_shared import assets
from interlinker_shared.assets import Asset, Item
from interlinker_shared.assets.actions import withdraw
from interlinker_shared.auth import Channel, Principal, Role, check_role
from interlinker_shared.commonmark import to_html
from interlinker_shared.db import brief
from interlinker_shared.errors import InvalidError, NotFoundError
from interlinker_shared.events import record
from interlinker_shared.ids import new_id

BY_STAFF = {Channel.PAPER, Channel.PHONE, Channel.DESK, Channel.LETTER}
_NAMING_KEY_BYTES = 32
_NOT_YET = (
    *("url", "merged_into", "accepted", "official", "edited_at"),
    *("decided_at", "decision", "decision_text", "decision_html"),
)


def create_board(session: Session, board: Asset, now: datetime) -> None:
    """Begin a board's counts and draw the key of its pseudonyms."""
    store.add_board(session, board.id, secrets.token_bytes(_NAMING_KEY_BYTES))


def open_topic(session: Session, board_id: UUID, body: TopicCreate, *, by: Principal, now: datetime) -> Topic:
    """Open a topic on an open board."""
    board = assets.require_open(session, board_id, now)
    person = _person(board, body, by)
    author = _author(store.board(session, board.id).naming_key, person)
    row = topic_row(board, body.title, body.text, now) | _contribution(board, body, person, author)
    row |= {"tags": list(dict.fromkeys(body.tags)), "question": body.question}
    store.add_topics(session, board.id, [row])
    if row["tags"]:
        store.set_tags(session, board.id, row["id"], row["tags"])
    store.count_opener(session, board.id, author)
    tell_opened(session, board, row, imported=False, actor=person.subject, now=now)
    assets.contribute(session, board, person, action="topic", items=[row["id"]], now=now)
    return Topic.of(SimpleNamespace(**row), by.subject)


def close_topic(session: Session, topic_id: UUID, *, by: Principal, now: datetime) -> Topic:
    """Close a topic; closing a closed one changes nothing."""
    topic = store.topic(session, topic_id)
    board = assets.require(session, topic.board_id)
    _close(session, board, topic, actor=by.subject, now=now)
    return Topic.of(store.topic(session, topic_id), by.subject)


def withdraw_topic(session: Session, topic_id: UUID, *, by: Principal, now: datetime) -> None:
    """Take back a topic of one's own: its words are gone, the posts of others stay readable."""
    topic = store.topic(session, topic_id)
    board = assets.require(session, topic.board_id)
    domain.require_own(topic.subject, by.subject)
    domain.require_standing(PostState(topic.opening))
    take_down(session, board, topic, PostState.WITHDRAWN, None, actor=by.subject, now=now)


@brief
def publish_post(session: Session, topic_id: UUID, body: PostCreate, *, by: Principal, now: datetime) -> Post:
    """Post in an open topic of an open board."""
    topic = store.topic_to_answer(session, topic_id)
    board = assets.require_open(session, topic.board_id, now)
    domain.require_open(TopicState(topic.state))
    person = _person(board, body, by)
    if body.office is not None:
        check_role(by.on(board.path), Role.MODERATOR)
    author = _author(topic.naming_key, person)
    row = _post_row(topic.id, body, now) | _contribution(board, body, person, author)
    row["path"], row["depth"] = _place_under(session, topic.id, body.reply_to, row["id"])
    row["mentions"] = store.known_on(session, board.id, threads.mentioned(body.text))
    _check_quotes(session, board.id, body.quotes)
    store.add_post(session, board.id, row)
    if body.quotes or row["mentions"]:
        store.link(session, row["id"], quotes=list(dict.fromkeys(body.quotes)), mentions=row["mentions"])
    if body.office is not None:
        store.change_topic(session, topic.id, official=row["id"])
    post = Post.of(SimpleNamespace(**row), by.subject)
    _tell_published(session, board, post, actor=person.subject, now=now)
    assets.contribute(session, board, person, action="post", items=[topic.id], now=now)
    return post


def withdraw_post(session: Session, post_id: UUID, *, by: Principal, now: datetime) -> None:
    """Take back a post of one's own: a tombstone keeps its place."""
    post = store.post(session, post_id)
    board = assets.require(session, post.board_id)
    domain.require_own(post.subject, by.subject)
    domain.require_standing(PostState(post.state))
    store.blank_post(session, post.id, PostState.WITHDRAWN)
    settle_answers(session, post.topic_id)
    tell_post_withdrawn(session, board.id, post, removed=False, actor=by.subject, now=now)


def import_items(session: Session, board: Asset, items: Sequence[Item], now: datetime) -> list[str]:
    """Items become topics of nobody; what an earlier step found out about them is a line of the opening."""
    rows = [_imported_row(board, item, now) for item in items]
    store.add_topics(session, board.id, rows)
    for row in rows:
        tell_opened(session, board, row, imported=True, actor=None, now=now)
    return [str(row["id"]) for row in rows]


def withdraw_item(session: Session, board: Asset, item: str, now: datetime) -> None:
    """An imported topic is gone where it came from: let its words go, and tell those who took it over from us."""
    try:
        topic = store.topic(session, UUID(item))
    except NotFoundError:
        return
    if topic.opening == PostState.PUBLISHED:
        take_down(session, board, topic, PostState.WITHDRAWN, None, actor=None, now=now)


def erase_subject(session: Session, subject: str, now: datetime) -> None:
    """Forget a person: her words go, tombstones without an author keep their place, and no count changes."""
    topics, posts = store.topics_of(session, subject), store.posts_of(session, subject)
    for topic in topics:
        _erase_opening(session, topic, now)
    for post in posts:
        _erase_post(session, post, now)
    store.forget_kept(session, subject)
    for board_id, author in {(row.board_id, row.author) for row in (*topics, *posts)}:
        store.forget_participant(session, board_id, author)


def _person(board: Asset, body: Contribution, by: Principal) -> Principal:
    """Whose words these are: of the caller, or of somebody for whom a moderator enters them."""
    by = by.on(board.path)
    if body.author is not None or body.channel in BY_STAFF:
        if not by.may(Role.MODERATOR):
            raise domain.StaffEntryError("Only moderators enter what others said.")
        return replace(by, subject=body.author, channel=body.channel or by.channel)
    domain.require_may_post(guests=bool(board.config["guests"]), signed_in=by.subject is not None)
    if by.subject is not None:
        check_role(by, Role.MEMBER)
    return replace(by, channel=body.channel or by.channel)


def _author(naming_key: bytes, person: Principal) -> str | None:
    return domain.pseudonym(naming_key, person.subject) if person.subject is not None else None


def _contribution(board: Asset, body: Contribution, person: Principal, author: str | None) -> dict[str, Any]:
    return {
        "language": body.language or board.language,
        "author": author,
        "subject": person.subject,
        "channel": person.channel,
    }


def topic_row(board: Asset, title: str, text: str, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "board_id": board.id,
        "title": title,
        "text": text,
        "html": to_html(text),
        "state": TopicState.OPEN,
        "opening": PostState.PUBLISHED,
        "reason": None,
        "source": None,
        "posts": 0,
        "participants": 0,
        "opened_at": now,
        "active_at": now,
        "closed_at": None,
        "shelf": Shelf.CURRENT,
        "pinned": False,
        "question": False,
        "tags": [],
        "reactions": {},
        **dict.fromkeys(_NOT_YET),
    }


def _imported_row(board: Asset, item: Item, now: datetime) -> dict[str, Any]:
    language = item.language or board.language
    title = domain.imported_title(item.title, item.text) or item.id
    text = domain.imported_text(item.text, item.model_extra or {}, language)
    row = topic_row(board, title, text, now)
    source = item.source.model_dump() if item.source else None
    nobody = {"author": None, "subject": None, "channel": Channel.API}
    return row | nobody | {"language": language, "source": source}


def _post_row(topic_id: UUID, body: PostCreate, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "topic_id": topic_id,
        "reply_to": body.reply_to,
        "text": body.text,
        "html": to_html(body.text),
        "state": PostState.PUBLISHED,
        "reason": None,
        "created_at": now,
        "quotes": [str(one) for one in dict.fromkeys(body.quotes)],
        "office": body.office,
        "reactions": {},
        "edited_at": None,
        "came_from": None,
    }


def _place_under(session: Session, topic_id: UUID, reply_to: UUID | None, post_id: UUID) -> tuple[str, int]:
    if reply_to is None:
        return threads.path_under("", -1, post_id)
    above = store.place_in(session, reply_to, topic_id)
    if above is None:
        raise InvalidError("There is no such post in this topic.", slug="not-in-topic", pointer="/reply_to")
    return threads.path_under(above.path, above.depth, post_id)


def _check_quotes(session: Session, board_id: UUID, quotes: Sequence[UUID]) -> None:
    if quotes and set(quotes) - store.quotable(session, board_id, quotes):
        raise InvalidError("There is no such post on this board.", slug="not-on-board", pointer="/quotes")


def settle_answers(session: Session, topic_id: UUID) -> None:
    """Let a topic name as its answers only posts that stand in it."""
    topic = store.topic(session, topic_id)
    official = store.latest_official(session, topic_id)
    accepted = topic.accepted if store.stands_in(session, topic.accepted, topic_id) else None
    if (official, accepted) != (topic.official, topic.accepted):
        store.change_topic(session, topic_id, official=official, accepted=accepted)


def _close(session: Session, board: Asset, topic: Any, *, actor: str | None, now: datetime) -> None:
    if topic.state == TopicState.CLOSED:
        return
    store.close_topic(session, topic.id, now)
    event = TopicClosed(asset=board.id, topic=topic.id, posts=topic.posts, participants=topic.participants)
    record(session, event, aggregate=topic.id, actor=actor, now=now)
    assets.touch(session, "topic", topic.id, Topic.of(store.topic(session, topic.id), None).published())


def take_down(
    session: Session,
    board: Asset,
    topic: Any,
    state: PostState,
    reason: str | None,
    *,
    actor: str | None,
    now: datetime,
) -> None:
    """Let the words of a topic go and close it; those who took it over hear of it."""
    store.blank_opening(session, topic.id, state, reason=reason)
    _close(session, board, topic, actor=actor, now=now)
    assets.touch(session, "topic", topic.id, None)
    withdraw(session, board, topic.id, now=now)


def _erase_quotes(session: Session, topic_id: UUID, origin: UUID, said: str) -> None:
    """Take what a person said out of the answers that quote it, here and elsewhere; the words of who answered stay."""
    elsewhere = store.quotes_of(session, origin)
    for post in {row.id: row for row in (*store.quoting_posts(session, topic_id), *elsewhere)}.values():
        text = domain.unquoted(post.text, said)
        if text != post.text:
            store.change_words(session, post.id, text, to_html(text))
            store.forget_history(session, post.id)
            assets.touch(session, "post", post.id, Post.of(store.post(session, post.id), None).published())


def _erase_opening(session: Session, topic: Any, now: datetime) -> None:
    standing = topic.opening == PostState.PUBLISHED
    state = PostState.WITHDRAWN if standing else PostState(topic.opening)
    before = _former_words(session, topic.id)
    store.blank_opening(session, topic.id, state, reason=topic.reason, forget=True)
    _erase_quotes(session, topic.id, topic.id, f"{topic.title}\n{topic.text}\n{before}")
    assets.touch(session, "topic", topic.id, None)
    board = _find_board(session, topic.board_id)
    if standing and board is not None:
        withdraw(session, board, topic.id, now=now)


def _erase_post(session: Session, post: Any, now: datetime) -> None:
    standing = post.state == PostState.PUBLISHED
    state = PostState.WITHDRAWN if standing else PostState(post.state)
    before = _former_words(session, post.id)
    store.blank_post(session, post.id, state, reason=post.reason, forget=True)
    _erase_quotes(session, post.topic_id, post.id, f"{post.text}\n{before}")
    settle_answers(session, post.topic_id)
    if standing:
        tell_post_withdrawn(session, post.board_id, post, removed=False, actor=None, now=now)


def _former_words(session: Session, item: UUID) -> str:
    return "\n".join(f"{one.title or ''}\n{one.text}" for one in store.revisions_by(session, [item]))


def _find_board(session: Session, board_id: UUID) -> Asset | None:
    try:
        return assets.require(session, board_id)
    except NotFoundError:
        return None


def tell_opened(
    session: Session, board: Asset, row: dict[str, Any], *, imported: bool, actor: str | None, now: datetime
) -> None:
    event = TopicOpened(asset=board.id, topic=row["id"], imported=imported)
    record(session, event, aggregate=row["id"], actor=actor, now=now)
    assets.touch(session, "topic", row["id"], Topic.of(SimpleNamespace(**row), None).published())


def _tell_published(session: Session, board: Asset, post: Post, *, actor: str | None, now: datetime) -> None:
    event = PostPublished(asset=board.id, topic=post.topic, post=post.id, reply_to=post.reply_to)
    record(session, event, aggregate=post.topic, actor=actor, now=now)
    assets.touch(session, "post", post.id, post.published())


def tell_post_withdrawn(
    session: Session, board_id: UUID, post: Any, *, removed: bool, actor: str | None, now: datetime
) -> None:
    """Say that the words of a post are gone."""
    event = PostWithdrawn(asset=board_id, topic=post.topic_id, post=post.id, removed=removed)
    record(session, event, aggregate=post.topic_id, actor=actor, now=now)
    assets.touch(session, "post", post.id, None)
