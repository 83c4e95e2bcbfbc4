"""What people may read of notices, decisions and appeals: each sees what concerns her, and everybody the log."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_shared import assets
from interlinker_shared.auth import Principal, Role
from interlinker_shared.errors import NotFoundError
from interlinker_shared.gate import open_for
from interlinker_shared.http.paging import PageOf
from interlinker_shared.moderation import domain, store
from interlinker_shared.moderation.domain import AppealOutcome, Ground, Outcome, Stage
from interlinker_shared.moderation.kind import Kinds, Matter
from interlinker_shared.moderation.models import (
    REDRESS_OF_AUTHOR,
    REDRESS_OF_NOTIFIER,
    Appeal,
    AppealToJudge,
    Contact,
    Decision,
    LogCount,
    LogCounts,
    LogEntry,
    MatterShown,
    Notice,
    NoticeAnswer,
    NoticeDecision,
    Statement,
)
from interlinker_shared.tabular import csv_line

LOG_COLUMNS = ("day", "kind", "outcome", "ground", "automated", "appeal")


def list_notices(session: Session, kinds: Kinds, stage: Stage, asset_id: UUID | None, page: PageOf) -> list[Notice]:
    """Up to one notice more than the page takes, oldest first, each with what it is about as it is now."""
    _come_by(session, asset_id)
    rows = store.page_of_notices(session, stage, asset_id, page)
    matters = _matters(session, kinds, rows)
    return [_as_notice(row, matters.get((row.kind, row.item_id))) for row in rows]


def notice_to_decide(session: Session, kinds: Kinds, notice_id: UUID) -> Notice:
    """One notice as moderators see it."""
    row = store.notice_with_contact(session, notice_id)
    assets.require(session, row.asset_id)
    return _as_notice(row, _matters(session, kinds, [row]).get((row.kind, row.item_id)))


def appeal_to_judge(session: Session, appeal_id: UUID) -> AppealToJudge:
    """One appeal with the decision that it is about."""
    (appeal,) = appeals_to_judge(session, [store.appeal(session, appeal_id)])
    assets.require(session, appeal.decision.asset)
    return appeal


def read_notice(session: Session, notice_id: UUID, who: Principal, secret_hash: str | None) -> NoticeAnswer:
    """A notice for whoever gave it, and for moderators; NotFoundError for all others."""
    notice = store.notice(session, notice_id)
    if not _may_follow(session, notice, who, secret_hash):
        raise NotFoundError
    decision = store.decision(session, notice.decision_id) if notice.decision_id else None
    return as_answer(notice, decision)


def what_is_reported(session: Session, kinds: Kinds, kind: str, item: str) -> MatterShown:
    """What somebody is about to report; NotFoundError when it is not there or gone already."""
    try:
        item_id = UUID(item)
    except ValueError:
        raise NotFoundError from None
    found = kinds[kind].find(session, [item_id]).get(item_id) if kind in kinds else None
    if found is None or not (found.standing and found.public):
        raise NotFoundError
    assets.require(session, found.asset)
    return _shown(found)


def read_contact(session: Session, notice_id: UUID) -> Contact:
    """Where the answer to a notice is wanted."""
    assets.require(session, store.notice(session, notice_id).asset_id)
    return Contact(contact=store.contact(session, notice_id))


def list_statements(session: Session, who: Principal, page: PageOf) -> list[Statement]:
    """Up to one statement more than the page takes, about what the caller wrote, the latest first."""
    open_for(session, who.known())
    return _statements(session, store.page_of_statements(session, who.known(), page))


def read_statement(session: Session, statement_id: UUID, who: Principal) -> Statement:
    """One of them; NotFoundError for somebody else's."""
    open_for(session, who.known())
    return _statements(session, [store.statement(session, statement_id, who.known())])[0]


def list_appeals(session: Session, stage: Stage, asset_id: UUID | None, page: PageOf) -> list[AppealToJudge]:
    """Up to one appeal more than the page takes, oldest first."""
    _come_by(session, asset_id)
    return appeals_to_judge(session, store.page_of_appeals(session, stage, asset_id, page))


def appeals_to_judge(session: Session, rows: Sequence[Any]) -> list[AppealToJudge]:
    """Appeals with the decisions that they are about."""
    ids = [row.decision_id for row in rows]
    decisions, notices = store.decisions_by_id(session, ids), store.notices_of_decisions(session, ids)
    return [
        AppealToJudge(
            **as_appeal(row).model_dump(), decision=as_decision(decisions[row.decision_id], notices[row.decision_id])
        )
        for row in rows
    ]


def list_log(session: Session, page: PageOf) -> list[tuple[UUID, LogEntry]]:
    """Up to one entry more than the page takes, the latest first, each with its place in the list."""
    return [(row.id, _as_entry(row)) for row in store.page_of_log(session, page)]


def count_log(session: Session) -> LogCounts:
    """Decisions by month and sort."""
    return LogCounts(items=[LogCount.model_validate(dict(row._mapping)) for row in store.counts_of_log(session)])  # noqa: SLF001 - SQLAlchemy's own name for it


