"""Reads: rows put together into what the API and the pages show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_gateway import models
from interlinker_gateway.definition.reading import build
from interlinker_gateway.domain.model import Decision, Task, Uses
from interlinker_gateway.domain.planner import waits_for
from interlinker_gateway.domain.provenance import Edge, Place
from interlinker_gateway.store import calls, processes, records
from interlinker_gateway.store.calls import Waiting
from interlinker_gateway.store.tables import AssetRow, ProcessRow, TaskRow, TemplateRow
from interlinker_shared.audit.chain import first_broken
from interlinker_shared.audit.store import people_behind
from interlinker_shared.http import Listing, listing
from interlinker_shared.http.paging import PageOf

KINDS = {"Uses": "uses", "Decision": "decision", "Wait": "wait"}


def list_templates(session: Session, page: PageOf) -> Listing[models.TemplateSummary]:
    found = [_summary(row) for row in processes.page_templates(session, page)]
    return listing(found, page.limit, lambda template: [template.id, template.version])


def read_template(session: Session, template: str, version: str | None) -> models.Template:
    return template_of(processes.find_template(session, template, version))


def template_of(row: TemplateRow) -> models.Template:
    return models.Template(**_summary(row).model_dump(), document=row.document)


def _summary(row: TemplateRow) -> models.TemplateSummary:
    return models.TemplateSummary(
        id=row.id, version=row.version, title=row.title, digest=row.digest, created_at=row.created_at
    )


def list_processes(session: Session, page: PageOf, state: str | None) -> Listing[models.Process]:
    found = [_process(row) for row in processes.page(session, page, state)]
    return listing(found, page.limit, lambda process: [str(process.id)])


def latest_processes(session: Session, limit: int) -> list[models.Process]:
    """The newest ones."""
    return [_process(row) for row in processes.page(session, PageOf(limit), None)[:limit]]


def read_process(session: Session, process_id: UUID) -> models.Process:
    return _process(processes.require(session, process_id))


def _process(row: ProcessRow) -> models.Process:
    names = models.Process.model_fields
    return models.Process(**{name: getattr(row, name) for name in names})


def list_tasks(session: Session, process_id: UUID) -> models.Tasks:
    """Every task of a process; NotFoundError when there is none."""
    process = processes.require(session, process_id)
    template = build(processes.find_template(session, process.template, process.template_version).document)
    rows = processes.tasks_of(session, process_id)
    shown = _Shown(session, process_id)
    return models.Tasks(items=[shown.task(task, rows[task.id]) for task in template.tasks()])


def read_task(session: Session, process_id: UUID, task: str) -> models.Task:
    """One task; NotFoundError when there is none."""
    processes.require_task(session, process_id, task)
    return next(found for found in list_tasks(session, process_id).items if found.id == task)


class _Shown:
    """What every task of a process needs to be shown, read once."""

    def __init__(self, session: Session, process_id: UUID) -> None:
        self._session = session
        self._process_id = process_id
        self._assets = {row.asset: row for row in processes.assets_in_brief(session, process_id)}
        self._waiting = calls.waiting(session, process_id)
        self._timers = processes.timers_of(session, process_id)

    def task(self, task: Task, row: TaskRow) -> models.Task:
        return models.Task.model_validate(
            {
                "id": task.id,
                "phase": task.phase,
                "title": dict(task.title) or {"en": task.id},
                "kind": KINDS[type(task.work).__name__],
                "state": row.state,
                "attempt": row.attempt,
                "needs": list(waits_for(task)),
                "option": row.option,
                "reason": row.reason,
                "error": row.error,
                "due_at": self._timers.get(task.id),
                "waiting_for": _waiting_for(self._waiting.get(task.id)),
                "started_at": row.started_at,
                "finished_at": row.finished_at,
                **self._work(task, row),
            }
        )

    def _work(self, task: Task, row: TaskRow) -> dict[str, Any]:
        if isinstance(task.work, Decision):
            votes = processes.votes_for(self._session, self._process_id, task.id, row.attempt)
            work = task.work
            return {
                "decision": {"role": work.role, "options": list(work.options), "quorum": work.quorum, "votes": votes}
            }
        if isinstance(task.work, Uses):
            return {"capability": task.work.capability} | _asset(self._assets.get(row.asset or ""))
        return {}


def _asset(row: AssetRow | None) -> dict[str, Any]:
    if row is None:
        return {}
    door = f"i/{row.interlinker}"
    return {
        "interlinker": row.interlinker,
        "asset": row.asset,
        "address": f"{door}{row.path}",
        "view": f"{door}{row.view}",
        "items": row.items,
        "result_hash": row.hash,
    }


def _waiting_for(waiting: Waiting | None) -> dict[str, Any] | None:
    if waiting is None:
        return None
    since = waiting.since.strftime("%Y-%m-%d %H:%M:%S UTC")
    return {
        "capability": waiting.capability,
        "since": waiting.since,
        "reason": waiting.reason,
        "text": f"waiting for {waiting.capability}: {waiting.reason}, since {since}",
    }


def list_handovers(session: Session, process_id: UUID, page: PageOf, item: str | None) -> Listing[models.Handover]:
    """Where items came from and what they became."""
    processes.require(session, process_id)
    tasks = {row.asset: row.task for row in processes.assets_in_brief(session, process_id)}
    found = [_handover(edge, tasks) for edge in records.page_edges(session, process_id, page, item)]
    return listing(found, page.limit, lambda edge: [*_keys(edge.source), *_keys(edge.target)])


def _handover(edge: Edge, tasks: Mapping[str, str]) -> models.Handover:
    return models.Handover(source=_place(edge.source, tasks), target=_place(edge.target, tasks))


def _place(place: Place, tasks: Mapping[str, str]) -> models.ItemPlace:
    return models.ItemPlace(task=tasks.get(place.asset, ""), asset=place.asset, item=place.item)


def _keys(place: models.ItemPlace) -> list[str]:
    return [place.asset, place.item]


def list_feedback(session: Session, process_id: UUID, page: PageOf, subject: str | None) -> Listing[models.Feedback]:
    """The feedback of everyone, or of one person; empty until the process has ended."""
    processes.require(session, process_id)
    rows = records.page_feedback(session, process_id, page, subject)
    found = [
        models.Feedback.model_validate({"subject": row.subject, "entries": row.entries, "given_at": row.given_at})
        for row in rows
    ]
    return listing(found, page.limit, lambda feedback: [feedback.subject])


def read_audit(session: Session, process_id: UUID) -> models.Audit:
    """The trail, checked entry by entry."""
    processes.require(session, process_id)
    entries = records.trail(session, process_id)
    broken_at = first_broken(entries)
    people = people_behind(session, {entry.actor for entry in entries if entry.actor is not None})
    words = records.words_of(session, process_id)
    items = [
        models.AuditEntry(
            **vars(entry), subject=people.get(entry.actor or ""), reason=words.get(entry.detail.get("words", ""))
        )
        for entry in entries
    ]
    return models.Audit(items=items, holds=broken_at is None, broken_at=broken_at)
