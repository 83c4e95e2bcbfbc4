"""What every block does when the gateway tells of roles and teams: remember it, so that each request finds it here."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.orm import Session

from interlinker_shared.events import Envelope, Handler
from interlinker_shared.grants import store
from interlinker_shared.ids import new_id
from interlinker_shared.roles import Role

# Of the gateway alone: any other service that said so would be giving itself rights.
_SUBJECT = "interlink.gateway.{}"


class GrantedRole(BaseModel):
    """What we read of `role.granted`."""

    scope: str
    holder: str
    role: Role
    until: datetime | None = None


class RevokedRole(BaseModel):
    """What we read of `role.revoked`."""

    scope: str
    holder: str


class JoinedTeam(BaseModel):
    """What we read of `team.joined`."""

    team: UUID
    subject: str


class LeftTeam(BaseModel):
    """What we read of `team.left`."""

    team: UUID
    subject: str | None = None


def _grant(session: Session, payload: GrantedRole, envelope: Envelope) -> None:
    values = payload.model_dump() | {"id": new_id(), "origin": envelope.service}
    store.put(session, values | {"granted_by": envelope.actor, "granted_at": envelope.time})


def _revoke(session: Session, payload: RevokedRole, _envelope: Envelope) -> None:
    store.remove(session, scope=payload.scope, holder=payload.holder)


def _join(session: Session, payload: JoinedTeam, _envelope: Envelope) -> None:
    store.join(session, payload.team, payload.subject)


def _leave(session: Session, payload: LeftTeam, _envelope: Envelope) -> None:
    store.leave(session, payload.team, None if payload.subject is None else [payload.subject])


HANDLERS = (
    Handler(_SUBJECT.format("role.granted.v1"), GrantedRole, _grant),
    Handler(_SUBJECT.format("role.revoked.v1"), RevokedRole, _revoke),
    Handler(_SUBJECT.format("team.joined.v1"), JoinedTeam, _join),
    Handler(_SUBJECT.format("team.left.v1"), LeftTeam, _leave),
)
