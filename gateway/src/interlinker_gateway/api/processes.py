"""`/processes`: running co-production processes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from interlinker_gateway import models, reads
from interlinker_gateway.actions import processes as actions
from interlinker_gateway.actions.roles import own_process
from interlinker_shared.auth import Principal, Role
from interlinker_shared.gate import enter
from interlinker_shared.grants.domain import path_of
from interlinker_shared.http import (
    Anyone,
    Database,
    Listing,
    MemberHere,
    Moderator,
    ModeratorHere,
    Now,
    OwnerHere,
    Paging,
)
from interlinker_shared.http.paging import PageOf
from interlinker_shared.text import Key

router = APIRouter(prefix="/processes", tags=["processes"])


@router.post("", status_code=201)
async def start_process(
    body: models.ProcessCreate, db: Database, who: Moderator, now: Now, response: Response
) -> models.Process:
    """Start a process from a template. 422 names each input that is missing, unknown or of another type."""
    process = await db.write(_start, body, by=who, now=now)
    response.headers["Location"] = f"processes/{process.id}"
    return process


@router.get("")
async def list_processes(
    db: Database,
    _who: Anyone,
    page: Paging,
    state: Annotated[Literal["running", "finished", "cancelled"] | None, Query()] = None,
) -> Listing[models.Process]:
    """List processes, newest first."""
    return await db.read(reads.list_processes, page, state)


@router.get("/{process_id}")
async def read_process(process_id: UUID, db: Database, _who: Anyone) -> models.Process:
    """Read one."""
    return await db.read(reads.read_process, process_id)


@router.get("/{process_id}/tasks")
async def list_tasks(process_id: UUID, db: Database, _who: Anyone) -> models.Tasks:
    """List its tasks: where each stands, what it waits for, and where people take part."""
    return await db.read(reads.list_tasks, process_id)


@router.post("/{process_id}/tasks/{task}/decision")
async def decide(
    process_id: UUID, task: str, body: models.DecisionCreate, db: Database, who: MemberHere, now: Now
) -> models.Task:
    """Choose an option, with the reason. The decision is made once as many as the quorum have chosen the same.

    Those whom the process names for the role decide; where it names nobody, moderators do. 403 for others, 409 when
    there is nothing to decide now.
    """
    act = actions.decide
    return await db.write(_act, act, process_id, task, option=body.option, reason=body.reason, who=who, now=now)


@router.post("/{process_id}/tasks/{task}/close", status_code=202)
async def close_task(process_id: UUID, task: str, db: Database, who: ModeratorHere, now: Now) -> models.Task:
    """End participation before its time. The task goes on once its Interlinker says that it has ended."""
    return await db.write(_act, actions.close_task, process_id, task, by=who.subject, now=now)


@router.post("/{process_id}/tasks/{task}/retry")
async def retry_task(process_id: UUID, task: str, db: Database, who: OwnerHere, now: Now) -> models.Task:
    """Try a failed task again where it stopped, or one that waits for its Interlinker at once."""
    return await db.write(_act, actions.retry_task, process_id, task, by=who.subject, now=now)


@router.post("/{process_id}/cancel")
async def cancel_process(
    process_id: UUID, body: models.Cancellation, db: Database, who: OwnerHere, now: Now
) -> models.Process:
    """End a process early. What people contributed stays, and each of them gets a feedback."""
    return await db.write(_cancel, process_id, reason=body.reason, by=who.subject, now=now)


@router.get("/{process_id}/provenance")
async def list_handovers(
    process_id: UUID,
    db: Database,
    _who: Anyone,
    page: Paging,
    item: Annotated[Key | None, Query(description="Only handovers from or to this item.")] = None,
) -> Listing[models.Handover]:
    """List every item that was handed over: where it came from, what it became."""
    return await db.read(reads.list_handovers, process_id, page, item)


@router.get("/{process_id}/feedback")
async def list_feedback(process_id: UUID, db: Database, who: MemberHere, page: Paging) -> Listing[models.Feedback]:
    """Read what became of your contributions, and why; owners read everyone's. Empty until the process has ended."""
    return await db.read(_feedback, process_id, page, who)


@router.get("/{process_id}/audit")
async def read_audit(process_id: UUID, db: Database, _who: ModeratorHere) -> models.Audit:
    """Read everything that happened; the answer says whether the chain of hashes holds."""
    return await db.read(_audit, process_id)


def _start(session: Session, body: models.ProcessCreate, *, by: Principal, now: datetime) -> models.Process:
    process_id = actions.start_process(session, **dict(body), by=by.subject, now=now)
    own_process(session, process_id, by=by, now=now)
    session.flush()
    return reads.read_process(session, process_id)


def _act(session: Session, /, act: Callable[..., None], process_id: UUID, task: str, **how: Any) -> models.Task:
    enter(session, path_of(process=str(process_id), task=task))
    act(session, process_id, task, **how)
    session.flush()
    return reads.read_task(session, process_id, task)


def _cancel(session: Session, process_id: UUID, *, reason: str, by: str | None, now: datetime) -> models.Process:
    enter(session, path_of(process=str(process_id)))
    actions.cancel_process(session, process_id, reason=reason, by=by, now=now)
    return reads.read_process(session, process_id)


def _feedback(session: Session, process_id: UUID, page: PageOf, who: Principal) -> Listing[models.Feedback]:
    path = path_of(process=str(process_id))
    enter(session, path)
    return reads.list_feedback(session, process_id, page, None if who.on(path).may(Role.OWNER) else who.known())


def _audit(session: Session, process_id: UUID) -> models.Audit:
    enter(session, path_of(process=str(process_id)))
    return reads.read_audit(session, process_id)
