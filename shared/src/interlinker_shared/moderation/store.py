"""Tables and queries of moderation. Addresses of those who gave notice stand apart from everything else."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Index, Select, case, delete, func, insert, select, true, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from interlinker_shared.assets.store import AssetRow
from interlinker_shared.db.jobs import connection_of
from interlinker_shared.db.order import wiping
from interlinker_shared.db.types import JsonText, SharedBase, UtcDateTime, partial
from interlinker_shared.db.versions import concerns
from interlinker_shared.errors import NotFoundError
from interlinker_shared.gate import only_admitted
from interlinker_shared.http.paging import PageOf, id_of
from interlinker_shared.moderation.domain import AppealedError, AppealOutcome, DecidedError, Stage

LOG = "moderation-log"
"""The tag of the public log."""

_WAITING = "decision_id IS NULL"
_HAS_AUTHOR = "author IS NOT NULL"
_HAS_NOTIFIER = "notifier IS NOT NULL"


class NoticeRow(SharedBase):
    """A notice. `secret_hash` is the SHA-256 of what its author was told; `notifier` is empty for those without an account."""

    __tablename__ = "moderation_notices"
    __table_args__ = (
        Index("ix_moderation_notices_open", "id", **partial(_WAITING)),
        Index("ix_moderation_notices_item", "kind", "item_id", **partial(_WAITING)),
        Index("ix_moderation_notices_decision", "decision_id"),
        Index("ix_moderation_notices_notifier", "notifier", **partial(_HAS_NOTIFIER)),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    item_id: Mapped[UUID]
    asset_id: Mapped[UUID]
    ground: Mapped[str]
    reason: Mapped[str]
    language: Mapped[str]
    notifier: Mapped[str | None]
    secret_hash: Mapped[str]
    decision_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ContactRow(SharedBase):
    """The address for the answer to a notice, until `forget_at`."""

    __tablename__ = "moderation_contacts"
    __table_args__ = (Index("ix_moderation_contacts_forget", "forget_at"),)

    notice_id: Mapped[UUID] = mapped_column(primary_key=True)
    address: Mapped[str]
    forget_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DecisionRow(SharedBase):
    """A decision, and the statement of reasons for `author`. `kept` are the words of the item, as long as they may come back."""

    __tablename__ = "moderation_decisions"
    __table_args__ = (
        Index("ux_moderation_in_force", "kind", "item_id", unique=True, **partial("in_force")),
        Index("ix_moderation_decisions_author", "author", "id", **partial(_HAS_AUTHOR)),
        Index("ix_moderation_decisions_until", "until", **partial("in_force AND until IS NOT NULL")),
        Index("ix_moderation_decisions_kept", "decided_at", **partial("kept IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    item_id: Mapped[UUID]
    asset_id: Mapped[UUID]
    outcome: Mapped[str]
    ground: Mapped[str | None]
    clause: Mapped[str | None]
    facts: Mapped[str | None]
    automated: Mapped[bool]
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    author: Mapped[str | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)
    month: Mapped[str]
    in_force: Mapped[bool]
    kept: Mapped[dict[str, Any] | None] = mapped_column(JsonText(none_as_null=True))


class AppealRow(SharedBase):
    """The appeal against a decision: one each."""

    __tablename__ = "moderation_appeals"
    __table_args__ = (Index("ux_moderation_appeals_decision", "decision_id", unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    decision_id: Mapped[UUID]
    text: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None]
    explanation: Mapped[str | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


_notices = select(NoticeRow.__table__)
_decisions = select(DecisionRow.__table__)
_appeals = select(AppealRow.__table__)
_alive = select(AssetRow.id).where(AssetRow.deleted_at.is_(None))


def add_notice(session: Session, values: dict[str, Any], contact: str | None) -> None:
    """Insert a notice, and the address for its answer."""
    session.execute(insert(NoticeRow).values(**values))
    if contact is not None:
        session.execute(insert(ContactRow).values(notice_id=values["id"], address=contact, forget_at=None))


def notice(session: Session, notice_id: UUID) -> Any:
    """A notice; NotFoundError when there is none."""
    return _one(session, _notices.where(NoticeRow.id == notice_id))


def notice_with_contact(session: Session, notice_id: UUID) -> Any:
    """The same with `has_contact`."""
    return _one(session, _with_contact().where(NoticeRow.id == notice_id))


def page_of_notices(session: Session, stage: Stage, asset_id: UUID | None, page: PageOf) -> Sequence[Any]:
    """Up to `limit + 1` notices, oldest first, with `has_contact`; none about what is deleted."""
    here = NoticeRow.decision_id.is_(None) if stage is Stage.OPEN else NoticeRow.decision_id.is_not(None)
    query = _with_contact().where(here, *_reached(session, NoticeRow.asset_id, asset_id)).order_by(NoticeRow.id)
    if page.cursor is not None:
        query = query.where(NoticeRow.id > id_of(page.cursor))
    return session.execute(query.limit(page.limit + 1)).all()


def contact(session: Session, notice_id: UUID) -> str:
    """The address for the answer to a notice; NotFoundError when there is none."""
    address: str = _one(session, select(ContactRow.address).where(ContactRow.notice_id == notice_id)).address
    return address


def answer_notices(
    session: Session, kind: str, item: UUID, decision: UUID, *, forget_contacts_at: datetime
) -> list[UUID]:
    """Let a decision answer all open notices about an item; gives their ids."""
    waiting = (NoticeRow.kind == kind, NoticeRow.item_id == item, NoticeRow.decision_id.is_(None))
    answered = update(NoticeRow).where(*waiting).values(decision_id=decision).returning(NoticeRow.id)
    ids = sorted(session.connection().execute(answered).scalars())
    forget = update(ContactRow).where(ContactRow.notice_id.in_(ids)).values(forget_at=forget_contacts_at)
    session.execute(forget)
    return ids


def notices_of_decisions(session: Session, decisions: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The notices that each decision answers."""
    found: dict[UUID, list[UUID]] = {decision: [] for decision in decisions}
    if not decisions:
        return found
    query = select(NoticeRow.id, NoticeRow.decision_id).where(NoticeRow.decision_id.in_(decisions))
    for row in session.execute(query.order_by(NoticeRow.id)):
        found[row.decision_id].append(row.id)
    return found


