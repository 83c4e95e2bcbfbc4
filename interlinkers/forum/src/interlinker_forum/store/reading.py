"""What is read of boards, topics and posts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Integer,
    String,
    Uuid,
    bindparam,
    false,
    func,
    select,
    tuple_,
)
from sqlalchemy.orm import Session

from interlinker_forum.domain import PostState, Shelf, View
from interlinker_forum.store.tables import BoardRow, PostRow, TagRow, TopicRow
from interlinker_shared.db import UtcDateTime
from interlinker_shared.db.hot import Hot, wire
from interlinker_shared.errors import NotFoundError
from interlinker_shared.http import Cursor
from interlinker_shared.http.paging import PageOf, bad_cursor, id_of

_TOPIC = select(TopicRow.__table__)
_SUMMARY = select(
    *(
        column
        for column in TopicRow.__table__.columns
        if column.name not in {"text", "html", "decision_text", "decision_html"}
    )
)
_POST = select(PostRow.__table__)
_one_topic = Hot(_TOPIC.where(TopicRow.id == bindparam("topic")))
_to_answer = Hot(
    select(TopicRow.id, TopicRow.board_id, TopicRow.state, BoardRow.naming_key)
    .join(BoardRow)
    .where(TopicRow.id == bindparam("topic"))
)
_one_post = Hot(_POST.add_columns(TopicRow.board_id).join(TopicRow).where(PostRow.id == bindparam("post")))
_board = Hot(select(BoardRow.__table__).where(BoardRow.id == bindparam("board")))
_topics = (
    select(
        *wire(
            id=TopicRow.id,
            board=bindparam("told_board", type_=String),
            title=TopicRow.title,
            language=TopicRow.language,
            author=TopicRow.author,
            mine=func.coalesce(TopicRow.subject == bindparam("viewer", type_=String), false()),
            channel=TopicRow.channel,
            state=TopicRow.state,
            opening=TopicRow.opening,
            reason=TopicRow.reason,
            posts=TopicRow.posts,
            participants=TopicRow.participants,
            opened_at=TopicRow.opened_at,
            active_at=TopicRow.active_at,
            closed_at=TopicRow.closed_at,
            source=TopicRow.source,
            shelf=TopicRow.shelf,
            pinned=TopicRow.pinned,
            question=TopicRow.question,
            tags=TopicRow.tags,
            url=TopicRow.url,
            merged_into=TopicRow.merged_into,
            accepted=TopicRow.accepted,
            official=TopicRow.official,
            decided_at=TopicRow.decided_at,
            decision=TopicRow.decision,
            reactions=TopicRow.reactions,
            edited_at=TopicRow.edited_at,
        )
    )
    .where(TopicRow.board_id == bindparam("board"), TopicRow.shelf == bindparam("shelf"))
    .order_by(TopicRow.pinned.desc(), TopicRow.active_at.desc(), TopicRow.id.desc())
    .limit(bindparam("rows", type_=Integer))
)
_after = tuple_(TopicRow.pinned, TopicRow.active_at, TopicRow.id) < tuple_(
    bindparam("pinned", type_=Boolean), bindparam("active_at", type_=UtcDateTime), bindparam("last", type_=Uuid)
)
_tagged = TopicRow.id.in_(
    select(TagRow.topic_id).where(TagRow.board_id == bindparam("board"), TagRow.tag == bindparam("tag"))
)
_first_topics, _next_topics = Hot(_topics), Hot(_topics.where(_after))
_first_tagged, _next_tagged = Hot(_topics.where(_tagged)), Hot(_topics.where(_tagged, _after))
_posts = (
    select(
        *wire(
            id=PostRow.id,
            topic=bindparam("told_topic", type_=String),
            reply_to=PostRow.reply_to,
            text=PostRow.text,
            html=PostRow.html,
            language=PostRow.language,
            author=PostRow.author,
            mine=func.coalesce(PostRow.subject == bindparam("viewer", type_=String), false()),
            channel=PostRow.channel,
            state=PostRow.state,
            reason=PostRow.reason,
            created_at=PostRow.created_at,
            depth=PostRow.depth,
            quotes=PostRow.quotes,
            mentions=PostRow.mentions,
            office=PostRow.office,
            reactions=PostRow.reactions,
            edited_at=PostRow.edited_at,
        )
    )
    .where(PostRow.topic_id == bindparam("topic"))
    .limit(bindparam("rows", type_=Integer))
)
_flat, _tree = _posts.order_by(PostRow.id), _posts.order_by(PostRow.path, PostRow.id)
_first_posts = Hot(_flat)
_next_posts = Hot(_flat.where(PostRow.id > bindparam("last")))
_below = tuple_(PostRow.path, PostRow.id) > tuple_(bindparam("path", type_=String), bindparam("last", type_=Uuid))
_first_branches, _next_branches = Hot(_tree), Hot(_tree.where(_below))
_place = Hot(
    select(PostRow.path, PostRow.depth).where(
        PostRow.id == bindparam("post"), PostRow.topic_id == bindparam("topic", type_=Uuid)
    )
)
_board_of_topic = Hot(select(TopicRow.board_id).where(TopicRow.id == bindparam("topic")))


def board(session: Session, board_id: UUID) -> Any:
    """The counts and the naming key of a board."""
    return _board.first(session, board=board_id)


def topic(session: Session, topic_id: UUID) -> Any:
    """A topic with its opening; NotFoundError when there is none."""
    row = _one_topic.first(session, topic=topic_id)
    if row is None:
        raise NotFoundError
    return row


def topic_to_answer(session: Session, topic_id: UUID) -> Any:
    """`id`, `board_id`, `state` of a topic and the `naming_key` of its board; NotFoundError when there is none."""
    row = _to_answer.first(session, topic=topic_id)
    if row is None:
        raise NotFoundError
    return row


def post(session: Session, post_id: UUID) -> Any:
    """A post with the `board_id` of its topic; NotFoundError when there is none."""
    row = _one_post.first(session, post=post_id)
    if row is None:
        raise NotFoundError
    return row


def place_in(session: Session, post_id: UUID, topic_id: UUID) -> Any | None:
    """`path` and `depth` of a post of that topic; None when there is no such post in it."""
    return _place.first(session, post=post_id, topic=topic_id)


def stands_in(session: Session, post_id: UUID | None, topic_id: UUID) -> bool:
    """Whether a post of that topic can be read."""
    query = select(PostRow.id).where(
        PostRow.id == post_id, PostRow.topic_id == topic_id, PostRow.state == PostState.PUBLISHED
    )
    return post_id is not None and session.execute(query).first() is not None


def page_of_topics(
    session: Session, board_id: UUID, page: PageOf, shelf: Shelf = Shelf.CURRENT, tag: str | None = None
) -> Sequence[Any]:
    """Up to `limit + 1` topics without their texts: pinned ones, then the one with the latest activity."""
    query = _SUMMARY.where(TopicRow.board_id == board_id, TopicRow.shelf == shelf)
    if tag is not None:
        query = query.where(
            TopicRow.id.in_(select(TagRow.topic_id).where(TagRow.board_id == board_id, TagRow.tag == tag))
        )
    if page.cursor is not None:
        query = query.where(tuple_(TopicRow.pinned, TopicRow.active_at, TopicRow.id) < _activity(page.cursor))
    query = query.order_by(TopicRow.pinned.desc(), TopicRow.active_at.desc(), TopicRow.id.desc())
    return session.execute(query.limit(page.limit + 1)).all()


def page_of_posts(session: Session, topic_id: UUID, page: PageOf, view: View = View.FLAT) -> Sequence[Any]:
    """Up to `limit + 1` posts of a topic, oldest first, or each under what it answers."""
    query = _POST.where(PostRow.topic_id == topic_id)
    order = (PostRow.id,) if view is View.FLAT else (PostRow.path, PostRow.id)
    if page.cursor is not None:
        last = id_of(page.cursor)
        after = (last,) if view is View.FLAT else (_path_of(session, topic_id, last), last)
        query = query.where(tuple_(*order) > after)
    return session.execute(query.order_by(*order).limit(page.limit + 1)).all()


def list_topics(
    session: Session,
    board_id: UUID,
    page: PageOf,
    viewer: str | None,
    shelf: Shelf = Shelf.CURRENT,
    *,
    tag: str | None = None,
) -> list[Any]:
    """The same as `viewer` may see them, each as the JSON of a TopicSummary."""
    asked: dict[str, Any] = {"board": board_id, "told_board": str(board_id), "viewer": viewer, "rows": page.limit + 1}
    asked |= {"shelf": shelf} | ({} if tag is None else {"tag": tag})
    first, following = (_first_topics, _next_topics) if tag is None else (_first_tagged, _next_tagged)
    if page.cursor is None:
        return first.documents(session, **asked)
    pinned, active_at, last = _activity(page.cursor)
    return following.documents(session, pinned=pinned, active_at=active_at, last=last, **asked)


def list_posts(session: Session, topic_id: UUID, page: PageOf, viewer: str | None, view: View = View.FLAT) -> list[Any]:
    """Up to `limit + 1` posts of a topic, as `viewer` may see them, each as the JSON of a Post."""
    asked: dict[str, Any] = {"topic": topic_id, "told_topic": str(topic_id), "viewer": viewer, "rows": page.limit + 1}
    first, following = (_first_posts, _next_posts) if view is View.FLAT else (_first_branches, _next_branches)
    if page.cursor is None:
        return first.documents(session, **asked)
    asked["last"] = last = id_of(page.cursor)
    if view is View.TREE:
        asked["path"] = _path_of(session, topic_id, last)
    return following.documents(session, **asked)


def board_of(session: Session, topic_id: UUID) -> UUID:
    """The board of a topic; NotFoundError when there is no such topic."""
    row = _board_of_topic.first(session, topic=topic_id)
    if row is None:
        raise NotFoundError
    board: UUID = row.board_id
    return board


def standing_topics(session: Session, board_id: UUID) -> Iterator[Any]:
    """All topics of a board whose opening stands, in the order they were opened."""
    query = _TOPIC.where(
        TopicRow.board_id == board_id, TopicRow.opening == PostState.PUBLISHED, TopicRow.shelf != Shelf.MERGED
    ).order_by(TopicRow.id)
    return iter(session.execute(query.execution_options(yield_per=500)))


def every_topic(session: Session, board_id: UUID) -> Iterator[Any]:
    """All topics of a board, a few at a time."""
    query = _TOPIC.where(TopicRow.board_id == board_id).order_by(TopicRow.id)
    return iter(session.execute(query.execution_options(yield_per=500)))


def every_post(session: Session, board_id: UUID) -> Iterator[Any]:
    """All posts of a board, topic by topic, a few at a time."""
    query = _POST.join(TopicRow).where(TopicRow.board_id == board_id).order_by(PostRow.topic_id, PostRow.id)
    return iter(session.execute(query.execution_options(yield_per=500)))


def topics_by_id(session: Session, ids: Sequence[UUID]) -> Sequence[Any]:
    """Those topics, as far as there are any."""
    return session.execute(_TOPIC.where(TopicRow.id.in_(ids))).all()


def posts_by_id(session: Session, ids: Sequence[UUID]) -> Sequence[Any]:
    """Those posts, as far as there are any, with the `board_id` of each."""
    return session.execute(_POST.add_columns(TopicRow.board_id).join(TopicRow).where(PostRow.id.in_(ids))).all()


def topics_of(session: Session, subject: str) -> Sequence[Any]:
    """All topics that a person opened."""
    return session.execute(_TOPIC.where(TopicRow.subject == subject).order_by(TopicRow.id)).all()


def posts_of(session: Session, subject: str) -> Sequence[Any]:
    """All posts of a person, with the `board_id` of each."""
    query = _POST.add_columns(TopicRow.board_id).join(TopicRow).where(PostRow.subject == subject)
    return session.execute(query.order_by(PostRow.id)).all()


def quotable(session: Session, board_id: UUID, ids: Sequence[UUID]) -> set[UUID]:
    """Those of some ids that are posts or topics of a board."""
    topics = select(TopicRow.id).where(TopicRow.id.in_(ids), TopicRow.board_id == board_id)
    posts = select(PostRow.id).join(TopicRow).where(PostRow.id.in_(ids), TopicRow.board_id == board_id)
    return {*session.scalars(topics), *session.scalars(posts)}


def quoting_posts(session: Session, topic_id: UUID) -> Sequence[Any]:
    """`id` and `text` of the posts of a topic that quote somebody, as far as a sign in them tells."""
    query = select(PostRow.id, PostRow.text).where(PostRow.topic_id == topic_id, PostRow.text.contains(">"))
    return session.execute(query).all()


def _activity(cursor: Cursor) -> tuple[bool, datetime, UUID]:
    try:
        active_at = datetime.fromisoformat(cursor[1])
        if active_at.tzinfo is None:
            raise bad_cursor()
        return bool(cursor[0]), active_at, UUID(cursor[2])
    except (ValueError, TypeError, IndexError, AttributeError):
        raise bad_cursor() from None


def _path_of(session: Session, topic_id: UUID, post_id: UUID) -> str:
    """Where the last post that was seen stands in the tree."""
    place = place_in(session, post_id, topic_id)
    if place is None:
        raise bad_cursor()
    return str(place.path)
