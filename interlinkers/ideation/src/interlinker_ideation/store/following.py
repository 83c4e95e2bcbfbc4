"""Who follows an idea, and how support and following move when ideas are merged, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, Uuid, delete, exists, func, insert, literal, select, update
from sqlalchemy.orm import Session, aliased

from interlinker_ideation.store.tables import FollowerRow, IdeaRow, SupportRow
from interlinker_shared.db import upsert

_KEPT = tuple(cast("Table", row.__table__) for row in (SupportRow, FollowerRow))


def follow(session: Session, idea: UUID, subject: str) -> bool:
    """Let a person follow an idea; False when she did."""
    row = {"idea_id": idea, "subject": subject, "via": None}
    done = upsert(FollowerRow).values(**row).on_conflict_do_nothing().returning(FollowerRow.idea_id)
    return session.execute(done).first() is not None


def unfollow(session: Session, ideas: Sequence[UUID], subject: str) -> None:
    """Let a person follow none of these ideas any more."""
    session.execute(delete(FollowerRow).where(FollowerRow.idea_id.in_(ideas), FollowerRow.subject == subject))


def follows(session: Session, idea: UUID, subject: str) -> bool:
    """Whether a person follows an idea."""
    return session.get(FollowerRow, (idea, subject)) is not None


def followed_by(session: Session, subject: str) -> Sequence[UUID]:
    """The ideas that a person follows."""
    return session.scalars(select(FollowerRow.idea_id).where(FollowerRow.subject == subject)).all()


def rename_follower(session: Session, subject: str, replacement: str) -> None:
    """Let nothing say any more who follows what; how many do stays."""
    session.execute(update(FollowerRow).where(FollowerRow.subject == subject).values(subject=replacement))


def merged_into(session: Session, idea: UUID) -> Sequence[UUID]:
    """The ideas that were merged into this one, directly or by way of others."""
    below = select(IdeaRow.id).where(IdeaRow.merged_into == idea).cte(recursive=True)
    child = aliased(IdeaRow)
    below = below.union_all(select(child.id).join(below, child.merged_into == below.c.id))
    return session.scalars(select(below.c.id)).all()


def directly_merged(session: Session, idea: UUID) -> Sequence[IdeaRow]:
    """Those that were merged into this one itself, earliest first."""
    return session.scalars(select(IdeaRow).where(IdeaRow.merged_into == idea).order_by(IdeaRow.number)).all()


def carry_over(session: Session, source: UUID, target: UUID) -> None:
    """Let who supports or follows `source` do so with `target` as well, once each; `source` keeps its own."""
    for kept in _KEPT:
        here = kept.alias()
        known = exists().where(here.c.idea_id == target, here.c.subject == kept.c.subject)
        rows = select(literal(target, Uuid), kept.c.subject, literal(source, Uuid)).where(
            kept.c.idea_id == source, ~known
        )
        session.execute(insert(kept).from_select(["idea_id", "subject", "via"], rows))
    _let_author_follow(session, source, target)
    _count(session, target)


def _let_author_follow(session: Session, source: UUID, target: UUID) -> None:
    author = session.scalar(select(IdeaRow.author).where(IdeaRow.id == source))
    if author is not None:
        row = {"idea_id": target, "subject": author, "via": source}
        session.execute(upsert(FollowerRow).values(**row).on_conflict_do_nothing())


def take_back(session: Session, source: UUID, target: UUID) -> None:
    """Undo it: `target` loses those who came by `source` alone, and keeps who also came by another idea."""
    for kept in _KEPT:
        session.execute(delete(kept).where(kept.c.idea_id == target, kept.c.via == source))
    for other in directly_merged(session, target):
        carry_over(session, other.id, target)
    _count(session, target)


def drop_below(session: Session, ideas: Sequence[UUID], subject: str) -> None:
    """A person's support of an idea is over: so is that of the ideas merged into it."""
    if ideas:
        session.execute(delete(SupportRow).where(SupportRow.idea_id.in_(ideas), SupportRow.subject == subject))
        for idea in ideas:
            _count(session, idea)


def _count(session: Session, idea: UUID) -> None:
    people: Any = select(func.count()).where(SupportRow.idea_id == idea).scalar_subquery()
    session.execute(update(IdeaRow).where(IdeaRow.id == idea).values(support=people))
