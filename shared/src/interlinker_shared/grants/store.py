"""Tables and queries of grants and of who belongs to which team."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Index, Table, UniqueConstraint, bindparam, delete, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from interlinker_shared.db.hot import Hot
from interlinker_shared.db.jobs import signal
from interlinker_shared.db.types import SharedBase, UtcDateTime
from interlinker_shared.grants.domain import TEAM, Grant
from interlinker_shared.grants.models import Granted
from interlinker_shared.http.paging import PageOf, id_of
from interlinker_shared.roles import Role

SIGNAL = "grants"
"""Raised whenever who may do what has changed."""
HERE = "here"
MOST_TEAMS = 500  # of one person: what is beyond counts for nothing, so that no one can make a look-up slow


class GrantRow(SharedBase):
    """One role of one holder in one scope."""

    __tablename__ = "grants"
    __table_args__ = (UniqueConstraint("scope", "holder"), Index("ix_grants_holder", "holder"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    scope: Mapped[str]
    holder: Mapped[str]
    role: Mapped[str]
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    origin: Mapped[str]
    granted_by: Mapped[str | None]
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MembershipRow(SharedBase):
    """A person belongs to a team."""

    __tablename__ = "memberships"

    subject: Mapped[str] = mapped_column(primary_key=True)
    team: Mapped[str] = mapped_column(primary_key=True, index=True)


_grants = cast("Table", GrantRow.__table__)
_memberships = cast("Table", MembershipRow.__table__)
_teams_of = select(_memberships.c.team).where(_memberships.c.subject == bindparam("subject")).limit(MOST_TEAMS)
_held = Hot(
    select(_grants.c.scope, _grants.c.role, _grants.c.until).where(
        (_grants.c.holder == bindparam("subject")) | _grants.c.holder.in_(_teams_of)
    )
)


def grants_of(session: Session, subject: str) -> tuple[Grant, ...]:
    """What a person holds herself and through her teams."""
    found = _held.all(session, subject=subject)
    return tuple(Grant(row.scope, Role(row.role), row.until) for row in found)


def find(session: Session, grant_id: UUID) -> Granted | None:
    """A grant by its id."""
    row = session.execute(select(_grants).where(_grants.c.id == grant_id)).one_or_none()
    return Granted.of(row) if row is not None else None


def in_place(session: Session, scope: str, holder: str) -> Granted | None:
    """What a holder has in a scope."""
    row = session.execute(select(_grants).where(_grants.c.scope == scope, _grants.c.holder == holder)).one_or_none()
    return Granted.of(row) if row is not None else None


def page(session: Session, of: PageOf, *, scope: str | None, holder: str | None) -> list[Granted]:
    """Up to `limit + 1` grants, oldest first."""
    query = select(_grants).order_by(_grants.c.id).limit(of.limit + 1)
    if scope is not None:
        query = query.where(_grants.c.scope == scope)
    if holder is not None:
        query = query.where(_grants.c.holder == holder)
    if of.cursor is not None:
        query = query.where(_grants.c.id > id_of(of.cursor))
    return [Granted.of(row) for row in session.execute(query)]


def held_along(session: Session, holders: Sequence[str], path: Sequence[str]) -> list[Granted]:
    """The grants of these holders in these scopes, outermost first."""
    found = session.execute(select(_grants).where(_grants.c.holder.in_(holders), _grants.c.scope.in_(path)))
    return sorted(map(Granted.of, found), key=lambda grant: path.index(grant.scope))


def held_in(session: Session, scopes: Sequence[str]) -> list[Granted]:
    """All grants in these scopes, oldest first."""
    found = session.execute(select(_grants).where(_grants.c.scope.in_(scopes)).order_by(_grants.c.id))
    return [Granted.of(row) for row in found]


def put(session: Session, values: dict[str, Any]) -> None:
    """Add a grant, in the place of the one that the holder has in this scope."""
    where = (_grants.c.scope == values["scope"], _grants.c.holder == values["holder"])
    known = session.execute(select(_grants.c.id).where(*where)).scalar()
    if known is None:
        session.execute(insert(_grants).values(**values))
    else:
        session.execute(update(_grants).where(_grants.c.id == known).values(**values | {"id": known}))
    signal(session, SIGNAL)


def remove(session: Session, *, scope: str, holder: str) -> None:
    """Take a grant away."""
    session.execute(delete(_grants).where(_grants.c.scope == scope, _grants.c.holder == holder))
    signal(session, SIGNAL)


def remove_scopes(session: Session, scopes: Sequence[str]) -> None:
    """Take away all grants in these scopes: what they were for is gone."""
    session.execute(delete(_grants).where(_grants.c.scope.in_(scopes)))
    signal(session, SIGNAL)


def forget(session: Session, subject: str) -> None:
    """Take away everything that a person holds, and who granted what if it was her."""
    session.execute(delete(_grants).where(_grants.c.holder == subject))
    session.execute(delete(_memberships).where(_memberships.c.subject == subject))
    session.execute(update(_grants).where(_grants.c.granted_by == subject).values(granted_by=None))
    signal(session, SIGNAL)


def everything_of(session: Session, subject: str) -> dict[str, Any]:
    """What is held about a person's roles, for her to take away."""
    own = session.execute(select(_grants).where(_grants.c.holder == subject).order_by(_grants.c.id))
    return {
        "grants": [Granted.of(row).model_dump(mode="json") for row in own],
        "teams": sorted(teams_of(session, subject)),
    }


def teams_of(session: Session, subject: str) -> list[str]:
    """The teams of a person, as holders."""
    return list(session.scalars(_teams_of, {"subject": subject}))


def join(session: Session, team: UUID | str, subject: str) -> None:
    """Let a person belong to a team. Repeating it changes nothing."""
    holder = f"{TEAM}{team}"
    known = select(_memberships).where(_memberships.c.subject == subject, _memberships.c.team == holder)
    if session.execute(known).first() is None:
        session.execute(insert(_memberships).values(subject=subject, team=holder))
    signal(session, SIGNAL)


def leave(session: Session, team: UUID | str, subjects: Iterable[str] | None = None) -> None:
    """Let people (everybody, without `subjects`) not belong to a team any more. Repeating it changes nothing."""
    gone = delete(_memberships).where(_memberships.c.team == f"{TEAM}{team}")
    if subjects is not None:
        gone = gone.where(_memberships.c.subject.in_(list(subjects)))
    session.execute(gone)
    signal(session, SIGNAL)
