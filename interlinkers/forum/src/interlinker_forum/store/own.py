"""What people keep for themselves: reactions, drafts, how far they have read, and what they follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from interlinker_forum.store.tables import DraftRow, PostRow, ReactionRow, ReadingRow, TopicRow
from interlinker_shared.db import upsert

_PERSONAL = (ReactionRow, DraftRow, ReadingRow)


def react(session: Session, item_id: UUID, subject: str, kind: str) -> bool:
    """Note a reaction; False when it was there."""
    added = upsert(ReactionRow).values(item_id=item_id, subject=subject, kind=kind).on_conflict_do_nothing()
    return session.execute(added.returning(ReactionRow.kind)).first() is not None


def unreact(session: Session, item_id: UUID, subject: str, kinds: Sequence[str]) -> list[str]:
    """Take reactions back; those of `kinds` that were there."""
    here = and_(ReactionRow.item_id == item_id, ReactionRow.subject == subject, ReactionRow.kind.in_(kinds))
    return list(session.scalars(delete(ReactionRow).where(here).returning(ReactionRow.kind)))


def reactions_in(session: Session, topic_id: UUID, subject: str) -> Sequence[Any]:
    """`item_id` and `kind` of all reactions of a person to a topic's opening and posts."""
    posts = select(PostRow.id).where(PostRow.topic_id == topic_id)
    here = or_(ReactionRow.item_id == topic_id, ReactionRow.item_id.in_(posts))
    query = select(ReactionRow.item_id, ReactionRow.kind).where(ReactionRow.subject == subject, here)
    return session.execute(query.order_by(ReactionRow.item_id, ReactionRow.kind)).all()


def save_draft(session: Session, subject: str, place: UUID, *, title: str, text: str, now: datetime) -> None:
    """Keep a draft in the place of the one there was."""
    values = {"title": title, "text": text, "saved_at": now}
    query = upsert(DraftRow).values(subject=subject, place=place, **values)
    session.execute(query.on_conflict_do_update(index_elements=["subject", "place"], set_=values))


def draft(session: Session, subject: str, place: UUID) -> Any | None:
    """Somebody's draft of a topic or board."""
    query = select(DraftRow.__table__).where(DraftRow.subject == subject, DraftRow.place == place)
    return session.execute(query).one_or_none()


def drop_draft(session: Session, subject: str, place: UUID) -> None:
    """Forget a draft, if there is one."""
    session.execute(delete(DraftRow).where(DraftRow.subject == subject, DraftRow.place == place))


def keep_reading(session: Session, subject: str, topic_id: UUID, **values: Any) -> None:
    """Write how far somebody has read (`read_to`), or whether she follows (`following`)."""
    row = {"read_to": None, "following": False} | values
    query = upsert(ReadingRow).values(subject=subject, topic_id=topic_id, **row)
    session.execute(query.on_conflict_do_update(index_elements=["subject", "topic_id"], set_=values))


def place_of_reader(session: Session, subject: str, topic_id: UUID) -> Any | None:
    """How far somebody has read a topic, and whether she follows it."""
    query = select(ReadingRow.__table__).where(ReadingRow.subject == subject, ReadingRow.topic_id == topic_id)
    return session.execute(query).one_or_none()


def unread(session: Session, topic_id: UUID, read_to: UUID | None) -> int:
    """How many posts of a topic came later."""
    query = select(func.count()).select_from(PostRow).where(PostRow.topic_id == topic_id)
    return int(session.execute(query if read_to is None else query.where(PostRow.id > read_to)).scalar_one())


def followed(session: Session, subject: str, board_id: UUID, before: UUID | None, limit: int) -> Sequence[Any]:
    """Up to `limit + 1` topics of a board that somebody follows, the newest first, each with its `unread`."""
    later = and_(PostRow.topic_id == TopicRow.id, or_(ReadingRow.read_to.is_(None), PostRow.id > ReadingRow.read_to))
    count = select(func.count()).select_from(PostRow).where(later).correlate(TopicRow, ReadingRow).scalar_subquery()
    topic = (TopicRow.id.label("topic"), TopicRow.title, TopicRow.language)
    query = (
        select(*topic, ReadingRow.following, ReadingRow.read_to, count.label("unread"))
        .join(ReadingRow, ReadingRow.topic_id == TopicRow.id)
        .where(ReadingRow.subject == subject, ReadingRow.following, TopicRow.board_id == board_id)
    )
    if before is not None:
        query = query.where(TopicRow.id < before)
    return session.execute(query.order_by(TopicRow.id.desc()).limit(limit + 1)).all()


def set_reactions(session: Session, item_id: UUID, counts: dict[str, int], *, opening: bool) -> None:
    """Write how many reacted to a post, or to the opening of a topic."""
    row: Any = TopicRow if opening else PostRow
    session.execute(update(row).where(row.id == item_id).values(reactions=counts))


def kept_for(session: Session, subject: str) -> dict[str, Sequence[Any]]:
    """All that a person keeps here."""
    return {
        row.__tablename__: session.execute(select(row.__table__).where(row.subject == subject)).all()
        for row in _PERSONAL
    }


def forget_kept(session: Session, subject: str) -> None:
    """Delete it; the counts of reactions stay."""
    for row in _PERSONAL:
        session.execute(delete(row).where(row.subject == subject))
