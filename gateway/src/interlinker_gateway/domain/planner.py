"""The engine's rules: what has to happen next in a process that stands like this, and how it stands afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from interlinker_gateway.domain.graph import downstream
from interlinker_gateway.domain.model import (
    ENDED,
    Decision,
    Json,
    ProcessState,
    Progress,
    Standing,
    Task,
    TaskState,
    Template,
    Uses,
)

Condition: TypeAlias = Callable[[str, Mapping[str, Json]], bool]
"""Evaluates the text of an `if`; raises ExpressionError."""


class ExpressionError(Exception):
    """An expression that cannot be evaluated on the values it meets: its task fails and says so."""

    def __init__(self, expression: str, message: str) -> None:
        super().__init__(f"{message} (in the expression: {expression})")


class Step(StrEnum):
    """A call to a block, in the order of an asset's life."""

    CREATE = "create"
    CLONE = "clone"
    CARRY = "carry"
    IMPORT = "import"
    OPEN = "open"
    RESULT = "result"


@dataclass(frozen=True)
class Start:
    task: str


@dataclass(frozen=True)
class Skip:
    task: str


@dataclass(frozen=True)
class Fail:
    task: str
    error: str


@dataclass(frozen=True)
class Call:
    """`number` counts the calls of one attempt from 0; `edge` says which import, when the step is one."""

    task: str
    attempt: int
    step: Step
    number: int
    edge: int = 0


@dataclass(frozen=True)
class GoBack:
    """A decision sends the process back: `to` is tried again, everything downstream of it starts over."""

    task: str
    to: str
    reset: tuple[str, ...]


@dataclass(frozen=True)
class Finish:
    """Every task has ended."""


Command: TypeAlias = Start | Skip | Fail | Call | GoBack | Finish


def needs_of(template: Template) -> dict[str, tuple[str, ...]]:
    """Each task with what it waits for: its `needs`, and the tasks it imports from."""
    return {task.id: waits_for(task) for task in template.tasks()}


def waits_for(task: Task) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*task.needs, *(edge.source for edge in task.imports)]))


def fresh(template: Template, inputs: Mapping[str, Json]) -> Standing:
    """A process at its very start."""
    return Standing(inputs, {task.id: Progress() for task in template.tasks()})


def steps_of(task: Task, progress: Progress) -> tuple[tuple[Step, int], ...]:
    """The calls that bring an asset of this attempt to life and read its result, each with the number of its import."""
    first = Step.CLONE if progress.previous_asset else Step.CREATE
    carry = ((Step.CARRY, 0),) if progress.previous_result else ()
    imports = tuple((Step.IMPORT, number) for number in range(len(task.imports)))
    return ((first, 0), *carry, *imports, (Step.OPEN, 0), (Step.RESULT, 0))


def variables(standing: Standing) -> dict[str, Json]:
    """What an expression may refer to."""
    return {"inputs": standing.inputs, "tasks": {task: _seen(progress) for task, progress in standing.tasks.items()}}


def _seen(progress: Progress) -> dict[str, Json]:
    result = progress.result or {}
    return {
        "state": progress.state.value,
        "attempt": progress.attempt,
        "result": {"items": result.get("items", []), "counts": result.get("counts", {})},
        "decision": {"option": progress.option or "", "reason": progress.reason or ""},
    }


def plan(template: Template, standing: Standing, holds: Condition) -> tuple[Command, ...]:
    """Everything that can happen now, at once; empty when the process waits for people, blocks or time."""
    if standing.state is not ProcessState.RUNNING:
        return ()
    commands = tuple(command for task in template.tasks() for command in _next(template, standing, task, holds))
    every_ended = all(progress.state in ENDED for progress in standing.tasks.values())
    return (Finish(),) if every_ended and not commands else _one_way_back(commands)


def _one_way_back(commands: tuple[Command, ...]) -> tuple[Command, ...]:
    """A way back changes what everything else stands on: it goes alone, and one at a time."""
    back = next((command for command in commands if isinstance(command, GoBack)), None)
    return commands if back is None else (back,)


def _next(template: Template, standing: Standing, task: Task, holds: Condition) -> Iterator[Command]:
    progress = standing.tasks[task.id]
    if progress.state is TaskState.WAITING and _ready(standing, waits_for(task)):
        yield _begin(task, standing, holds)
    elif isinstance(task.work, Uses):
        yield from _next_call(task, progress)
    elif isinstance(task.work, Decision) and progress.state is TaskState.DONE:
        yield from _way_back(template, task, task.work, progress)