def add_decision(session: Session, values: dict[str, Any]) -> None:
    """Insert a decision; DecidedError when the item is out of sight by another one."""
    concerns(session, LOG)
    try:
        session.execute(insert(DecisionRow).values(**values))
    except IntegrityError as error:
        message = "Another moderator has just decided about this."
        raise DecidedError(message) from error


def decision(session: Session, decision_id: UUID) -> Any:
    """A decision; NotFoundError when there is none."""
    return _one(session, _decisions.where(DecisionRow.id == decision_id))


def end_decision(session: Session, decision_id: UUID) -> bool:
    """Let a decision have no effect any more; False when it had none."""
    ended = update(DecisionRow).where(DecisionRow.id == decision_id, DecisionRow.in_force)
    return session.connection().execute(ended.values(in_force=False, kept=None)).rowcount == 1


def end_decisions_about(session: Session, kind: str, item: UUID) -> Sequence[Any]:
    """Let the decision that is in force about an item have no effect any more; its `id` and `asset_id`, in a list."""
    here = update(DecisionRow).where(DecisionRow.kind == kind, DecisionRow.item_id == item, DecisionRow.in_force)
    ended = here.values(in_force=False, kept=None).returning(DecisionRow.id, DecisionRow.asset_id)
    return session.connection().execute(ended).all()


def due(session: Session, now: datetime, limit: int = 100) -> list[UUID]:
    """Decisions whose time is over, of assets that are still there."""
    query = select(DecisionRow.id).where(DecisionRow.in_force, DecisionRow.until <= now)
    return list(session.scalars(query.where(DecisionRow.asset_id.in_(_alive)).limit(limit)))


def statement(session: Session, decision_id: UUID, author: str) -> Any:
    """A restriction of something of that author's; NotFoundError when there is none."""
    mine = (DecisionRow.id == decision_id, DecisionRow.author == author, DecisionRow.ground.is_not(None))
    return _one(session, _decisions.where(*mine))


def page_of_statements(session: Session, author: str, page: PageOf) -> Sequence[Any]:
    """Up to `limit + 1` restrictions of what an author wrote, the latest first."""
    query = _decisions.where(DecisionRow.author == author, DecisionRow.ground.is_not(None))
    query = query.order_by(DecisionRow.id.desc())
    if page.cursor is not None:
        query = query.where(DecisionRow.id < id_of(page.cursor))
    return session.execute(query.limit(page.limit + 1)).all()


