"""The one list of what holds personal data, and what is done with all of it at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from interlinker_shared.db import forgetting
from interlinker_shared.db.versions import EVERYTHING, concerns
from interlinker_shared.gate import open_for


@dataclass(frozen=True)
class SubjectPart:
    """One place where data about people is kept. Both functions are plain and run inside shared's transaction."""

    name: str
    export: Callable[[Session, str], dict[str, Any]]
    """What is held about a person, by its name in the export; nothing for somebody unknown. No two parts share a name."""
    erase: Callable[[Session, str, datetime], None]
    """Let nothing here lead to a person nor hold her words; counts and tallies stay. Repeating it changes nothing."""


def export_subject(session: Session, parts: Sequence[SubjectPart], subject: str) -> dict[str, Any]:
    """Everything held about a person."""
    open_for(session, subject)
    return {name: held for part in parts for name, held in part.export(session, subject).items()}


def erase_subject(session: Session, parts: Sequence[SubjectPart], subject: str, now: datetime) -> None:
    """Erase a person, her account and her roles with her; counts and tallies stay as they are."""
    open_for(session, subject)
    concerns(session, EVERYTHING)
    with forgetting(session):
        for part in parts:
            part.erase(session, subject, now)
