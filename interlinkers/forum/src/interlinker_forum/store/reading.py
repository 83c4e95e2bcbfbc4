"""What is read of boards, topics and posts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Integer,
    String,
    bindparam,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from interlinker_forum.domain import PostState
from interlinker_forum.store.tables import BoardRow, PostRow, TopicRow
from interlinker_shared.db.hot import Hot, wire
from interlinker_shared.errors import NotFoundError
from interlinker_shared.http import Cursor
from interlinker_shared.http.paging import PageOf, bad_cursor, id_of

_TOPIC = select(TopicRow.__table__)
_SUMMARY = select(*(column for column in TopicRow.__table__.columns if column.name not in {"text", "html"}))
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
        )
    )
    .where(TopicRow.board_id == bindparam("board"))
    .order_by(TopicRow.active_at.desc(), TopicRow.id.desc())
    .limit(bindparam("rows", type_=Integer))
)
_first_topics = Hot(_topics)
_next_topics = Hot(
    _topics.where(
        or_(
            TopicRow.active_at < bindparam("active_at"),
            (TopicRow.active_at == bindparam("active_at")) & (TopicRow.id < bindparam("last")),
        )
    )
)
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
        )
    )
    .where(PostRow.topic_id == bindparam("topic"))
    .order_by(PostRow.id)
    .limit(bindparam("rows", type_=Integer))
)
_first_posts = Hot(_posts)
_next_posts = Hot(_posts.where(PostRow.id > bindparam("last")))
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


def is_in_topic(session: Session, post_id: UUID, topic_id: UUID) -> bool:
    """Whether a post belongs to that topic."""
    query = select(PostRow.id).where(PostRow.id == post_id, PostRow.topic_id == topic_id)
    return session.execute(query).first() is not None


def page_of_topics(session: Session, board_id: UUID, page: PageOf) -> Sequence[Any]:
    """Up to `limit + 1` topics without their texts, the one with the latest activity first."""
    query = _SUMMARY.where(TopicRow.board_id == board_id).order_by(TopicRow.active_at.desc(), TopicRow.id.desc())
    if page.cursor is not None:
        active_at, last = _activity(page.cursor)
        query = query.where(
            or_(TopicRow.active_at < active_at, (TopicRow.active_at == active_at) & (TopicRow.id < last))
        )
    return session.execute(query.limit(page.limit + 1)).all()


def page_of_posts(session: Session, topic_id: UUID, page: PageOf) -> Sequence[Any]:
    """Up to `limit + 1` posts of a topic, oldest first."""
    query = _POST.where(PostRow.topic_id == topic_id).order_by(PostRow.id)
    if page.cursor is not None:
        query = query.where(PostRow.id > id_of(page.cursor))
    return session.execute(query.limit(page.limit + 1)).all()


def list_topics(session: Session, board_id: UUID, page: PageOf, viewer: str | None) -> list[Any]:
    """The same as `viewer` may see them, each as the JSON of a TopicSummary."""
    asked: dict[str, Any] = {"board": board_id, "told_board": str(board_id), "viewer": viewer, "rows": page.limit + 1}
    if page.cursor is None:
        return _first_topics.documents(session, **asked)
    active_at, last = _activity(page.cursor)
    return _next_topics.documents(session, active_at=active_at, last=last, **asked)


def list_posts(session: Session, topic_id: UUID, page: PageOf, viewer: str | None) -> list[Any]:
    """Up to `limit + 1` posts of a topic, oldest first, as `viewer` may see them, each as the JSON of a Post."""
    asked: dict[str, Any] = {"topic": topic_id, "told_topic": str(topic_id), "viewer": viewer, "rows": page.limit + 1}
    if page.cursor is None:
        return _first_posts.documents(session, **asked)
    return _next_posts.documents(session, last=id_of(page.cursor), **asked)


def board_of(session: Session, topic_id: UUID) -> UUID:
    """The board of a topic; NotFoundError when there is no such topic."""
    row = _board_of_topic.first(session, topic=topic_id)
    if row is None:
        raise NotFoundError
    board: UUID = row.board_id
    return board


def standing_topics(session: Session, board_id: UUID) -> Iterator[Any]:
    """All topics of a board whose opening stands, in the order they were opened."""
    query = _TOPIC.where(TopicRow.board_id == board_id, TopicRow.opening == PostState.PUBLISHED).order_by(TopicRow.id)
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


def quoting_posts(session: Session, topic_id: UUID) -> Sequence[Any]:
    """`id` and `text` of the posts of a topic that quote somebody, as far as a sign in them tells."""
    query = select(PostRow.id, PostRow.text).where(PostRow.topic_id == topic_id, PostRow.text.contains(">"))
    return session.execute(query).all()


def _activity(cursor: Cursor) -> tuple[datetime, UUID]:
    try:
        active_at = datetime.fromisoformat(cursor[0])
        if active_at.tzinfo is None:
            raise bad_cursor()
        return active_at, UUID(cursor[1])
    except (ValueError, TypeError, IndexError, AttributeError):
        raise bad_cursor() from None
