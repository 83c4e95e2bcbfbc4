"""What changes boards, topics and posts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from interlinker_forum.domain import PostState, TopicState
from interlinker_forum.store.links import forget_history, unlink
from interlinker_forum.store.search import index, unindex
from interlinker_forum.store.tables import Base, BoardRow, ParticipantRow, PostRow, TopicRow
from interlinker_shared.assets import bury
from interlinker_shared.db import upsert, wipe_some, wiping
from interlinker_shared.db.hot import HotWrite
from interlinker_shared.db.jobs import connection_of

_topic = Base.metadata.tables["topics"]
_post = Base.metadata.tables["posts"]
_participant = Base.metadata.tables["participants"]
_draft = Base.metadata.tables["drafts"]
_HANGING = {
    kind: [(Base.metadata.tables[table], Base.metadata.tables[table].c[column]) for table, column in places.items()]
    for kind, places in {
        "post": {"revisions": "item_id", "reactions": "item_id", "quotes": "post_id", "mentions": "post_id"},
        "topic": {
            "revisions": "item_id",
            "reactions": "item_id",
            "topic_tags": "topic_id",
            "drafts": "place",
            "readings": "topic_id",
        },
    }.items()
}
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


def add_topics(session: Session, board_id: UUID, rows: Sequence[dict[str, Any]]) -> None:
    """Insert topics, count them and let them be found."""
    _insert_topic.many(session.connection(), rows)
    index(session, *(row["id"] for row in rows))
    _count_on_board.run(session, board=board_id, more_topics=len(rows), more_posts=0, people=0)


def count_opener(session: Session, board_id: UUID, author: str | None) -> None:
    """Count who opened a topic among the board's people."""
    people = _new_in(session, board_id, author)
    if people:
        _count_on_board.run(session, board=board_id, more_topics=0, more_posts=0, people=people)


def add_post(session: Session, board_id: UUID, row: dict[str, Any]) -> None:
    """Insert a post and count it and its author, in its topic and on its board."""
    _insert_post.run(session, **row)
    index(session, row["id"])
    topic, author = row["topic_id"], row["author"]
    new_in_topic = _new_in(session, topic, author)
    new_on_board = _new_in(session, board_id, author) if new_in_topic else 0  # whoever is in a topic is on its board
    _count_in_topic.run(session, topic=topic, people=new_in_topic, now=row["created_at"])
    _count_on_board.run(session, board=board_id, more_topics=0, more_posts=1, people=new_on_board)


def _new_in(session: Session, scope: UUID, author: str | None) -> int:
    """1 when this is somebody's first part in a topic or on a board. Nothing tells two guests apart: each counts."""
    return 1 if author is None else len(_take_part.run(session, scope=scope, author=author))


def close_topic(session: Session, topic_id: UUID, now: datetime) -> None:
    """Let nobody post in a topic any more."""
    session.execute(update(TopicRow).where(TopicRow.id == topic_id).values(state=TopicState.CLOSED, closed_at=now))


def blank_opening(
    session: Session, topic_id: UUID, state: PostState, *, reason: str | None = None, forget: bool = False
) -> None:
    """Leave a tombstone of a topic's opening, without its words, its page and, to `forget`, without its author."""
    gone = {"title": "", "text": "", "html": "", "opening": state, "reason": reason, "url": None} | _nobody(forget)
    session.execute(update(TopicRow).where(TopicRow.id == topic_id).values(**gone, edited_at=None))
    forget_history(session, topic_id)
    unindex(session, [topic_id])


def blank_post(
    session: Session, post_id: UUID, state: PostState, *, reason: str | None = None, forget: bool = False
) -> None:
    """Leave a tombstone of a post, without its words and, to `forget`, without its author."""
    gone: dict[str, Any] = {"text": "", "html": "", "state": state, "reason": reason, "mentions": [], "quotes": []}
    gone |= _nobody(forget)
    session.execute(update(PostRow).where(PostRow.id == post_id).values(**gone, edited_at=None))
    forget_history(session, post_id)
    unlink(session, post_id)
    unindex(session, [post_id])


def show_opening(session: Session, topic_id: UUID, words: dict[str, Any]) -> None:
    """Put the opening of a topic back; `words` are its title, text and html, and the state that it was in."""
    closed = {} if words["state"] == TopicState.CLOSED else {"closed_at": None}
    back = words | closed | {"opening": PostState.PUBLISHED, "reason": None}
    session.execute(update(TopicRow).where(TopicRow.id == topic_id).values(**back))
    index(session, topic_id)


def show_post(session: Session, post_id: UUID, words: dict[str, Any]) -> None:
    """Put a post back; `words` are its text and html."""
    back = words | {"state": PostState.PUBLISHED, "reason": None}
    session.execute(update(PostRow).where(PostRow.id == post_id).values(**back))
    index(session, post_id)


def change_words(session: Session, post_id: UUID, text: str, html: str) -> None:
    """Write a post anew."""
    session.execute(update(PostRow).where(PostRow.id == post_id).values(text=text, html=html))
    unindex(session, [post_id])
    index(session, post_id)


def change_post(session: Session, post_id: UUID, **values: Any) -> None:
    """Write these columns of a post."""
    session.execute(update(PostRow).where(PostRow.id == post_id).values(**values))
    if "text" in values:
        index(session, post_id)


def change_topic(session: Session, topic_id: UUID, **values: Any) -> None:
    """Write these columns of a topic. Raises IntegrityError where its page has another topic on the board."""
    session.execute(update(TopicRow).where(TopicRow.id == topic_id).values(**values))
    if "text" in values:
        index(session, topic_id)


def count_on_board(session: Session, board_id: UUID, *, topics: int = 0, posts: int = 0, people: int = 0) -> None:
    """Add to the counts of a board."""
    _count_on_board.run(session, board=board_id, more_topics=topics, more_posts=posts, people=people)


def purge(session: Session, board_id: UUID, limit: int) -> int:
    """Delete up to so many rows of what people said on a board for good; how many there were."""
    here = select(_topic.c.id).where(_topic.c.board_id == board_id)
    some = here.order_by(_topic.c.active_at, _topic.c.id).limit(limit)
    posts = wipe_some(session, _post, _post.c.topic_id.in_(some), limit)
    _bury(session, "post", [row.id for row in posts])
    gone = posts or wipe_some(session, _participant, _participant.c.scope.in_(some), limit)
    if gone:
        return len(gone)
    topics = wipe_some(session, _topic, _topic.c.board_id == board_id, limit, by=(_topic.c.active_at, _topic.c.id))
    _bury(session, "topic", [row.id for row in topics])
    left = topics or wipe_some(session, _participant, _participant.c.scope == board_id, limit)
    return len(left or wipe_some(session, _draft, _draft.c.place == board_id, limit))


def _bury(session: Session, kind: str, ids: Sequence[UUID]) -> None:
    """What hung on them goes with them."""
    bury(session, kind, ids)
    unindex(session, ids)
    connection = connection_of(session)
    with wiping(connection):
        for table, column in _HANGING[kind]:
            connection.execute(delete(table).where(column.in_(ids)))


def forget_participant(session: Session, board_id: UUID, author: str) -> None:
    """Forget that somebody took part on a board and in its topics; the counts stay."""
    topics = select(TopicRow.id).where(TopicRow.board_id == board_id)
    here = or_(ParticipantRow.scope == board_id, ParticipantRow.scope.in_(topics))
    session.execute(delete(ParticipantRow).where(ParticipantRow.author == author, here))


def _nobody(forget: bool) -> dict[str, None]:  # noqa: FBT001 - says what its one caller means
    return {"author": None, "subject": None} if forget else {}