def add_appeal(session: Session, values: dict[str, Any]) -> None:
    """Insert an appeal; AppealedError when there is one against this decision."""
    concerns(session, LOG)
    try:
        session.execute(insert(AppealRow).values(**values))
    except IntegrityError as error:
        message = "You have appealed against this decision already."
        raise AppealedError(message) from error


def appeal(session: Session, appeal_id: UUID) -> Any:
    """An appeal; NotFoundError when there is none."""
    return _one(session, _appeals.where(AppealRow.id == appeal_id))


def appeals_of_decisions(session: Session, decisions: Sequence[UUID]) -> dict[UUID, Any]:
    """The appeal against each decision that has one."""
    if not decisions:
        return {}
    return {row.decision_id: row for row in session.execute(_appeals.where(AppealRow.decision_id.in_(decisions)))}


def page_of_appeals(session: Session, stage: Stage, asset_id: UUID | None, page: PageOf) -> Sequence[Any]:
    """Up to `limit + 1` appeals, oldest first; none about what is deleted."""
    here = AppealRow.outcome.is_(None) if stage is Stage.OPEN else AppealRow.outcome.is_not(None)
    query = _appeals.join(DecisionRow, DecisionRow.id == AppealRow.decision_id)
    query = query.where(here, *_reached(session, DecisionRow.asset_id, asset_id)).order_by(AppealRow.id)
    if page.cursor is not None:
        query = query.where(AppealRow.id > id_of(page.cursor))
    return session.execute(query.limit(page.limit + 1)).all()


def decisions_by_id(session: Session, ids: Sequence[UUID]) -> dict[UUID, Any]:
    """Those decisions."""
    if not ids:
        return {}
    return {row.id: row for row in session.execute(_decisions.where(DecisionRow.id.in_(ids)))}


def judge_appeal(session: Session, appeal_id: UUID, values: dict[str, Any]) -> None:
    """Write what comes of an appeal; DecidedError when somebody was faster."""
    concerns(session, LOG)
    waiting = update(AppealRow).where(AppealRow.id == appeal_id, AppealRow.outcome.is_(None))
    if not session.connection().execute(waiting.values(**values)).rowcount:
        message = "Another moderator has decided about this appeal already."
        raise DecidedError(message)


def page_of_log(session: Session, page: PageOf) -> Sequence[Any]:
    """Up to `limit + 1` decisions with what the log tells of them, the latest first."""
    concerns(session, LOG)
    query = _log().where(only_admitted(session, DecisionRow.asset_id)).order_by(DecisionRow.id.desc())
    if page.cursor is not None:
        query = query.where(DecisionRow.id < id_of(page.cursor))
    return session.execute(query.limit(page.limit + 1)).all()


def stream_log(session: Session) -> Iterator[Any]:
    """All of the log, oldest first."""
    return iter(session.execute(_log().order_by(DecisionRow.id).execution_options(yield_per=500)))


def counts_of_log(session: Session) -> Sequence[Any]:
    """Decisions by month, kind, outcome and ground, the latest month first."""
    concerns(session, LOG)
    sort = (DecisionRow.month, DecisionRow.kind, DecisionRow.outcome, DecisionRow.ground)
    turned = case((AppealRow.outcome == AppealOutcome.REVERSED, 1), else_=0)
    numbers = (
        func.count().label("decisions"),
        func.sum(case((DecisionRow.automated, 1), else_=0)).label("automated"),
        func.count(AppealRow.id).label("appeals"),
        func.sum(turned).label("reversed"),
    )
    query = select(*sort, *numbers).outerjoin(AppealRow, AppealRow.decision_id == DecisionRow.id).group_by(*sort)
    query = query.where(only_admitted(session, DecisionRow.asset_id))
    return session.execute(query.order_by(DecisionRow.month.desc(), *sort[1:])).all()


def notices_of(session: Session, subject: str) -> Sequence[Any]:
    """The notices that a person gave."""
    return session.execute(_notices.where(NoticeRow.notifier == subject).order_by(NoticeRow.id)).all()


def decisions_about(session: Session, subject: str) -> Sequence[Any]:
    """All decisions about what a person wrote, also those that it stays."""
    return session.execute(_decisions.where(DecisionRow.author == subject).order_by(DecisionRow.id)).all()


