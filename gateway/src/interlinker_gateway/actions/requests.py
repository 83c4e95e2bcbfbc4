"""What is sent to a block at each step of an asset's life: bodies made once, so that a repeated call is the same call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from interlinker_gateway.definition.durations import duration
from interlinker_gateway.definition.expressions import only, rendered
from interlinker_gateway.domain.model import Import, Progress, Standing, Task, Uses
from interlinker_gateway.domain.planner import Call, ExpressionError, Step, variables
from interlinker_gateway.store.tables import AssetRow, ProcessRow
from interlinker_shared.pages.language import best_language

LEFT_BEHIND = frozenset({"id", "source", "outcome", "reason"})
"""What an item does not take along when a template maps nothing: its verdict belongs to the step that spoke it."""
HANDED_AT_ONCE = 50_000


def request_body(
    process: ProcessRow,
    assets: Mapping[str, AssetRow],
    standing: Standing,
    task: Task,
    call: Call,
    *,
    now: datetime,
    came_from_elsewhere: frozenset[str],
) -> dict[str, Any]:
    """The JSON body of a call; raises ExpressionError. `came_from_elsewhere` are items that are not carried over."""
    progress = standing.tasks[task.id]
    handover = f"{process.id}:{task.id}:{call.attempt}"
    match call.step:
        case Step.CREATE | Step.CLONE:
            return _asset_body(process, standing, task, now, clone=call.step is Step.CLONE)
        case Step.CARRY:
            source = assets[progress.previous_asset or ""]
            return {"handover": f"{handover}:own", "items": _carried(progress, source, came_from_elsewhere)}
        case Step.IMPORT:
            edge = task.imports[call.edge]
            source_row = assets.get(standing.tasks[edge.source].asset or "")
            return {"handover": f"{handover}:{call.edge}", "items": _imported(standing, edge, source_row)}
        case _:
            return {}


def _asset_body(process: ProcessRow, standing: Standing, task: Task, now: datetime, *, clone: bool) -> dict[str, Any]:
    assert isinstance(task.work, Uses), "only assets are made"  # noqa: S101 - narrows the type
    body: dict[str, Any] = {"context": {"process": str(process.id), "task": task.id}}
    if task.work.closes is not None:
        body["closes_at"] = (now + duration(task.work.closes)).isoformat()
    if clone:
        return body
    config = rendered(task.work.settings, variables(standing))
    title = config.pop("title", None) or task.title or task.id
    return body | {"title": _in_language(title, process.language), "config": config, "language": process.language}


def _in_language(title: Any, language: str) -> str:
    if isinstance(title, Mapping) and title:
        return str(title[best_language(title, language)])
    return str(title)


def _carried(progress: Progress, source: AssetRow, came_from_elsewhere: frozenset[str]) -> list[dict[str, Any]]:
    """The previous attempt's own items, as they are."""
    items = (progress.previous_result or {}).get("items", [])
    return [_as_is(item, source) for item in items if item["id"] not in came_from_elsewhere]


def _imported(standing: Standing, edge: Import, source: AssetRow | None) -> list[dict[str, Any]]:
    scope = variables(standing)
    chosen = _distinct(edge, only(edge.items).value(scope))
    if source is None:
        return []
    if not edge.fields:
        return [_as_is(item, source) for item in chosen]
    return [_identity(item, source) | _mapped(edge, scope | {"item": item}) for item in chosen]


def _mapped(edge: Import, scope: dict[str, Any]) -> dict[str, Any]:
    fields = rendered(edge.fields, scope)
    return {name: value for name, value in fields.items() if value is not None}


def _distinct(edge: Import, value: Any) -> list[dict[str, Any]]:
    """The items an expression has chosen, each once, up to the limit; raises ExpressionError."""
    items: list[Any] = value if isinstance(value, list) else [None]
    if not all(isinstance(item, dict) and isinstance(item.get("id"), str) for item in items):
        raise ExpressionError(edge.items, "This must be a list of items of a result")
    return list({item["id"]: item for item in items}.values())[: edge.limit or HANDED_AT_ONCE]


def _as_is(item: Mapping[str, Any], source: AssetRow) -> dict[str, Any]:
    return _identity(item, source) | {name: value for name, value in item.items() if name not in LEFT_BEHIND}


def _identity(item: Mapping[str, Any], source: AssetRow) -> dict[str, Any]:
    origin = {"interlinker": source.interlinker, "asset": source.asset, "item": item["id"]}
    return {"id": item["id"], "source": origin}