def log_as_csv(session: Session) -> Iterator[bytes]:
    """All of the log, oldest first, one line per decision, RFC 4180."""
    yield csv_line(LOG_COLUMNS)
    for row in store.stream_log(session):
        yield csv_line(_as_entry(row).model_dump(mode="json").values())


def export_subject(session: Session, subject: str) -> dict[str, Any]:
    """What is held about a person: the notices that she gave, and all that was decided about what she wrote."""
    about = store.decisions_about(session, subject)
    restricted = [row for row in about if Outcome(row.outcome).restricts]
    kept = [row for row in about if not Outcome(row.outcome).restricts]
    return {
        "notices": [as_answer(row, None).model_dump(mode="json") for row in store.notices_of(session, subject)],
        "statements": [one.model_dump(mode="json") for one in _statements(session, restricted)],
        "left_as_they_were": [as_decision(row, []).model_dump(mode="json") for row in kept],
    }


def as_answer(notice: Any, decision: Any) -> NoticeAnswer:
    """A notice as its author may see it."""
    said = {name: getattr(notice, name) for name in ("id", "kind", "ground", "reason", "language", "created_at")}
    return NoticeAnswer(
        **said,
        item=notice.item_id,
        state=_stage(notice),
        decision=_told(decision) if decision is not None else None,
        redress=REDRESS_OF_NOTIFIER,
    )


def as_decision(row: Any, notices: Sequence[UUID]) -> Decision:
    """A decision for moderators; who made it is in the events."""
    names = ("id", "kind", "outcome", "ground", "clause", "facts", "automated", "until", "decided_at", "in_force")
    said = {name: getattr(row, name) for name in names}
    return Decision(**said, item=row.item_id, asset=row.asset_id, notices=list(notices))


def as_appeal(row: Any) -> Appeal:
    """An appeal as its author and moderators see it."""
    names = ("id", "text", "created_at", "outcome", "explanation", "decided_at")
    return Appeal(**{name: getattr(row, name) for name in names}, statement=row.decision_id)


def _statements(session: Session, rows: Sequence[Any]) -> list[Statement]:
    appeals = store.appeals_of_decisions(session, [row.id for row in rows])
    return [_as_statement(row, appeals.get(row.id)) for row in rows]


def _as_statement(row: Any, appeal: Any) -> Statement:
    names = ("id", "kind", "until", "in_force", "facts", "ground", "clause", "automated", "decided_at")
    return Statement(
        **{name: getattr(row, name) for name in names},
        item=row.item_id,
        asset=row.asset_id,
        restriction=Outcome(row.outcome),
        legal=Ground(row.ground).legal,
        appeal_until=row.decided_at + domain.APPEAL_WINDOW,
        appeal=as_appeal(appeal) if appeal is not None else None,
        words=(row.kept or {}).get("item"),
        redress=REDRESS_OF_AUTHOR,
    )


def _come_by(session: Session, asset_id: UUID | None) -> None:
    """Moderators of one asset look at what concerns it; those of the block at everything."""
    if asset_id is not None:
        assets.require(session, asset_id)


def _may_follow(session: Session, notice: Any, who: Principal, secret_hash: str | None) -> bool:
    asset = assets.require(session, notice.asset_id)
    if secret_hash is not None and hmac.compare_digest(secret_hash, notice.secret_hash):
        return True
    if who.subject is not None and who.subject == notice.notifier:
        return True
    return who.on(asset.path).may(Role.MODERATOR)


def _matters(session: Session, kinds: Kinds, rows: Sequence[Any]) -> dict[tuple[str, UUID], Matter]:
    found: dict[tuple[str, UUID], Matter] = {}
    for name in sorted({row.kind for row in rows} & kinds.keys()):
        items = list({row.item_id for row in rows if row.kind == name})
        found |= {(name, item): matter for item, matter in kinds[name].find(session, items).items()}
    return found


def _as_notice(row: Any, matter: Matter | None) -> Notice:
    names = ("id", "kind", "ground", "reason", "language", "created_at")
    return Notice(
        **{name: getattr(row, name) for name in names},
        item=row.item_id,
        asset=row.asset_id,
        state=_stage(row),
        contact=row.has_contact,
        decision=row.decision_id,
        matter=_shown(matter) if matter is not None else None,
    )


def _shown(matter: Matter) -> MatterShown:
    names = ("excerpt", "language", "page", "standing")
    return MatterShown(**{name: getattr(matter, name) for name in names})


def _told(decision: Any) -> NoticeDecision:
    names = ("outcome", "ground", "clause", "automated", "decided_at")
    return NoticeDecision(**{name: getattr(decision, name) for name in names})


def _as_entry(row: Any) -> LogEntry:
    waiting: Literal["open"] | None = "open" if row.appealed else None
    appeal = AppealOutcome(row.judged) if row.judged else waiting
    names = ("kind", "outcome", "ground", "automated")
    return LogEntry(**{name: getattr(row, name) for name in names}, day=row.decided_at.date(), appeal=appeal)


def _stage(notice: Any) -> Stage:
    return Stage.OPEN if notice.decision_id is None else Stage.DECIDED
