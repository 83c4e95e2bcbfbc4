"""What a block has answered, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from interlinker_gateway.actions.roles import tell_again
from interlinker_gateway.actions.running import Running, advance, fail, finish_task, load
from interlinker_gateway.domain.model import TaskState
from interlinker_gateway.domain.planner import Step, answered
from interlinker_gateway.domain.provenance import Edge, Place, continued
from interlinker_gateway.store import calls, processes, records
from interlinker_gateway.store.calls import CallStatus
from interlinker_gateway.store.tables import CallRow

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 60.0


@dataclass(frozen=True)
class Answer:
    """A block's answer to a call: `asset` is the one made, at `path`; `items` maps a handed-over item's id to its id there."""

    interlinker: str = ""
    path: str = ""
    view: str = ""
    asset: str | None = None
    items: Mapping[str, str] = field(default_factory=dict)
    result: Mapping[str, Any] | None = None
    digest: str | None = None


def take_answer(session: Session, call_id: int, answer: Answer, *, now: datetime) -> None:
    """Go on with the task that asked; an answer that nobody waits for any more changes nothing."""
    row = calls.pending(session, call_id)
    if row is None:
        return
    row.status, row.answer_digest, row.waiting_since = CallStatus.ANSWERED, answer.digest, None
    if row.step == calls.CLOSE:
        return
    _go_on(session, row, answer, now)
    row.body = {}  # it may hold what people wrote, and nobody asks for it again


def _go_on(session: Session, row: CallRow, answer: Answer, now: datetime) -> None:
    run = load(session, row.process_id, now)
    if run.standing.tasks[row.task].attempt == row.attempt:
        _keep(run, row, answer)
        run.standing = answered(run.template, run.standing, row.task, asset=answer.asset, result=answer.result)
        if run.standing.tasks[row.task].state is TaskState.DONE:
            finish_task(run, row.task)
        advance(run)


def _keep(run: Running, row: CallRow, answer: Answer) -> None:
    match Step(row.step):
        case Step.CREATE | Step.CLONE:
            _keep_asset(run, row, answer)
        case Step.CARRY:
            _keep_handover(run, row, answer, run.standing.tasks[row.task].previous_asset)
        case Step.IMPORT:
            edge = run.template.task(row.task).imports[int(row.body["handover"].rpartition(":")[2])]
            _keep_handover(run, row, answer, run.standing.tasks[edge.source].asset)
        case Step.RESULT:
            asset, result = run.assets[run.standing.tasks[row.task].asset or ""], dict(answer.result or {})
            asset.result, asset.hash, asset.items = result, str(result.get("hash", "")), len(result.get("items", []))
            run.audit("result.taken", task=row.task, asset=asset.asset, hash=asset.hash)
        case _:
            pass


def _keep_asset(run: Running, row: CallRow, answer: Answer) -> None:
    processes.add_asset(
        run.session,
        asset=answer.asset,
        process_id=run.id,
        task=row.task,
        attempt=row.attempt,
        interlinker=answer.interlinker,
        path=answer.path,
        view=answer.view,
    )
    tell_again(run.session, run.id, row.task, now=run.now)
    run.audit("asset.created", task=row.task, asset=answer.asset, interlinker=answer.interlinker)
    run.assets = {row.asset: row for row in processes.assets_of(run.session, run.id)}


def _keep_handover(run: Running, row: CallRow, answer: Answer, source: str | None) -> None:
    """The provenance of each item; one that an earlier attempt had too goes on from there."""
    progress = run.standing.tasks[row.task]
    if source is None or progress.asset is None:
        return
    handed = {Place(source, item): Place(progress.asset, there) for item, there in answer.items.items()}
    edges = [Edge(here, there) for here, there in handed.items()]
    if progress.previous_asset and source != progress.previous_asset:
        earlier = records.edges_into(run.session, run.id, progress.previous_asset)
        edges += continued({edge.source: edge.target for edge in earlier}, handed)
    records.add_edges(run.session, run.id, edges)
    run.audit("items.handed-over", task=row.task, handover=row.body["handover"], items=len(handed))


def put_off(session: Session, call_id: int, reason: str, *, after: float | None, now: datetime) -> None:
    """The block cannot answer: ask again later, each time a little later; the task says that it waits."""
    row = calls.pending(session, call_id)
    if row is None:
        return
    pause = min(FIRST_PAUSE * 2 ** min(row.tries, 10), LONGEST_PAUSE) if after is None else min(after, LONGEST_PAUSE)
    row.tries += 1
    row.next_at = now + timedelta(seconds=pause)
    row.waiting_since, row.waiting_for = row.waiting_since or now, reason


def take_refusal(session: Session, call_id: int, problem: str, *, now: datetime) -> None:
    """The block will not do this, however often it is asked: the task fails and shows why."""
    row = calls.pending(session, call_id)
    if row is None:
        return
    row.status, row.waiting_since, row.body = CallStatus.REFUSED, None, {}
    run = load(session, row.process_id, now)
    if row.step == calls.CLOSE:
        run.audit("close.refused", task=row.task, error=problem)
    elif run.standing.tasks[row.task].attempt == row.attempt:
        fail(run, row.task, problem)
        advance(run)
