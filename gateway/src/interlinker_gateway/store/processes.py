"""Templates, processes and where their tasks stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, insert, or_, select
from sqlalchemy.orm import Session, defer

from interlinker_gateway.domain.model import ProcessState, Progress, Standing, TaskState
from interlinker_gateway.store.tables import AssetRow, ProcessRow, TaskRow, TemplateRow, TimerRow, VoteRow, WaitRow
from interlinker_shared.errors import NotFoundError
from interlinker_shared.http import Cursor
from interlinker_shared.http.paging import PageOf, bad_cursor, id_of

KEPT = tuple(field.name for field in fields(Progress) if field.name not in {"state", "result", "previous_result"})
"""The columns of a task that are fields of its progress, by the same names."""


def add_template(session: Session, **values: Any) -> None:
    session.execute(insert(TemplateRow).values(**values))


def find_template(session: Session, template: str, version: str | None) -> TemplateRow:
    """That version, or the one uploaded last; NotFoundError."""
    row = known_template(session, template, version)
    if row is None:
        raise NotFoundError
    return row


def known_template(session: Session, template: str, version: str | None) -> TemplateRow | None:
    query = select(TemplateRow).where(TemplateRow.id == template)
    if version is not None:
        query = query.where(TemplateRow.version == version)
    return session.scalars(query.order_by(TemplateRow.created_at.desc(), TemplateRow.version.desc()).limit(1)).first()


def page_templates(session: Session, of: PageOf) -> list[TemplateRow]:
    """Up to `limit + 1` versions, by id and version."""
    query = select(TemplateRow).order_by(TemplateRow.id, TemplateRow.version)
    if of.cursor is not None:
        template, version = _two(of.cursor)
        later = and_(TemplateRow.id == template, TemplateRow.version > version)
        query = query.where(or_(TemplateRow.id > template, later))
    return list(session.scalars(query.limit(of.limit + 1)))


def add_process(session: Session, values: Mapping[str, Any], tasks: Mapping[str, Progress]) -> None:
    """A process at its start."""
    session.execute(insert(ProcessRow).values(**values))
    session.execute(insert(TaskRow), [_task_values(values["id"], task, progress) for task, progress in tasks.items()])


def _task_values(process_id: UUID, task: str, progress: Progress) -> dict[str, Any]:
    kept = {name: getattr(progress, name) for name in KEPT}
    return {"process_id": process_id, "id": task, "state": progress.state.value, **kept}


def require(session: Session, process_id: UUID) -> ProcessRow:
    row = session.get(ProcessRow, process_id)
    if row is None:
        raise NotFoundError
    return row


def require_task(session: Session, process_id: UUID, task: str) -> TaskRow:
    row = session.get(TaskRow, (process_id, task))
    if row is None:
        raise NotFoundError
    return row


def page(session: Session, of: PageOf, state: str | None) -> list[ProcessRow]:
    """Up to `limit + 1` processes, newest first."""
    query = select(ProcessRow).order_by(ProcessRow.id.desc())
    if state is not None:
        query = query.where(ProcessRow.state == state)
    if of.cursor is not None:
        query = query.where(ProcessRow.id < id_of(of.cursor))
    return list(session.scalars(query.limit(of.limit + 1)))


def tasks_of(session: Session, process_id: UUID) -> dict[str, TaskRow]:
    return {row.id: row for row in session.scalars(select(TaskRow).where(TaskRow.process_id == process_id))}


def standing(process: ProcessRow, tasks: Mapping[str, TaskRow], results: Mapping[str, dict[str, Any]]) -> Standing:
    """Where a process stands; `results` are those of its assets."""
    progress = {task: _progress(row, results) for task, row in tasks.items()}
    return Standing(process.inputs, progress, ProcessState(process.state))


def _progress(row: TaskRow, results: Mapping[str, dict[str, Any]]) -> Progress:
    return Progress(
        state=TaskState(row.state),
        result=results.get(row.asset or ""),
        previous_result=results.get(row.previous_asset or ""),
        **{name: getattr(row, name) for name in KEPT},
    )


def save(process: ProcessRow, tasks: Mapping[str, TaskRow], standing: Standing) -> None:
    """Write where it stands now into its rows."""
    for task, progress in standing.tasks.items():
        row = tasks[task]
        row.state = progress.state.value
        for name in KEPT:
            setattr(row, name, getattr(progress, name))
    process.state = standing.state.value
    process.rev += 1


def add_asset(session: Session, **values: Any) -> None:
    session.execute(insert(AssetRow).values(**values))


def find_asset(session: Session, asset: str) -> AssetRow | None:
    return session.get(AssetRow, asset)


def assets_of(session: Session, process_id: UUID) -> list[AssetRow]:
    return list(session.scalars(select(AssetRow).where(AssetRow.process_id == process_id).order_by(AssetRow.attempt)))


def assets_in_brief(session: Session, process_id: UUID) -> list[AssetRow]:
    """The same without their results, which may be large."""
    query = select(AssetRow).where(AssetRow.process_id == process_id).options(defer(AssetRow.result, raiseload=True))
    return list(session.scalars(query))


def services_of_assets(session: Session) -> set[str]:
    """Every service that an asset of a process was made with, also one that nobody offers any more."""
    return set(session.scalars(select(AssetRow.interlinker).distinct()))


def active_assets(session: Session) -> Sequence[tuple[UUID, str, str, str]]:
    """Everything people take part in now, as process, task, asset and the Interlinker it is with."""
    query = (
        select(TaskRow.process_id, TaskRow.id, AssetRow.asset, AssetRow.interlinker)
        .join(AssetRow, AssetRow.asset == TaskRow.asset)
        .where(TaskRow.state == TaskState.ACTIVE.value, TaskRow.closed.is_(False))
    )
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(query)]


def set_timer(session: Session, process_id: UUID, task: str, attempt: int, due_at: datetime) -> None:
    session.execute(insert(TimerRow).values(process_id=process_id, task=task, attempt=attempt, due_at=due_at))


def due_timers(session: Session, now: datetime, limit: int = 100) -> list[tuple[UUID, str]]:
    query = select(TimerRow.process_id, TimerRow.task).where(TimerRow.due_at <= now).order_by(TimerRow.due_at)
    return [(row.process_id, row.task) for row in session.execute(query.limit(limit))]


def set_wait(session: Session, process_id: UUID, task: str, event_type: str, match: str | None) -> None:
    session.execute(insert(WaitRow).values(process_id=process_id, task=task, event_type=event_type, match=match))


def waits_for(session: Session, event_type: str) -> list[WaitRow]:
    return list(session.scalars(select(WaitRow).where(WaitRow.event_type == event_type)))


def stop_waiting(session: Session, process_id: UUID, tasks: Sequence[str]) -> None:
    """Take away timers and waits."""
    for table in (TimerRow, WaitRow):
        session.execute(delete(table).where(table.process_id == process_id, table.task.in_(tasks)))


def timers_of(session: Session, process_id: UUID) -> dict[str, datetime]:
    """When each task that waits for time will go on."""
    query = select(TimerRow.task, TimerRow.due_at).where(TimerRow.process_id == process_id)
    return {row.task: row.due_at for row in session.execute(query)}


def vote(session: Session, row: VoteRow) -> None:
    """Keep what a person has chosen; a second time replaces the first."""
    session.merge(row)
    session.flush()


def votes_for(session: Session, process_id: UUID, task: str, attempt: int) -> dict[str, int]:
    """How many chose each option."""
    query = (
        select(VoteRow.option, func.count())
        .where(VoteRow.process_id == process_id, VoteRow.task == task, VoteRow.attempt == attempt)
        .group_by(VoteRow.option)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _two(cursor: Cursor) -> tuple[str, str]:
    if len(cursor) != 2 or not all(isinstance(part, str) for part in cursor):  # noqa: PLR2004 - id and version
        raise bad_cursor()
    return cursor[0], cursor[1]
