"""A process in the middle of a transition, and what the planner's commands do to the world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_gateway.actions.feedback import give_feedback
from interlinker_gateway.actions.requests import request_body
from interlinker_gateway.definition.durations import duration, instant
from interlinker_gateway.definition.expressions import holds, only
from interlinker_gateway.definition.reading import build
from interlinker_gateway.domain.model import Standing, Task, TaskState, Template, Uses, Wait
from interlinker_gateway.domain.planner import (
    Call,
    Command,
    ExpressionError,
    Fail,
    Finish,
    GoBack,
    Skip,
    Start,
    apply,
    failed,
    plan,
    variables,
)
from interlinker_gateway.events import ProcessFinished, TaskFinished, TaskStarted
from interlinker_gateway.store import calls, processes, records
from interlinker_gateway.store.tables import AssetRow, ProcessRow, TaskRow
from interlinker_shared.events import record


@dataclass
class Running:
    """One process, read within one transaction; `standing` changes as the transition goes on."""

    session: Session
    now: datetime
    process: ProcessRow
    template: Template
    tasks: Mapping[str, TaskRow]
    assets: Mapping[str, AssetRow]
    standing: Standing

    @property
    def id(self) -> UUID:
        return self.process.id

    def audit(self, action: str, *, actor: str | None = None, **detail: Any) -> None:
        records.audit(self.session, self.id, action, now=self.now, actor=actor, **detail)


def load(session: Session, process_id: UUID, now: datetime) -> Running:
    """NotFoundError when there is no such process."""
    process = processes.require(session, process_id)
    document = processes.find_template(session, process.template, process.template_version).document
    tasks = processes.tasks_of(session, process_id)
    assets = {row.asset: row for row in processes.assets_of(session, process_id)}
    results = {asset: row.result for asset, row in assets.items() if row.result is not None}
    standing = processes.standing(process, tasks, results)
    return Running(session, now, process, build(document), tasks, assets, standing)


def advance(run: Running) -> None:
    """Do everything that can be done now, and keep where the process stands afterwards."""
    while commands := plan(run.template, run.standing, holds):
        for command in commands:
            _carry_out(run, command)
    processes.save(run.process, run.tasks, run.standing)


def _carry_out(run: Running, command: Command) -> None:
    before = run.standing
    if isinstance(command, Call) and not _enqueue(run, command):
        return
    run.standing = apply(run.template, run.standing, command)
    match command:
        case Start(task):
            _started(run, run.template.task(task))
        case Skip(task):
            _ended(run, task, "task.skipped")
        case Fail(task, error):
            note_failure(run, task, error)
        case GoBack(task, to, reset):
            run.audit("process.sent-back", task=task, to=to, reset=list(reset))
            _let_go(run, before, (to, *reset))
        case Finish():
            end(run)


def _started(run: Running, task: Task) -> None:
    progress = run.standing.tasks[task.id]
    run.tasks[task.id].started_at, run.tasks[task.id].finished_at = run.now, None
    run.audit("task.started", task=task.id, attempt=progress.attempt)
    event = TaskStarted(process=run.id, task=task.id, attempt=progress.attempt)
    record(run.session, event, aggregate=run.id, now=run.now)
    if isinstance(task.work, Wait):
        _wait(run, task, task.work)


def _wait(run: Running, task: Task, wait: Wait) -> None:
    if wait.event is not None:
        processes.set_wait(run.session, run.id, task.id, wait.event, wait.match)
        return
    try:
        due_at = run.now + duration(wait.duration) if wait.duration else _until(run, wait.until or "")
    except ExpressionError as error:
        fail(run, task.id, str(error))
        return
    processes.set_timer(run.session, run.id, task.id, run.standing.tasks[task.id].attempt, due_at)


def _until(run: Running, text: str) -> datetime:
    value = only(text).value(variables(run.standing))
    try:
        return instant(value)
    except ValueError as error:
        raise ExpressionError(text, f"The value {value!r:.60} {error}") from error


def _enqueue(run: Running, command: Call) -> bool:
    """Write the call down; False when its body cannot be made, which fails the task."""
    task = run.template.task(command.task)
    assert isinstance(task.work, Uses), "only assets are called for"  # noqa: S101 - narrows the type
    progress = run.standing.tasks[task.id]
    try:
        elsewhere = _came_from_elsewhere(run, task.id, progress.previous_asset)
        body = request_body(
            run.process, run.assets, run.standing, task, command, now=run.now, came_from_elsewhere=elsewhere
        )
    except ExpressionError as error:
        fail(run, task.id, str(error))
        return False
    calls.add(
        run.session,
        step=command.step,
        now=run.now,
        process_id=run.id,
        task=task.id,
        attempt=command.attempt,
        number=command.number,
        capability=task.work.capability,
        asset=progress.asset or progress.previous_asset,
        body=body,
    )
    return True


def _came_from_elsewhere(run: Running, task: str, previous_asset: str | None) -> frozenset[str]:
    """Items of the previous attempt that another task handed over: they come again with the imports."""
    if previous_asset is None:
        return frozenset()
    own = {asset for asset, row in run.assets.items() if row.task == task}
    into = records.edges_into(run.session, run.id, previous_asset)
    return frozenset(edge.target.item for edge in into if edge.source.asset not in own)


def finish_task(run: Running, task: str) -> None:
    """Note that a task is done."""
    _ended(run, task, "task.finished")


def _ended(run: Running, task: str, action: str) -> None:
    progress = run.standing.tasks[task]
    run.tasks[task].finished_at = run.now
    processes.stop_waiting(run.session, run.id, [task])
    run.audit(action, task=task, attempt=progress.attempt)
    event = TaskFinished(process=run.id, task=task, attempt=progress.attempt, state=progress.state.value)
    record(run.session, event, aggregate=run.id, now=run.now)


def fail(run: Running, task: str, error: str) -> None:
    """A task cannot go on until its owner tries again."""
    run.standing = failed(run.standing, task, error)
    note_failure(run, task, error)


def note_failure(run: Running, task: str, error: str) -> None:
    calls.abandon(run.session, run.id, [task])
    processes.stop_waiting(run.session, run.id, [task])
    run.audit("task.failed", task=task, error=error)


def end(run: Running) -> None:
    """The process is over: everyone who took part is told what became of it."""
    run.process.finished_at = run.now
    told = give_feedback(run.session, run.template, run.process, list(run.assets.values()), run.now)
    run.audit(f"process.{run.standing.state.value}", feedback=told)
    event = ProcessFinished(process=run.id, state=run.standing.state.value)
    record(run.session, event, aggregate=run.id, now=run.now)


def let_go_of_all(run: Running) -> None:
    """Nothing is waited for any more."""
    _let_go(run, run.standing, tuple(run.tasks))


def _let_go(run: Running, before: Standing, tasks: tuple[str, ...]) -> None:
    """Forget what these tasks waited for, and end participation that leads nowhere."""
    calls.abandon(run.session, run.id, tasks)
    processes.stop_waiting(run.session, run.id, tasks)
    for task in tasks:
        progress = before.tasks[task]
        if progress.state is TaskState.ACTIVE and progress.asset and not progress.closed:
            ask_to_close(run, task, progress.asset, progress.attempt)


def ask_to_close(run: Running, task: str, asset: str, attempt: int) -> None:
    """Have the block close an asset; that it has closed is news like any other."""
    work = run.template.task(task).work
    assert isinstance(work, Uses), "only assets can be closed"  # noqa: S101 - narrows the type
    calls.add(
        run.session,
        step=calls.CLOSE,
        now=run.now,
        process_id=run.id,
        task=task,
        attempt=attempt,
        number=0,
        capability=work.capability,
        asset=asset,
        body={},
    )
