"""What is heard from blocks: assets close, people take part, items are withdrawn, time passes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_gateway.actions.running import advance, fail, finish_task, load
from interlinker_gateway.definition.expressions import holds
from interlinker_gateway.domain.model import ENDED, ProcessState, TaskState
from interlinker_gateway.domain.planner import ExpressionError, closed, variables, waited
from interlinker_gateway.store import calls, processes, records
from interlinker_gateway.store.erasures import was_erased
from interlinker_gateway.store.persons import forget_title
from interlinker_shared.assets.withholding import NO_WORDS, WITHHELD, entry_of, has_words, with_words


def asset_closed(session: Session, asset: str, *, now: datetime) -> None:
    """Fetch the result of a task whose asset has closed; somebody else's asset changes nothing."""
    known = processes.find_asset(session, asset)
    if known is None:
        return
    run = load(session, known.process_id, now)
    after = closed(run.standing, known.task, asset)
    if after is not run.standing:
        run.standing = after
        run.audit("asset.closed", task=known.task, asset=asset)
        advance(run)


def asset_deleted(session: Session, asset: str, *, now: datetime) -> None:
    """A task cannot go on without its asset."""
    known = processes.find_asset(session, asset)
    if known is None:
        return
    run = load(session, known.process_id, now)
    progress = run.standing.tasks[known.task]
    if progress.asset == asset and progress.state not in ENDED:
        fail(run, known.task, "The asset was deleted where it lives.")
        advance(run)


def asset_purged(session: Session, asset: str) -> None:
    """What people wrote is gone where it was: it goes here too, unless a later step of the process may still need it."""
    known = processes.find_asset(session, asset)
    if known is None or known.result is None:
        return
    if ProcessState(processes.require(session, known.process_id).state) is not ProcessState.RUNNING:
        items = [_without_words(item) for item in known.result.get("items", [])]
        known.result = {**known.result, "items": items}


def _without_words(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "text"} | {"title": WITHHELD}


def contribution_made(session: Session, **values: Any) -> None:
    """Remember who took part in an asset of ours, to tell her what became of it."""
    known = processes.find_asset(session, values["asset"])
    subject = values["subject"]
    if subject is not None and was_erased(session, subject, values["made_at"]):
        values["subject"] = None  # heard late: nobody is to be told any more
    if known is not None:
        records.add_contribution(session, process_id=known.process_id, **values)


def item_withdrawn(session: Session, asset: str, item: str) -> None:
    """Remember that an item is gone; its words leave calls that wait and the result that was taken, as they have left the block's own."""
    known = processes.find_asset(session, asset)
    if known is None:
        return
    records.withdraw(session, asset, item)
    calls.forget_item(session, known.process_id, asset, item)
    forget_title(session, known.process_id, item, WITHHELD)
    entry = entry_of(known.result or {}, item)
    if known.result is not None and entry is not None and has_words(entry):
        known.result = with_words(known.result, item, NO_WORDS)
        known.hash = str(known.result["hash"])


def event_heard(session: Session, event: Mapping[str, Any], *, now: datetime) -> None:
    """Let tasks go on that wait for an event like this; `event` has type, source, subject and data."""
    for wait in processes.waits_for(session, event["type"]):
        run = load(session, wait.process_id, now)
        try:
            wanted = wait.match is None or holds(wait.match, variables(run.standing) | {"event": event})
        except ExpressionError as error:
            fail(run, wait.task, str(error))
            advance(run)
            continue
        if wanted:
            _over(session, wait.process_id, wait.task, now)


def time_passed(session: Session, process_id: UUID, task: str, *, now: datetime) -> None:
    """A timer has come due."""
    _over(session, process_id, task, now)


def _over(session: Session, process_id: UUID, task: str, now: datetime) -> None:
    run = load(session, process_id, now)
    processes.stop_waiting(session, process_id, [task])
    if run.standing.tasks[task].state is TaskState.ACTIVE:
        run.standing = waited(run.standing, task)
        finish_task(run, task)
        advance(run)