def forget_person(session: Session, subject: str) -> None:
    """Let nothing here lead to a person, nor hold her words; what the log tells stays."""
    hers = select(NoticeRow.id).where(NoticeRow.notifier == subject)
    session.execute(delete(ContactRow).where(ContactRow.notice_id.in_(hers)))
    session.execute(update(NoticeRow).where(NoticeRow.notifier == subject).values(notifier=None, reason=""))
    about = select(DecisionRow.id).where(DecisionRow.author == subject)
    silent = update(AppealRow).where(AppealRow.decision_id.in_(about)).values(text="", explanation="")
    session.execute(silent)
    forgotten = {"author": None, "facts": None, "kept": None}
    session.execute(update(DecisionRow).where(DecisionRow.author == subject).values(**forgotten))
    session.execute(update(DecisionRow).where(DecisionRow.decided_by == subject).values(decided_by=None))
    session.execute(update(AppealRow).where(AppealRow.decided_by == subject).values(decided_by=None))


def forget_words_of(session: Session, item: str) -> None:
    """Let go of the words of an item that was taken down here and is gone for good."""
    with contextlib.suppress(ValueError):  # not everything that can be imported can be reported
        session.execute(update(DecisionRow).where(DecisionRow.item_id == UUID(item)).values(kept=None))


def forget_asset(session: Session, asset_id: UUID) -> None:
    """Keep no words and no people of what was said about the things of an asset, which are gone; what the log tells stays.

    What nobody has answered goes as a whole: there is nothing left to decide about.
    """
    concerns(session, LOG)
    notices = select(NoticeRow.id).where(NoticeRow.asset_id == asset_id)
    decisions = select(DecisionRow.id).where(DecisionRow.asset_id == asset_id)
    about_notices, about_appeals = NoticeRow.asset_id == asset_id, AppealRow.decision_id.in_(decisions)
    silent = {"clause": None, "facts": None, "kept": None, "author": None, "decided_by": None, "in_force": False}
    with wiping(connection_of(session)):
        session.execute(delete(ContactRow).where(ContactRow.notice_id.in_(notices)))
        session.execute(delete(NoticeRow).where(about_notices, NoticeRow.decision_id.is_(None)))
        session.execute(update(NoticeRow).where(about_notices).values(notifier=None, reason=""))
        session.execute(delete(AppealRow).where(about_appeals, AppealRow.outcome.is_(None)))
        session.execute(update(AppealRow).where(about_appeals).values(text="", explanation="", decided_by=None))
        session.execute(update(DecisionRow).where(DecisionRow.asset_id == asset_id).values(**silent))


def forget_contacts(session: Session, now: datetime) -> None:
    """Delete addresses whose time is over."""
    session.execute(delete(ContactRow).where(ContactRow.forget_at <= now))


def forget_words(session: Session, before: datetime) -> None:
    """Let go of words that were taken down before a day, unless they come back later or an appeal is still open."""
    waiting = select(AppealRow.decision_id).where(AppealRow.outcome.is_(None))
    old = (DecisionRow.kept.is_not(None), DecisionRow.decided_at < before, DecisionRow.until.is_(None))
    session.execute(update(DecisionRow).where(*old, DecisionRow.id.not_in(waiting)).values(kept=None))


def _with_contact() -> Select[Any]:
    query = _notices.add_columns(ContactRow.notice_id.is_not(None).label("has_contact"))
    return query.outerjoin(ContactRow, ContactRow.notice_id == NoticeRow.id)


def _log() -> Select[Any]:
    columns = [getattr(DecisionRow, name) for name in ("id", "kind", "outcome", "ground", "automated", "decided_at")]
    told = (AppealRow.id.is_not(None).label("appealed"), AppealRow.outcome.label("judged"))
    return select(*columns, *told).outerjoin(AppealRow, AppealRow.decision_id == DecisionRow.id)


def _reached(
    session: Session, asset: InstrumentedAttribute[UUID], only: UUID | None
) -> tuple[ColumnElement[bool], ...]:
    """The asset is there, the token of who asks is good for it, and it is the one asked for."""
    return asset.in_(_alive), only_admitted(session, asset), true() if only is None else asset == only


def _one(session: Session, query: Select[Any]) -> Any:
    row = session.execute(query).first()
    if row is None:
        raise NotFoundError
    return row
