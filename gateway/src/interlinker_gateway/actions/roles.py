"""Roles in processes and their tasks: granted here, told to every block."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_gateway.store import people, processes
from interlinker_shared.auth import Principal, Role
from interlinker_shared.errors import NotFoundError
from interlinker_shared.events import record
from interlinker_shared.grants import actions, store
from interlinker_shared.grants.actions import Path, Rules
from interlinker_shared.grants.domain import TEAM, Depth, depth_of, path_of
from interlinker_shared.grants.events import TeamJoined
from interlinker_shared.grants.models import GrantCreate

HEARD = timedelta(days=60)
"""What was told since then is in the stream, which keeps ninety days, for longer than a task takes to begin."""


def _path_to(session: Session, scope: str) -> Path | None:
    """The path of a process or of one of its tasks; assets are the blocks' own."""
    depth = depth_of(scope)
    if depth is Depth.BLOCK:
        return actions.path_outside(scope)
    process, _, task = scope.partition(":")[2].partition("/")
    if depth is Depth.ASSET or not _is_there(session, process, task or None):
        return None
    return path_of(process=process, task=task or None)


def _is_there(session: Session, process: str, task: str | None) -> bool:
    try:
        process_id = UUID(process)
        if task is None:
            processes.require(session, process_id)
        else:
            processes.require_task(session, process_id, task)
    except (ValueError, NotFoundError):
        return False
    return str(process_id) == process


RULES = Rules(_path_to, frozenset({Depth.PROCESS, Depth.TASK}))


def own_process(session: Session, process_id: UUID, *, by: Principal, now: datetime) -> None:
    """Make whoever started a process its owner, here and in every asset that serves it."""
    grant = GrantCreate(scope=f"{Depth.PROCESS}:{process_id}", holder=by.known(), role=Role.OWNER)
    actions.grant(session, RULES, grant, by=by, now=now)


def tell_again(session: Session, process_id: UUID, task: str, *, now: datetime) -> None:
    """Repeat what was told long ago and holds in a task whose asset was made: its block may be younger than that."""
    path, before = path_of(process=str(process_id), task=task), now - HEARD
    held = store.held_in(session, path)
    for grant in held:
        if grant.granted_at < before and depth_of(grant.scope) in RULES.told:
            actions.tell_granted(session, grant, now=now)
    for team in sorted({UUID(grant.holder.removeprefix(TEAM)) for grant in held if grant.holder.startswith(TEAM)}):
        for subject in people.joined_before(session, team, before):
            record(session, TeamJoined(team=team, subject=subject), aggregate=team, now=now)
