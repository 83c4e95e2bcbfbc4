"""Tables and queries of organisations, teams and their members."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Table, delete, func, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from interlinker_gateway.models import Organisation, Team, TeamMember
from interlinker_gateway.store.tables import Base
from interlinker_shared.db import UtcDateTime
from interlinker_shared.http.paging import PageOf, id_of


class OrganisationRow(Base):
    """A body that has teams: a municipality, an association, a company."""

    __tablename__ = "organisations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    stakeholder: Mapped[str]
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TeamRow(Base):
    """People who take part together."""

    __tablename__ = "teams"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    stakeholder: Mapped[str]
    organisation: Mapped[UUID | None] = mapped_column(ForeignKey(OrganisationRow.id), index=True)
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TeamMemberRow(Base):
    """One person of a team; who leads it changes who belongs to it."""

    __tablename__ = "team_members"
    __table_args__ = (Index("ix_team_members_subject", "subject"),)

    team: Mapped[UUID] = mapped_column(ForeignKey(TeamRow.id), primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    lead: Mapped[bool]
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)


_organisations = cast("Table", OrganisationRow.__table__)
_teams = cast("Table", TeamRow.__table__)
_members = cast("Table", TeamMemberRow.__table__)


def add_organisation(session: Session, values: dict[str, Any]) -> None:
    """Insert one."""
    session.execute(insert(_organisations).values(**values))


def organisation(session: Session, organisation_id: UUID) -> Organisation | None:
    """One by its id."""
    row = session.execute(select(_organisations).where(_organisations.c.id == organisation_id)).one_or_none()
    return Organisation.model_validate(row, from_attributes=True) if row is not None else None


def list_organisations(session: Session, page: PageOf) -> list[Organisation]:
    """Up to `limit + 1`, oldest first."""
    found = session.execute(_after(select(_organisations), _organisations.c.id, page))
    return [Organisation.model_validate(row, from_attributes=True) for row in found]


def change_organisation(session: Session, organisation_id: UUID, values: dict[str, Any]) -> None:
    """Write `values` and count the version up."""
    where = _organisations.c.id == organisation_id
    session.execute(update(_organisations).where(where).values(**values, version=_organisations.c.version + 1))


def remove_organisation(session: Session, organisation_id: UUID) -> None:
    """Delete one without teams."""
    session.execute(delete(_organisations).where(_organisations.c.id == organisation_id))


def has_teams(session: Session, organisation_id: UUID) -> bool:
    """Whether an organisation has a team."""
    return (
        session.execute(select(_teams.c.id).where(_teams.c.organisation == organisation_id).limit(1)).first()
        is not None
    )


def add_team(session: Session, values: dict[str, Any]) -> None:
    """Insert one."""
    session.execute(insert(_teams).values(**values))


def team(session: Session, team_id: UUID) -> Team | None:
    """One by its id."""
    row = session.execute(select(_teams).where(_teams.c.id == team_id)).one_or_none()
    return Team.model_validate(row, from_attributes=True) if row is not None else None


def list_teams(session: Session, page: PageOf) -> list[Team]:
    """Up to `limit + 1`, oldest first."""
    found = session.execute(_after(select(_teams), _teams.c.id, page))
    return [Team.model_validate(row, from_attributes=True) for row in found]


def change_team(session: Session, team_id: UUID, values: dict[str, Any]) -> None:
    """Write `values` and count the version up."""
    session.execute(update(_teams).where(_teams.c.id == team_id).values(**values, version=_teams.c.version + 1))


def remove_team(session: Session, team_id: UUID) -> None:
    """Delete a team and who belonged to it."""
    session.execute(delete(_members).where(_members.c.team == team_id))
    session.execute(delete(_teams).where(_teams.c.id == team_id))


def member(session: Session, team_id: UUID, subject: str) -> TeamMember | None:
    """One member."""
    where = (_members.c.team == team_id, _members.c.subject == subject)
    row = session.execute(select(_members).where(*where)).one_or_none()
    return _member(row) if row is not None else None


def list_members(session: Session, team_id: UUID, page: PageOf) -> list[TeamMember]:
    """Up to `limit + 1` members, by their ids."""
    query = select(_members).where(_members.c.team == team_id).order_by(_members.c.subject).limit(page.limit + 1)
    if page.cursor is not None:
        query = query.where(_members.c.subject > str(page.cursor[0] if page.cursor else ""))
    return [_member(row) for row in session.execute(query)]


def joined_before(session: Session, team_id: UUID, moment: datetime) -> list[str]:
    """Who has belonged to a team since before a moment."""
    of_team = (_members.c.team == team_id, _members.c.joined_at < moment)
    return list(session.scalars(select(_members.c.subject).where(*of_team).order_by(_members.c.subject)))


def count_members(session: Session, team_id: UUID) -> int:
    """How many belong to a team."""
    return session.execute(select(func.count()).select_from(_members).where(_members.c.team == team_id)).scalar_one()


def put_member(session: Session, team_id: UUID, subject: str, *, lead: bool, now: datetime) -> None:
    """Add a member, or change whether she leads."""
    where = (_members.c.team == team_id, _members.c.subject == subject)
    if member(session, team_id, subject) is None:
        session.execute(insert(_members).values(team=team_id, subject=subject, lead=lead, joined_at=now))
    else:
        session.execute(update(_members).where(*where).values(lead=lead))


def remove_member(session: Session, team_id: UUID, subject: str) -> None:
    """Let somebody not belong to a team any more."""
    session.execute(delete(_members).where(_members.c.team == team_id, _members.c.subject == subject))


def teams_of(session: Session, subject: str) -> list[UUID]:
    """The teams of a person."""
    return list(session.scalars(select(_members.c.team).where(_members.c.subject == subject).order_by(_members.c.team)))


def _member(row: Any) -> TeamMember:
    return TeamMember(subject=row.subject, lead=row.lead, joined_at=row.joined_at)


def _after(query: Any, key: Any, page: PageOf) -> Any:
    query = query.order_by(key).limit(page.limit + 1)
    return query if page.cursor is None else query.where(key > id_of(page.cursor))
