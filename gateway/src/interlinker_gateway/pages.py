"""The process as a page: where it stands, who may do what next, what came out; nothing but links leads on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from interlinker_gateway import models, reads
from interlinker_gateway.definition.reading import build
from interlinker_gateway.store import processes
from interlinker_gateway.store.tables import AssetRow
from interlinker_shared.http import Anyone, Database
from interlinker_shared.pages import Pages

PAGES = Pages(
    "interlinker_gateway",
    name={"en": "Co-production processes", "es": "Procesos de coproducción", "de": "Koproduktionsprozesse"},
)
SHOWN = 50

router = APIRouter(tags=["pages"], default_response_class=HTMLResponse)


@router.get("/processes/{process_id}/view")
async def view_process(process_id: UUID, request: Request, db: Database, _who: Anyone) -> HTMLResponse:
    """A process as an accessible page: its steps in words, the result, and what happened when."""
    return PAGES.render(request, "process.html", **await db.read(_process, process_id))


@router.get("/processes/view")
async def view_processes(request: Request, db: Database, _who: Anyone) -> HTMLResponse:
    """The latest processes as a page."""
    return PAGES.render(request, "processes.html", processes=await db.read(_latest))


def _latest(session: Session) -> list[models.Process]:
    return reads.latest_processes(session, SHOWN)


def _process(session: Session, process_id: UUID) -> dict[str, Any]:
    process = reads.read_process(session, process_id)
    template = build(processes.find_template(session, process.template, process.template_version).document)
    tasks = reads.list_tasks(session, process_id).items
    phases = [
        (phase.title or {"en": phase.id}, [task for task in tasks if task.phase == phase.id])
        for phase in template.phases
    ]
    audit = reads.read_audit(session, process_id)
    titles = {task.id: task.title for task in tasks}
    return {
        "process": process,
        "phases": phases,
        "next_steps": [task for task in tasks if task.state in {"active", "failed"} or task.waiting_for],
        "titles": titles,
        "results": _results(session, process_id, titles),
        "entries": audit.items[-SHOWN:],
        "audit": audit,
    }


def _results(session: Session, process_id: UUID, titles: dict[str, dict[str, str]]) -> list[dict[str, Any]]:
    """The items of every finished asset that an outcome was spoken on; the step that ended last comes first."""
    latest = {row.task: row for row in processes.assets_of(session, process_id)}  # of several attempts, the last one
    found = []
    for task in reversed(titles):
        items = [item for item in _items(latest.get(task)) if item.get("outcome")]
        if items:
            found.append({"title": titles[task], "items": [_shown(item) for item in items[:SHOWN]], "all": len(items)})
    return found


def _items(row: AssetRow | None) -> list[dict[str, Any]]:
    return list((row.result or {}).get("items", [])) if row is not None else []


def _shown(item: dict[str, Any]) -> dict[str, Any]:
    text = item.get("title") or item.get("text") or item["id"]
    return {
        "title": text,
        "language": item.get("language"),
        "outcome": item["outcome"],
        "reason": item.get("reason") or {},
    }
