"""What a template says and where a process stands: immutable values, no behaviour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NewType, TypeAlias

Json: TypeAlias = Any
Texts: TypeAlias = Mapping[str, str]
TaskId = NewType("TaskId", str)


class TaskState(StrEnum):
    """A task's life; `done` and `skipped` let its followers go, `failed` waits for its owner."""

    WAITING = "waiting"
    STARTING = "starting"
    ACTIVE = "active"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


class ProcessState(StrEnum):
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"


ENDED = frozenset({TaskState.DONE, TaskState.SKIPPED})


@dataclass(frozen=True)
class Import:
    """A handover: which items of an earlier task come over, and what becomes of their fields."""

    source: TaskId
    items: str
    fields: Mapping[str, Json]
    limit: int | None = None


@dataclass(frozen=True)
class Uses:
    """An asset of whatever block offers the capability."""

    capability: str
    settings: Mapping[str, Json]
    imports: tuple[Import, ...] = ()
    closes: str | None = None


@dataclass(frozen=True)
class Decision:
    """People decide; `back` sends the process back to an earlier task for some options."""

    role: str
    options: tuple[str, ...]
    quorum: int = 1
    back: Mapping[str, TaskId] = field(default_factory=dict)


@dataclass(frozen=True)
class Wait:
    """Exactly one of a duration, a point in time (an expression) or the type of an event."""

    duration: str | None = None
    until: str | None = None
    event: str | None = None
    match: str | None = None


@dataclass(frozen=True)
class Task:
    id: TaskId
    phase: str
    title: Texts
    work: Uses | Decision | Wait
    needs: tuple[TaskId, ...] = ()
    condition: str | None = None

    @property
    def imports(self) -> tuple[Import, ...]:
        return self.work.imports if isinstance(self.work, Uses) else ()


@dataclass(frozen=True)
class Phase:
    id: str
    title: Texts
    tasks: tuple[Task, ...]


@dataclass(frozen=True)
class Template:
    """A process to be: versioned and immutable. `inputs` maps a name to its JSON type."""

    id: str
    version: str
    title: Texts
    description: Texts
    inputs: Mapping[str, str]
    phases: tuple[Phase, ...]

    def tasks(self) -> Iterator[Task]:
        """Every task in the order it is written."""
        for phase in self.phases:
            yield from phase.tasks

    def task(self, task_id: str) -> Task:
        return next(task for task in self.tasks() if task.id == task_id)


@dataclass(frozen=True)
class Progress:
    """Where one task stands. `steps` counts the block's answers in this attempt, `calling` that one is awaited."""

    state: TaskState = TaskState.WAITING
    attempt: int = 1
    steps: int = 0
    calling: bool = False
    closed: bool = False
    asset: str | None = None
    previous_asset: str | None = None
    result: Mapping[str, Json] | None = None
    previous_result: Mapping[str, Json] | None = None
    option: str | None = None
    reason: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class Standing:
    """Where a whole process stands."""

    inputs: Mapping[str, Json]
    tasks: Mapping[str, Progress]
    state: ProcessState = ProcessState.RUNNING

    def with_task(self, task_id: str, **changes: Json) -> Standing:
        """A copy in which one task has changed."""
        changed = replace(self.tasks[task_id], **changes)
        return replace(self, tasks={**self.tasks, task_id: changed})
