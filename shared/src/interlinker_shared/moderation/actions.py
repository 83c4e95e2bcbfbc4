"""What people can do about something that should not be there: report it, decide, object, and judge the objection."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_shared import assets
from interlinker_shared.assets.withholding import give_back, withhold
from interlinker_shared.auth import Principal, Role, check_role
from interlinker_shared.errors import InvalidError, NotFoundError
from interlinker_shared.events import record
from interlinker_shared.ids import new_id
from interlinker_shared.moderation import domain, reading, store
from interlinker_shared.moderation.domain import AppealOutcome, DecidedError
from interlinker_shared.moderation.events import (
    AppealDecided,
    AppealFiled,
    NoticeDecided,
    NoticeFiled,
    RestrictionEnded,
)
from interlinker_shared.moderation.kind import Kinds, Matter, ModeratedKind
from interlinker_shared.moderation.models import (
    Appeal,
    AppealCreate,
    AppealToJudge,
    Decision,
    DecisionCreate,
    Judgement,
    NoticeCreate,
    NoticeReceipt,
)

_SECRET_BYTES = 32


def file_notice(session: Session, kinds: Kinds, body: NoticeCreate, *, by: Principal, now: datetime) -> NoticeReceipt:
    """Say that something should go; anybody may, about what she can see."""
    kind = kinds.get(body.kind)
    if kind is None:
        raise InvalidError(f"Choose one of: {', '.join(sorted(kinds))}.", slug="unknown-kind", pointer="/kind")
    matter = _matter(session, kind, body.item)
    if not matter.public:
        raise NotFoundError
    assets.require(session, matter.asset)
    domain.check_standing(standing=matter.standing)
    notice_id, secret = new_id(), secrets.token_urlsafe(_SECRET_BYTES)
    told = {
        "id": notice_id,
        "asset_id": matter.asset,
        "item_id": body.item,
        "notifier": by.subject,
        "decision_id": None,
    }
    said = body.model_dump(include={"kind", "ground", "reason", "language"})
    store.add_notice(session, told | said | {"secret_hash": hash_of(secret), "created_at": now}, body.contact)
    event = NoticeFiled(notice=notice_id, asset=matter.asset, kind=kind.name, item=body.item, ground=body.ground)
    record(session, event, aggregate=notice_id, now=now)
    return NoticeReceipt(id=notice_id, secret=secret, created_at=now)


def decide_notice(
    session: Session, kinds: Kinds, notice_id: UUID, body: DecisionCreate, *, by: Principal, now: datetime
) -> Decision:
    """Decide about what a notice reports; it answers all open notices about the same item."""
    notice = store.notice(session, notice_id)
    _moderator(session, notice.asset_id, by)
    if notice.decision_id is not None:
        raise _decided()
    decision = _decide(session, kinds[notice.kind], notice.item_id, body, by=by, now=now)
    if notice.id not in decision.notices:
        raise _decided()
    return decision


def remove_item(
    session: Session, kind: ModeratedKind, item: UUID, body: DecisionCreate, *, by: Principal, now: datetime
) -> Decision:
    """Decide about something of one's own accord, as a moderator of its asset."""
    _moderator(session, _matter(session, kind, item).asset, by)
    return _decide(session, kind, item, body, by=by, now=now)


def file_appeal(session: Session, statement_id: UUID, body: AppealCreate, *, by: Principal, now: datetime) -> Appeal:
    """Object to a decision about what one wrote oneself."""
    decision = store.statement(session, statement_id, by.known())
    assets.require(session, decision.asset_id)
    domain.check_in_time(decision.decided_at, now)
    appeal_id = new_id()
    nobody_yet = dict.fromkeys(("outcome", "explanation", "decided_by", "decided_at"))
    said = {"id": appeal_id, "decision_id": decision.id, "text": body.text, "created_at": now}
    store.add_appeal(session, said | nobody_yet)
    event = AppealFiled(appeal=appeal_id, decision=decision.id, asset=decision.asset_id)
    record(session, event, aggregate=decision.id, now=now)
    return reading.as_appeal(store.appeal(session, appeal_id))


def judge_appeal(
    session: Session, kinds: Kinds, appeal_id: UUID, body: Judgement, *, by: Principal, now: datetime
) -> AppealToJudge:
    """Let a decision stand, or undo it: what was taken down comes back."""
    decision = store.decision(session, store.appeal(session, appeal_id).decision_id)
    moderator = _moderator(session, decision.asset_id, by)
    domain.check_other(decision.decided_by, by.subject, owner=moderator.may(Role.OWNER))
    store.judge_appeal(session, appeal_id, body.model_dump() | {"decided_by": by.subject, "decided_at": now})
    event = AppealDecided(appeal=appeal_id, decision=decision.id, asset=decision.asset_id, outcome=body.outcome)
    record(session, event, aggregate=decision.id, actor=by.subject, now=now)
    if body.outcome is AppealOutcome.REVERSED:
        lift(session, kinds, decision, now=now)
    return reading.appeals_to_judge(session, [store.appeal(session, appeal_id)])[0]


