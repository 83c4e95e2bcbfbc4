"""A person's data in the gateway, and the erasure of her everywhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from interlinker_gateway.actions import people
from interlinker_gateway.store import erasures, persons
from interlinker_gateway.store.processes import services_of_assets
from interlinker_shared.personal import SubjectPart

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 600.0


def parts(services: Callable[[], Iterable[str]]) -> tuple[SubjectPart, ...]:
    """What the gateway itself keeps; `services` names those that are asked to erase her as well."""

    def ask(session: Session, subject: str, now: datetime) -> None:
        erasures.ask(session, subject, sorted({*services(), *services_of_assets(session)}), now)

    return (
        SubjectPart("processes", export, lambda session, subject, _now: persons.forget(session, subject)),
        SubjectPart("teams", _nothing, lambda session, subject, now: people.forget(session, subject, now=now)),
        SubjectPart("elsewhere", _nothing, ask),
    )


def export(session: Session, subject: str) -> dict[str, Any]:
    """What she did in processes, what was decided by her, and what she was told."""
    found = {name: held for name, held in persons.everything_of(session, subject).items() if held}
    return {"processes": found} if found else {}


def put_off(session: Session, call: erasures.Due, reason: str, *, now: datetime, after: float | None = None) -> None:
    """Ask again later, each time a little later."""
    pause = min(FIRST_PAUSE * 2 ** min(call.tries, 20), LONGEST_PAUSE) if after is None else min(after, LONGEST_PAUSE)
    erasures.put_off(session, call, reason, now + timedelta(seconds=pause))


def _nothing(_session: Session, _subject: str) -> dict[str, Any]:
    """Teams are in the list that every service keeps, and who is asked elsewhere says itself what it holds."""
    return {}
