"""Tables and queries of boards, topics and posts: the only module that writes SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    Index,
    Integer,
    String,
    bindparam,
    delete,
    false,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from interlinker_forum.domain import PostState, TopicState
from interlinker_shared.assets import AssetRow, bury
from interlinker_shared.db import JsonText, UtcDateTime, partial, upsert, wipe_some
from interlinker_shared.db.hot import Hot, HotWrite, wire
from interlinker_shared.errors import NotFoundError
from interlinker_shared.http import Cursor
from interlinker_shared.http.paging import PageOf, bad_cursor, id_of

_HAS_SUBJECT = "subject IS NOT NULL"


class Base(DeclarativeBase):
    """Base of the forum's tables."""


class BoardRow(Base):
    """What a board has come to, kept exact by every write, so that nobody ever counts; and the key of its pseudonyms."""

    __tablename__ = "boards"

    id: Mapped[UUID] = mapped_column(ForeignKey(AssetRow.id), primary_key=True)
    naming_key: Mapped[bytes]
    topics: Mapped[int]
    posts: Mapped[int]
    participants: Mapped[int]


class TopicRow(Base):
    """A topic with its opening and its counters. `subject` is empty for guests, imported and erased openings."""

    __tablename__ = "topics"
    __table_args__ = (
        Index("ix_topics_activity", "board_id", "active_at", "id"),
        Index("ix_topics_subject", "subject", **partial(_HAS_SUBJECT)),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    board_id: Mapped[UUID] = mapped_column(ForeignKey(BoardRow.id))
    title: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    language: Mapped[str]
    author: Mapped[str | None]
    subject: Mapped[str | None]
    channel: Mapped[str]
    state: Mapped[str]
    opening: Mapped[str]
    reason: Mapped[str | None]
    source: Mapped[dict[str, Any] | None] = mapped_column(JsonText(none_as_null=True))
    posts: Mapped[int]
    participants: Mapped[int]
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    active_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PostRow(Base):
    """A post, or the tombstone that keeps its place. Ids are time-ordered: the key is the reading order."""

    __tablename__ = "posts"
    __table_args__ = (
        Index("ix_posts_topic", "topic_id", "id"),
        Index("ix_posts_subject", "subject", **partial(_HAS_SUBJECT)),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    topic_id: Mapped[UUID] = mapped_column(ForeignKey(TopicRow.id))
    reply_to: Mapped[UUID | None]  # no foreign key: for each post that goes, all others would be looked through
    text: Mapped[str]
    html: Mapped[str]
    language: Mapped[str]
    author: Mapped[str | None]
    subject: Mapped[str | None]
    channel: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ParticipantRow(Base):
    """Somebody took part in a topic or on a board (the scope); the key lets every person count once."""

    __tablename__ = "participants"
    __table_args__ = ({"sqlite_with_rowid": False},)

    scope: Mapped[UUID] = mapped_column(primary_key=True)
    author: Mapped[str] = mapped_column(primary_key=True)


_topic = Base.metadata.tables["topics"]
_post = Base.metadata.tables["posts"]
_participant = Base.metadata.tables["participants"]
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
_insert_topic = HotWrite(insert(TopicRow))
_insert_post = HotWrite(insert(PostRow))
_take_part = HotWrite(upsert(ParticipantRow).on_conflict_do_nothing().returning(ParticipantRow.scope))
_count_in_topic = HotWrite(
    update(TopicRow)
    .where(TopicRow.id == bindparam("topic"))
    .values(
        posts=TopicRow.posts + 1,
        participants=TopicRow.participants + bindparam("people"),
        active_at=bindparam("now"),
    )
)
_count_on_board = HotWrite(
    update(BoardRow)
    .where(BoardRow.id == bindparam("board"))
    .values(
        topics=BoardRow.topics + bindparam("more_topics"),
        posts=BoardRow.posts + bindparam("more_posts"),
        participants=BoardRow.participants + bindparam("people"),
    )
)


def add_board(session: Session, board_id: UUID, naming_key: bytes) -> None:
    """Begin the counts of a new board."""
    session.execute(insert(BoardRow).values(id=board_id, naming_key=naming_key, topics=0, posts=0, participants=0))


def board(session: Session, board_id: UUID) -> Any:
    """The counts and the naming key of a board."""
    return _board.first(session, board=board_id)


def add_topics(session: Session, board_id: UUID, rows: Sequence[dict[str, Any]]) -> None:
    """Insert topics and count them."""
    _insert_topic.many(session.connection(), rows)
    _count_on_board.run(session, board=board_id, more_topics=len(rows), more_posts=0, people=0)


def count_opener(session: Session, board_id: UUID, author: str | None) -> None:
    """Count who opened a topic among the board's people."""
    people = _new_in(session, board_id, author)
    if people:
        _count_on_board.run(session, board=board_id, more_topics=0, more_posts=0, people=people)


def add_post(session: Session, board_id: UUID, row: dict[str, Any]) -> None:
    """Insert a post and count it and its author, in its topic and on its board."""
    _insert_post.run(session, **row)
    topic, author = row["topic_id"], row["author"]
    new_in_topic = _new_in(session, topic, author)
    new_on_board = _new_in(session, board_id, author) if new_in_topic else 0  # whoever is in a topic is on its board
    _count_in_topic.run(session, topic=topic, people=new_in_topic, now=row["created_at"])
    _count_on_board.run(session, board=board_id, more_topics=0, more_posts=1, people=new_on_board)


def _new_in(session: Session, scope: UUID, author: str | None) -> int:
    """1 when this is somebody's first part in a topic or on a board. Nothing tells two guests apart: each counts."""
    return 1 if author is None else len(_take_part.run(session, scope=scope, author=author))


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


def close_topic(session: Session, topic_id: UUID, now: datetime) -> None:
    """Let nobody post in a topic any more."""
    session.execute(update(TopicRow).where(TopicRow.id == topic_id).values(state=TopicState.CLOSED, closed_at=now))


def blank_opening(
    session: Session, topic_id: UUID, state: PostState, *, reason: str | None = None, forget: bool = False
) -> None:
    """Leave a tombstone of a topic's opening, without its words and, to `forget`, without its author."""
    gone = {"title": "", "text": "", "html": "", "opening": state, "reason": reason} | _nobody(forget)
    session.execute(update(TopicRow).where(TopicRow.id == topic_id).values(**gone))


def blank_post(
    session: Session, post_id: UUID, state: PostState, *, reason: str | None = None, forget: bool = False
) -> None:
    """Leave a tombstone of a post, without its words and, to `forget`, without its author."""
    gone = {"text": "", "html": "", "state": state, "reason": reason} | _nobody(forget)
    session.execute(update(PostRow).where(PostRow.id == post_id).values(**gone))


def show_opening(session: Session, topic_id: UUID, words: dict[str, Any]) -> None:
    """Put the opening of a topic back; `words` are its title, text and html, and the state that it was in."""
    closed = {} if words["state"] == TopicState.CLOSED else {"closed_at": None}
    back = words | closed | {"opening": PostState.PUBLISHED, "reason": None}
    session.execute(update(TopicRow).where(TopicRow.id == topic_id).values(**back))


def show_post(session: Session, post_id: UUID, words: dict[str, Any]) -> None:
    """Put a post back; `words` are its text and html."""
    back = words | {"state": PostState.PUBLISHED, "reason": None}
    session.execute(update(PostRow).where(PostRow.id == post_id).values(**back))


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


def change_words(session: Session, post_id: UUID, text: str, html: str) -> None:
    """Write a post anew."""
    session.execute(update(PostRow).where(PostRow.id == post_id).values(text=text, html=html))


def purge(session: Session, board_id: UUID, limit: int) -> int:
    """Delete up to so many rows of what people said on a board for good; how many there were."""
    here = select(_topic.c.id).where(_topic.c.board_id == board_id)
    some = here.order_by(_topic.c.active_at, _topic.c.id).limit(limit)
    posts = wipe_some(session, _post, _post.c.topic_id.in_(some), limit)
    bury(session, "post", [row.id for row in posts])
    gone = posts or wipe_some(session, _participant, _participant.c.scope.in_(some), limit)
    if gone:
        return len(gone)
    topics = wipe_some(session, _topic, _topic.c.board_id == board_id, limit, by=(_topic.c.active_at, _topic.c.id))
    bury(session, "topic", [row.id for row in topics])
    return len(topics or wipe_some(session, _participant, _participant.c.scope == board_id, limit))


def forget_participant(session: Session, board_id: UUID, author: str) -> None:
    """Forget that somebody took part on a board and in its topics; the counts stay."""
    topics = select(TopicRow.id).where(TopicRow.board_id == board_id)
    here = or_(ParticipantRow.scope == board_id, ParticipantRow.scope.in_(topics))
    session.execute(delete(ParticipantRow).where(ParticipantRow.author == author, here))


def _nobody(forget: bool) -> dict[str, None]:  # noqa: FBT001 - says what its one caller means
    return {"author": None, "subject": None} if forget else {}


def _activity(cursor: Cursor) -> tuple[datetime, UUID]:
    try:
        active_at = datetime.fromisoformat(cursor[0])
        if active_at.tzinfo is None:
            raise bad_cursor()
        return active_at, UUID(cursor[1])
    except (ValueError, TypeError, IndexError, AttributeError):
        raise bad_cursor() from None