def lift_due(session: Session, kinds: Kinds, decision_id: UUID, *, now: datetime) -> None:
    """The time of a restriction is over; nothing happens when somebody was faster."""
    decision = store.decision(session, decision_id)
    if decision.until is not None and decision.until <= now:
        lift(session, kinds, decision, now=now)


def lift(session: Session, kinds: Kinds, decision: Any, *, now: datetime) -> None:
    """Put back what a decision took down, unless its words are gone: erased with their author, or after six months."""
    assets.require(session, decision.asset_id)
    if not store.end_decision(session, decision.id):
        return
    kept = decision.kept or {}
    if "item" in kept:
        kinds[decision.kind].restore(session, decision.item_id, kept["item"], now=now)
    if "result" in kept:
        give_back(session, decision.asset_id, decision.item_id, kept["result"], now=now)
    event = RestrictionEnded(decision=decision.id, asset=decision.asset_id, kind=decision.kind, item=decision.item_id)
    record(session, event, aggregate=decision.id, now=now)


def author_rewrote(session: Session, kind: str, item: UUID, *, now: datetime) -> None:
    """Let a decision about something end that its author has written anew: what it took down does not come back."""
    for ended in store.end_decisions_about(session, kind, item):
        event = RestrictionEnded(decision=ended.id, asset=ended.asset_id, kind=kind, item=item)
        record(session, event, aggregate=ended.id, now=now)


def forget_old(session: Session, now: datetime) -> None:
    """Forget what need not be kept any longer: addresses, and words nobody can have back."""
    store.forget_contacts(session, now)
    store.forget_words(session, now - domain.APPEAL_WINDOW)


def hash_of(secret: str) -> str:
    """What is kept of a secret: nobody can turn it back."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _decide(
    session: Session, kind: ModeratedKind, item: UUID, body: DecisionCreate, *, by: Principal, now: datetime
) -> Decision:
    domain.check_decision(
        body.outcome, ground=body.ground, clause=body.clause, facts=body.facts, until=body.until, now=now
    )
    matter = _matter(session, kind, item)
    decision_id = new_id()
    forget_at = now + domain.CONTACT_KEPT
    notices = store.answer_notices(session, kind.name, item, decision_id, forget_contacts_at=forget_at)
    about = {"kind": kind.name, "item_id": item, "asset_id": matter.asset, "author": matter.author}
    when = {"id": decision_id, "decided_by": by.subject, "decided_at": now, "month": f"{now:%Y-%m}"}
    effect = {"in_force": body.outcome.restricts, "kept": _take_down(session, kind, item, matter, body, by, now)}
    store.add_decision(session, body.model_dump() | about | when | effect)
    event = NoticeDecided(
        decision=decision_id,
        asset=matter.asset,
        kind=kind.name,
        item=item,
        outcome=body.outcome,
        ground=body.ground,
        automated=body.automated,
        notices=notices,
    )
    record(session, event, aggregate=decision_id, actor=by.subject, now=now)
    return reading.as_decision(store.decision(session, decision_id), notices)


def _take_down(  # noqa: PLR0917 - all of a decision
    session: Session,
    kind: ModeratedKind,
    item: UUID,
    matter: Matter,
    body: DecisionCreate,
    by: Principal,
    now: datetime,
) -> dict[str, Any] | None:
    """The words of the item, here and in the final result, where nobody reads them any more; None when it stays."""
    if not body.outcome.restricts:
        return None
    domain.check_standing(standing=matter.standing)
    result = withhold(session, matter.asset, item, now=now)  # first: what is withdrawn loses its words there anyway
    kept = {"item": kind.hide(session, item, reason=body.clause or "", actor=by.subject, now=now)}
    return kept if result is None else kept | {"result": result}


def _matter(session: Session, kind: ModeratedKind, item: UUID) -> Matter:
    found = kind.find(session, [item]).get(item)
    if found is None:
        raise NotFoundError
    return found


def _moderator(session: Session, asset_id: UUID, by: Principal) -> Principal:
    """The caller as a moderator of this asset: the one place where that is asked."""
    return check_role(by.on(assets.require(session, asset_id).path), Role.MODERATOR)


def _decided() -> DecidedError:
    return DecidedError("This notice has been decided already.")
