"""The end of a process: what every contributor is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from interlinker_gateway.domain.feedback import Outcome, Record, feedback
from interlinker_gateway.domain.model import Template
from interlinker_gateway.domain.provenance import Place
from interlinker_gateway.store import records
from interlinker_gateway.store.tables import AssetRow, ProcessRow


def give_feedback(
    session: Session, template: Template, process: ProcessRow, assets: Sequence[AssetRow], now: datetime
) -> int:
    """Store one feedback for each contributor; how many there are."""
    record = Record(
        tasks={row.asset: row.task for row in assets},
        results=dict(_outcomes(assets)),
        edges=records.edges(session, process.id),
        passed_on=frozenset(edge.source for task in template.tasks() for edge in task.imports),
        withdrawn=records.withdrawn(session, [row.asset for row in assets]),
    )
    told = feedback(records.contributions(session, process.id), record)
    entries: dict[str, list[dict[str, Any]]] = {
        subject: [asdict(became) for became in said] for subject, said in told.items()
    }
    records.give_feedback(session, process.id, entries, now)
    return len(entries)


def _outcomes(assets: Sequence[AssetRow]) -> Iterator[tuple[Place, Outcome]]:
    for row in assets:
        for item in (row.result or {}).get("items", []):
            title = item.get("title") or item.get("text", "")[:200] or None
            yield Place(row.asset, item["id"]), Outcome(title, item.get("outcome"), item.get("reason") or {})
