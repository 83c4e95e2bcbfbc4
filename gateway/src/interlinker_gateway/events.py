"""Events out: what happens to a process, in ids only."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from interlinker_shared.events import Event


class ProcessStarted(Event):
    """A process has begun."""

    name: ClassVar[str] = "process.started.v1"

    process: UUID
    template: str
    template_version: str


class TaskStarted(Event):
    """A task has begun; `attempt` is above 1 when the process came back to it."""

    name: ClassVar[str] = "task.started.v1"

    process: UUID
    task: str
    attempt: int


class TaskFinished(Event):
    """A task has ended: `state` is done or skipped."""

    name: ClassVar[str] = "task.finished.v1"

    process: UUID
    task: str
    attempt: int
    state: str


class DecisionMade(Event):
    """People have decided."""

    name: ClassVar[str] = "decision.made.v1"

    process: UUID
    task: str
    attempt: int
    option: str


class ProcessFinished(Event):
    """A process has ended: `state` is finished or cancelled. Every contributor's feedback can be read from now on."""

    name: ClassVar[str] = "process.finished.v1"

    process: UUID
    state: str


EVENTS: tuple[type[Event], ...] = (ProcessStarted, TaskStarted, TaskFinished, DecisionMade, ProcessFinished)
