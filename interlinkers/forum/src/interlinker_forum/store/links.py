"""What hangs on posts and topics: tags, quotes, mentions, and what was said before an edit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from interlinker_forum.domain import Shelf
from interlinker_forum.store.tables import MentionRow, ParticipantRow, PostRow, QuoteRow, RevisionRow, TagRow, TopicRow

MOST_PEOPLE = 10


def set_tags(session: Session, board_id: UUID, topic_id: UUID, tags: Sequence[str]) -> None:
    """Let a topic have these tags and no others."""
    session.execute(delete(TagRow).where(TagRow.topic_id == topic_id, TagRow.board_id == board_id))
    if tags:
        rows = [{"board_id": board_id, "tag": tag, "topic_id": topic_id} for tag in tags]
        session.execute(insert(TagRow), rows)


def tags_of(session: Session, board_id: UUID) -> Sequence[Any]:
    """Each `tag` of a board, and how many of its current `topics` have it, the commonest first."""
    query = (
        select(TagRow.tag, func.count().label("topics"))
        .join(TopicRow, TopicRow.id == TagRow.topic_id)
        .where(TagRow.board_id == board_id, TopicRow.shelf == Shelf.CURRENT)
        .group_by(TagRow.tag)
        .order_by(func.count().desc(), TagRow.tag)
        .limit(100)
    )
    return session.execute(query).all()


def link(session: Session, post_id: UUID, *, quotes: Sequence[UUID] = (), mentions: Sequence[str] = ()) -> None:
    """Note whose words a post repeats, and whom it names."""
    if quotes:
        session.execute(insert(QuoteRow), [{"origin_id": origin, "post_id": post_id} for origin in quotes])
    if mentions:
        session.execute(insert(MentionRow), [{"author": author, "post_id": post_id} for author in mentions])


def unlink(session: Session, post_id: UUID) -> None:
    """Forget whose words a post repeated, and whom it named."""
    session.execute(delete(QuoteRow).where(QuoteRow.post_id == post_id))
    session.execute(delete(MentionRow).where(MentionRow.post_id == post_id))


def quotes_of(session: Session, origin_id: UUID) -> Sequence[Any]:
    """`id` and `text` of the posts that say they repeat words of a post or an opening."""
    query = select(PostRow.id, PostRow.text).join(QuoteRow, QuoteRow.post_id == PostRow.id)
    return session.execute(query.where(QuoteRow.origin_id == origin_id)).all()


def known_on(session: Session, board_id: UUID, authors: Sequence[str]) -> list[str]:
    """Those of some pseudonyms that are somebody's of the board."""
    if not authors:
        return []
    query = select(ParticipantRow.author).where(ParticipantRow.scope == board_id, ParticipantRow.author.in_(authors))
    found = set(session.scalars(query))
    return [author for author in authors if author in found]


def people_of(session: Session, board_id: UUID, beginning: str) -> Sequence[str]:
    """A few pseudonyms of people of a board that begin so, in their order."""
    query = select(ParticipantRow.author).where(
        ParticipantRow.scope == board_id, ParticipantRow.author >= beginning, ParticipantRow.author < beginning + "g"
    )
    return session.scalars(query.order_by(ParticipantRow.author).limit(MOST_PEOPLE)).all()


def mentions_of(session: Session, board_id: UUID, author: str, before: UUID | None, limit: int) -> Sequence[Any]:
    """Up to `limit + 1` posts of a board that name somebody, the latest first."""
    query = (
        select(PostRow.__table__)
        .join(MentionRow, MentionRow.post_id == PostRow.id)
        .join(TopicRow, TopicRow.id == PostRow.topic_id)
        .where(MentionRow.author == author, TopicRow.board_id == board_id)
    )
    if before is not None:
        query = query.where(PostRow.id < before)
    return session.execute(query.order_by(PostRow.id.desc()).limit(limit + 1)).all()


def add_revision(
    session: Session, item_id: UUID, *, title: str | None, text: str, changes: str, until: datetime
) -> None:
    """Keep what was said before an edit."""
    number = select(func.coalesce(func.max(RevisionRow.number), 0) + 1).where(RevisionRow.item_id == item_id)
    row = {"item_id": item_id, "number": session.execute(number).scalar_one(), "title": title, "text": text}
    session.execute(insert(RevisionRow).values(**row, changes=changes, until=until))


def revisions_of(session: Session, item_id: UUID, after: int, limit: int) -> Sequence[Any]:
    """Up to `limit + 1` of what was said before edits, the first first."""
    query = select(RevisionRow.__table__).where(RevisionRow.item_id == item_id, RevisionRow.number > after)
    return session.execute(query.order_by(RevisionRow.number).limit(limit + 1)).all()


def revisions_by(session: Session, items: Sequence[UUID]) -> Sequence[Any]:
    """All that was said before edits of some posts and openings."""
    query = select(RevisionRow.__table__).where(RevisionRow.item_id.in_(items))
    return session.execute(query.order_by(RevisionRow.item_id, RevisionRow.number)).all()


def forget_history(session: Session, item_id: UUID) -> None:
    """Forget what was said before edits."""
    session.execute(delete(RevisionRow).where(RevisionRow.item_id == item_id))