def _ready(standing: Standing, needs: Sequence[str]) -> bool:
    return all(standing.tasks[need].state in ENDED for need in needs)


def _begin(task: Task, standing: Standing, holds: Condition) -> Command:
    if task.condition is None:
        return Start(task.id)
    try:
        wanted = holds(task.condition, variables(standing))
    except ExpressionError as error:
        return Fail(task.id, str(error))
    return Start(task.id) if wanted else Skip(task.id)


def _next_call(task: Task, progress: Progress) -> Iterator[Command]:
    if progress.calling or not _wants_call(progress):
        return
    step, edge = steps_of(task, progress)[progress.steps]
    yield Call(task.id, progress.attempt, step, progress.steps, edge)


def _wants_call(progress: Progress) -> bool:
    return progress.state is TaskState.STARTING or (progress.state is TaskState.ACTIVE and progress.closed)


def _way_back(template: Template, task: Task, work: Decision, progress: Progress) -> Iterator[Command]:
    target = work.back.get(progress.option or "")
    if target is not None:
        reset = downstream(needs_of(template), target)
        yield GoBack(task.id, target, tuple(other.id for other in template.tasks() if other.id in reset))


def apply(template: Template, standing: Standing, command: Command) -> Standing:
    """How the process stands once the command is recorded."""
    match command:
        case Start(task):
            uses = isinstance(template.task(task).work, Uses)
            return standing.with_task(task, state=TaskState.STARTING if uses else TaskState.ACTIVE)
        case Skip(task):
            return standing.with_task(task, state=TaskState.SKIPPED)
        case Fail(task, error):
            return failed(standing, task, error)
        case Call(task):
            return standing.with_task(task, calling=True)
        case GoBack(_, to, reset):
            again = {task: _again(standing.tasks[task]) for task in (to, *reset)}
            return replace(standing, tasks={**standing.tasks, **again})
        case Finish():
            return replace(standing, state=ProcessState.FINISHED)


def _again(progress: Progress) -> Progress:
    """The next attempt, on the ground of what was made before; a task that never began stays as it is."""
    if progress.state is TaskState.WAITING:
        return progress
    return Progress(
        attempt=progress.attempt + 1,
        previous_asset=progress.asset or progress.previous_asset,
        previous_result=progress.result or progress.previous_result,
    )


def answered(
    template: Template, standing: Standing, task_id: str, *, asset: str | None, result: Mapping[str, Json] | None
) -> Standing:
    """A block has answered the call that was awaited; `asset` and `result` are given by the steps that make them."""
    task, progress = template.task(task_id), standing.tasks[task_id]
    step, _ = steps_of(task, progress)[progress.steps]
    state = {Step.OPEN: TaskState.ACTIVE, Step.RESULT: TaskState.DONE}.get(step, progress.state)
    return standing.with_task(
        task_id,
        state=state,
        steps=progress.steps + 1,
        calling=False,
        asset=asset or progress.asset,
        result=result or progress.result,
    )


def closed(standing: Standing, task_id: str, asset: str) -> Standing:
    """The asset of a task has closed; news of an earlier attempt's asset changes nothing."""
    progress = standing.tasks[task_id]
    if progress.asset != asset or progress.closed:
        return standing
    return standing.with_task(task_id, closed=True)


def decided(standing: Standing, task_id: str, option: str, reason: str) -> Standing:
    return standing.with_task(task_id, state=TaskState.DONE, option=option, reason=reason)


def waited(standing: Standing, task_id: str) -> Standing:
    return standing.with_task(task_id, state=TaskState.DONE)


def failed(standing: Standing, task_id: str, error: str) -> Standing:
    return standing.with_task(task_id, state=TaskState.FAILED, error=error, calling=False)


def retried(template: Template, standing: Standing, task_id: str) -> Standing:
    """A failed task goes on where it stopped: with the call that was refused, or with its `if`."""
    task, progress = template.task(task_id), standing.tasks[task_id]
    if progress.steps == 0:
        state = TaskState.WAITING
    elif steps_of(task, progress)[progress.steps][0] is Step.RESULT:
        state = TaskState.ACTIVE
    else:
        state = TaskState.STARTING
    return standing.with_task(task_id, state=state, error=None, calling=False)
