"""Topics that move, come together and come apart: posts keep their ids, and every count stays right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.orm import Session

from interlinker_forum.domain import PostState
from interlinker_forum.store.search import index
from interlinker_forum.store.tables import ParticipantRow, PostRow, TagRow, TopicRow
from interlinker_shared.db import upsert

_POST = select(PostRow.__table__)


def branches(session: Session, topic_id: UUID, roots: Iterable[UUID]) -> list[Any]:
    """Those posts of a topic and all that answer them, directly or not, oldest first."""
    wanted, found = set(roots), []
    for post in session.execute(_POST.where(PostRow.topic_id == topic_id).order_by(PostRow.id)):
        if post.id in wanted or post.reply_to in wanted:
            wanted.add(post.id)
            found.append(post)
    return found


def posts_in(session: Session, topic_id: UUID) -> Sequence[Any]:
    """All posts of a topic, oldest first."""
    return session.execute(_POST.where(PostRow.topic_id == topic_id).order_by(PostRow.id)).all()


def came_from(session: Session, topic_id: UUID, origin: UUID) -> list[Any]:
    """The posts of a topic that another one brought when it was merged into it, and what answers them since."""
    brought = session.scalars(select(PostRow.id).where(PostRow.topic_id == topic_id, PostRow.came_from == origin))
    return branches(session, topic_id, brought)


def add_posts(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert posts, and count nothing."""
    session.execute(insert(PostRow), list(rows))
    index(session, *(row["id"] for row in rows))


def remove_post(session: Session, post_id: UUID) -> None:
    """Delete a post that has become an opening."""
    session.execute(delete(PostRow).where(PostRow.id == post_id))


def place_posts(session: Session, topic_id: UUID, placed: Sequence[tuple[UUID, dict[str, Any]]]) -> None:
    """Put posts into a topic, each with its columns there."""
    for post, values in placed:
        session.execute(update(PostRow).where(PostRow.id == post).values(topic_id=topic_id, **values))


def count_topic(session: Session, topic_id: UUID, *, nameless: int) -> None:
    """Count what a topic holds now, and who: those whom its posts name, and `nameless` guests and people who were erased."""
    posts = select(func.count()).select_from(PostRow).where(PostRow.topic_id == topic_id).scalar_subquery()
    session.execute(delete(ParticipantRow).where(ParticipantRow.scope == topic_id))
    named = select(PostRow.author).where(PostRow.topic_id == topic_id, PostRow.author.is_not(None)).distinct()
    authors = list(session.scalars(named))
    if authors:
        session.execute(insert(ParticipantRow), [{"scope": topic_id, "author": author} for author in authors])
    latest = select(func.max(PostRow.created_at)).where(PostRow.topic_id == topic_id).scalar_subquery()
    values = {
        "posts": posts,
        "participants": len(authors) + nameless,
        "active_at": func.coalesce(latest, TopicRow.opened_at),
    }
    session.execute(update(TopicRow).where(TopicRow.id == topic_id).values(**values))


def nameless(session: Session, topic_id: UUID) -> int:
    """How many of a topic's people no row names: guests, and those who were erased."""
    named = select(func.count()).where(ParticipantRow.scope == topic_id).scalar_subquery()
    query = select(TopicRow.participants - named).where(TopicRow.id == topic_id)
    return int(session.execute(query).scalar_one())


def elsewhere_on(session: Session, board_id: UUID, authors: Sequence[str], besides: UUID) -> set[str]:
    """Those of some people who take part in other topics of a board than one."""
    topics = select(TopicRow.id).where(TopicRow.board_id == board_id, TopicRow.id != besides)
    answered = select(ParticipantRow.author).where(ParticipantRow.author.in_(authors), ParticipantRow.scope.in_(topics))
    opened = select(TopicRow.author).where(TopicRow.author.in_(authors), TopicRow.id.in_(topics))
    return {*session.scalars(answered), *(one for one in session.scalars(opened) if one)}


def leave_board(session: Session, board_id: UUID, authors: Sequence[str]) -> None:
    """Some people take part on a board no more."""
    session.execute(delete(ParticipantRow).where(ParticipantRow.scope == board_id, ParticipantRow.author.in_(authors)))


def join_board(session: Session, board_id: UUID, authors: Iterable[str]) -> int:
    """Some people take part on a board; how many of them are new there."""
    rows = [{"scope": board_id, "author": author} for author in authors]
    if not rows:
        return 0
    added = upsert(ParticipantRow).values(rows).on_conflict_do_nothing().returning(ParticipantRow.author)
    return len(session.execute(added).all())


def rename_authors(session: Session, topic_id: UUID, name: Callable[[str], str]) -> None:
    """Call the people of a topic as another board does."""
    for row, here in ((TopicRow, TopicRow.id == topic_id), (PostRow, PostRow.topic_id == topic_id)):
        _rename(session, row, here, name)


def _rename(session: Session, row: Any, here: ColumnElement[bool], name: Callable[[str], str]) -> None:
    subjects = session.scalars(select(row.subject).where(here, row.subject.is_not(None)).distinct()).all()
    for subject in subjects:
        session.execute(update(row).where(here, row.subject == subject).values(author=name(subject)))


def move_topic(session: Session, topic_id: UUID, board_id: UUID) -> None:
    """Put a topic onto another board, with its tags. Raises IntegrityError where its page has a topic there."""
    session.execute(update(TopicRow).where(TopicRow.id == topic_id).values(board_id=board_id))
    session.execute(update(TagRow).where(TagRow.topic_id == topic_id).values(board_id=board_id))
    index(session, topic_id, *session.scalars(select(PostRow.id).where(PostRow.topic_id == topic_id)))


def by_url(session: Session, board_id: UUID, url: str) -> Any | None:
    """The topic of a board that is about a page."""
    query = select(TopicRow.__table__).where(TopicRow.board_id == board_id, TopicRow.url == url)
    return session.execute(query).one_or_none()


def latest_official(session: Session, topic_id: UUID) -> UUID | None:
    """The latest official answer that stands in a topic."""
    standing = PostRow.state == PostState.PUBLISHED
    query = select(PostRow.id).where(PostRow.topic_id == topic_id, PostRow.office.is_not(None), standing)
    return session.scalars(query.order_by(PostRow.id.desc()).limit(1)).first()
