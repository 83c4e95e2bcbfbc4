"""What the gateway keeps about one person in its processes, and how it forgets her."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from sqlalchemy import String, cast, delete, select, update
from sqlalchemy.orm import Session

from interlinker_gateway.store.tables import (
    AuditWordsRow,
    ContributionRow,
    FeedbackRow,
    ProcessRow,
    TaskRow,
    TemplateRow,
    VoteRow,
)

ERASED = "[erased]"


def everything_of(session: Session, subject: str) -> dict[str, Any]:
    """What is held about a person, by kind."""
    return {
        "contributions": _rows(session, ContributionRow, subject, "process_id", "asset", "action", "items", "channel"),
        "feedback": _rows(session, FeedbackRow, subject, "process_id", "entries", "given_at"),
        "votes": _rows(session, VoteRow, subject, "process_id", "task", "attempt", "option", "reason", "made_at"),
        "reasons": _rows(session, AuditWordsRow, subject, "process_id", "text"),
        "roles": [
            {"process": str(row.id), "roles": [role for role, people in row.roles.items() if subject in people]}
            for row in _with_roles_of(session, subject)
        ],
        "started": [str(one) for one in session.scalars(select(ProcessRow.id).where(ProcessRow.started_by == subject))],
    }


def forget(session: Session, subject: str) -> None:
    """Let nothing here lead to a person nor hold her words. What was counted stays counted: votes become nobody's."""
    session.execute(update(ContributionRow).where(ContributionRow.subject == subject).values(subject=None))
    session.execute(delete(FeedbackRow).where(FeedbackRow.subject == subject))
    session.execute(delete(AuditWordsRow).where(AuditWordsRow.subject == subject))
    _forget_votes(session, subject)
    for process in _with_roles_of(session, subject):
        kept = {role: [one for one in people if one != subject] for role, people in process.roles.items()}
        session.execute(update(ProcessRow).where(ProcessRow.id == process.id).values(roles=kept))
    session.execute(update(ProcessRow).where(ProcessRow.started_by == subject).values(started_by=None))
    session.execute(update(TemplateRow).where(TemplateRow.created_by == subject).values(created_by=None))


def forget_title(session: Session, process_id: Any, item: str, title: str) -> None:
    """Nobody's feedback tells the words of an item any more that is gone."""
    names = cast(FeedbackRow.entries, String).contains(item, autoescape=True)
    query = select(FeedbackRow.subject, FeedbackRow.entries).where(FeedbackRow.process_id == process_id, names)
    for subject, entries in session.execute(query).all():
        silent = [
            entry | {"title": title} if entry.get("item") == item and entry.get("title") else entry for entry in entries
        ]
        row = update(FeedbackRow).where(FeedbackRow.process_id == process_id, FeedbackRow.subject == subject)
        session.execute(row.values(entries=silent))


def _forget_votes(session: Session, subject: str) -> None:
    """Her choices stay; a decision keeps its option and loses the reason that was hers."""
    for vote in session.execute(select(VoteRow.__table__).where(VoteRow.subject == subject)).all():
        made = update(TaskRow).where(TaskRow.process_id == vote.process_id, TaskRow.id == vote.task)
        session.execute(made.where(TaskRow.reason == vote.reason).values(reason=ERASED))
    nobody = {"subject": f"erased-{uuid4().hex}", "reason": ERASED}
    session.execute(update(VoteRow).where(VoteRow.subject == subject).values(**nobody))


def _with_roles_of(session: Session, subject: str) -> list[Any]:
    """Processes that name a person for a role."""
    named = cast(ProcessRow.roles, String).contains(f'"{subject}"', autoescape=True)
    rows = session.execute(select(ProcessRow.id, ProcessRow.roles).where(named)).all()
    return [row for row in rows if any(subject in people for people in row.roles.values())]


_SHOWN: dict[str, Callable[[Any], Any]] = {
    "process_id": str,
    "given_at": lambda moment: moment.isoformat(),
    "made_at": lambda moment: moment.isoformat(),
}


def _rows(session: Session, row: Any, subject: str, *names: str) -> list[dict[str, Any]]:
    query = select(*(getattr(row, name) for name in names)).where(row.subject == subject)
    return [
        {name: _SHOWN.get(name, lambda value: value)(value) for name, value in found._mapping.items()}  # noqa: SLF001 - a public accessor of SQLAlchemy
        for found in session.execute(query)
    ]
