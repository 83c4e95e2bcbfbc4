"""What people do to processes: start, decide, close, try again, cancel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_gateway.actions.running import Running, advance, ask_to_close, end, finish_task, let_go_of_all, load
from interlinker_gateway.definition.reading import build
from interlinker_gateway.domain.model import Decision, ProcessState, TaskState, Template, Uses
from interlinker_gateway.domain.planner import decided, fresh, retried
from interlinker_gateway.events import DecisionMade, ProcessStarted
from interlinker_gateway.store import calls, processes
from interlinker_gateway.store.tables import VoteRow
from interlinker_shared.auth import Principal, Role
from interlinker_shared.errors import ConflictError, FieldError, ForbiddenError, InvalidError, NotFoundError
from interlinker_shared.events import record
from interlinker_shared.grants.domain import path_of
from interlinker_shared.ids import new_id

TYPES: Mapping[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}


class ProcessEndedError(ConflictError):
    """The process is over."""

    slug = "process-ended"


class TaskNotOpenError(ConflictError):
    """The task is not at the point where this can be done."""

    slug = "task-not-open"


class TaskNotFailedError(ConflictError):
    """There is nothing to try again."""

    slug = "task-not-failed"


class NotYoursToDecideError(ForbiddenError):
    """This decision belongs to others."""

    slug = "not-yours-to-decide"


def start_process(
    session: Session,
    *,
    template: str,
    version: str | None,
    inputs: Mapping[str, Any],
    roles: Mapping[str, Sequence[str]],
    language: str,
    by: str | None,
    now: datetime,
) -> UUID:
    """Begin a process and everything in it that can begin; InvalidError when its inputs are not what it needs."""
    row = processes.find_template(session, template, version)
    found = build(row.document)
    errors = [*_wrong_inputs(found, inputs), *_wrong_roles(found, roles)]
    if errors:
        raise InvalidError.many(errors)
    values: dict[str, Any] = {
        "id": new_id(),
        "template": row.id,
        "template_version": row.version,
        "title": row.title,
        "language": language,
        "inputs": dict(inputs),
        "roles": {role: list(subjects) for role, subjects in roles.items()},
        "state": ProcessState.RUNNING.value,
        "rev": 1,
        "started_at": now,
        "started_by": by,
    }
    processes.add_process(session, values, fresh(found, inputs).tasks)
    run = load(session, values["id"], now)
    run.audit("process.started", actor=by, template=row.id, version=row.version, digest=row.digest)
    event = ProcessStarted(process=run.id, template=row.id, template_version=row.version)
    record(session, event, aggregate=run.id, actor=by, now=now)
    advance(run)
    return run.id


def _wrong_inputs(template: Template, inputs: Mapping[str, Any]) -> Iterator[FieldError]:
    for name in inputs.keys() - template.inputs.keys():
        yield FieldError(f"/inputs/{name}", "The template has no such input.", "unknown-input")
    for name, kind in template.inputs.items():
        if name not in inputs:
            yield FieldError(f"/inputs/{name}", f"This input is missing; it must be of type {kind}.", "missing")
        elif not _is(inputs[name], kind):
            yield FieldError(f"/inputs/{name}", f"This input must be of type {kind}.", "wrong-type")


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _wrong_roles(template: Template, roles: Mapping[str, Sequence[str]]) -> Iterator[FieldError]:
    known = {task.work.role for task in template.tasks() if isinstance(task.work, Decision)}
    for role in roles.keys() - known:
        yield FieldError(f"/roles/{role}", "No decision of the template is made by this role.", "unknown-role")


def decide(
    session: Session, process_id: UUID, task: str, *, option: str, reason: str, who: Principal, now: datetime
) -> None:
    """Choose an option; the decision is made once enough people have chosen the same one."""
    run = _running(session, process_id, task, now)
    work, progress = run.template.task(task).work, run.standing.tasks[task]
    if not isinstance(work, Decision) or progress.state is not TaskState.ACTIVE:
        raise TaskNotOpenError("There is nothing to decide here now.")
    _check_may_decide(run, task, work.role, who)
    if option not in work.options:
        raise InvalidError(f"Choose one of: {', '.join(work.options)}.", slug="unknown-option", pointer="/option")
    who_chose = who.known()
    values = {"process_id": process_id, "task": task, "attempt": progress.attempt, "subject": who_chose}
    processes.vote(session, VoteRow(option=option, reason=reason, made_at=now, **values))
    run.audit("option.chosen", actor=who_chose, task=task, option=option, reason=reason)
    if processes.votes_for(session, process_id, task, progress.attempt)[option] >= work.quorum:
        _settle(run, task, option, reason, who_chose)


def _settle(run: Running, task: str, option: str, reason: str, by: str) -> None:
    run.standing = decided(run.standing, task, option, reason)
    finish_task(run, task)
    attempt = run.standing.tasks[task].attempt
    event = DecisionMade(process=run.id, task=task, attempt=attempt, option=option)
    record(run.session, event, aggregate=run.id, actor=by, now=run.now)
    advance(run)


def _check_may_decide(run: Running, task: str, role: str, who: Principal) -> None:
    """Those named for the role when the process began; where nobody was, moderators; owners always."""
    named = run.process.roles.get(role, [])
    who = who.on(path_of(process=str(run.id), task=task))
    if not (who.may(Role.OWNER) or who.subject in named or (not named and who.may(Role.MODERATOR))):
        raise NotYoursToDecideError(f"This decision is made by the role {role}.")


def close_task(session: Session, process_id: UUID, task: str, *, by: str | None, now: datetime) -> None:
    """Have the block end participation; the task goes on when the block says that it has."""
    run = _running(session, process_id, task, now)
    progress = run.standing.tasks[task]
    if (
        not isinstance(run.template.task(task).work, Uses)
        or progress.state is not TaskState.ACTIVE
        or not progress.asset
    ):
        raise TaskNotOpenError("People are not taking part in this task now.")
    if not progress.closed:
        run.audit("close.asked", actor=by, task=task)
        ask_to_close(run, task, progress.asset, progress.attempt)


def retry_task(session: Session, process_id: UUID, task: str, *, by: str | None, now: datetime) -> None:
    """Try a failed task again, or one that waits for a block at once."""
    run = _running(session, process_id, task, now)
    if run.standing.tasks[task].state is TaskState.FAILED:
        run.audit("task.retried", actor=by, task=task)
        run.standing = retried(run.template, run.standing, task)
        advance(run)
    elif task in calls.waiting(session, process_id):
        calls.hurry(session, process_id, task, now)
    else:
        raise TaskNotFailedError("This task has not failed and waits for no block.")


def cancel_process(session: Session, process_id: UUID, *, reason: str, by: str | None, now: datetime) -> None:
    """End a process early; what people contributed stays, and they are told."""
    run = _running(session, process_id, None, now)
    run.audit("process.cancel-asked", actor=by, reason=reason)
    let_go_of_all(run)
    run.standing = replace(run.standing, state=ProcessState.CANCELLED)
    end(run)
    processes.save(run.process, run.tasks, run.standing)


def _running(session: Session, process_id: UUID, task: str | None, now: datetime) -> Running:
    run = load(session, process_id, now)
    if task is not None and task not in run.tasks:
        raise NotFoundError
    if run.standing.state is not ProcessState.RUNNING:
        raise ProcessEndedError("This process is over.")
    return run
