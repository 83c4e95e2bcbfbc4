"""The table of webhooks, and what is read of the outbox for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, Select, delete, func, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from interlinker_shared.db import JsonText, SharedBase, UtcDateTime, signal
from interlinker_shared.events import outbox
from interlinker_shared.events.envelope import subject_of_type
from interlinker_shared.events.outbox import OutboxRow
from interlinker_shared.http.paging import PageOf, id_of
from interlinker_shared.sealing import opened, sealed
from interlinker_shared.webhooks.models import Disabled, Failure, Missed, Webhook, WebhookDetail, WebhookState

SIGNAL = "webhooks"  # a webhook was added, changed or removed
COUNTED = 10_000
SEALED = "webhook "  # the secrets of one are sealed for this and its id


class WebhookRow(SharedBase):
    """One webhook: what its owner set, and how far it has come.

    `cursor` is the outbox id up to which everything it takes was delivered. `failing_*`, `failures` and `next_try_at` are of
    the undelivered event that failed first.
    """

    __tablename__ = "webhooks"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    url: Mapped[str]
    types: Mapped[list[str]] = mapped_column(JsonText)
    description: Mapped[str | None]
    secret: Mapped[str]
    old_secret: Mapped[str | None]
    old_secret_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    enabled: Mapped[bool]
    disabled_reason: Mapped[str | None]
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cursor: Mapped[int] = mapped_column(BigInteger)
    missed_after: Mapped[int | None] = mapped_column(BigInteger)
    missed_upto: Mapped[int | None] = mapped_column(BigInteger)
    last_success_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_failure_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_status: Mapped[int | None]
    last_reason: Mapped[str | None]
    failing_id: Mapped[int | None] = mapped_column(BigInteger)
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failures: Mapped[int]
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Waiting(NamedTuple):
    """A recorded event that a webhook has not been sent."""

    id: int
    event_id: UUID
    aggregate: str
    envelope: str


@dataclass(frozen=True)
class Target:
    """What it takes to deliver to one webhook; `version` says for which settings this holds."""

    id: UUID
    version: int
    url: str
    types: tuple[str, ...]
    cursor: int
    secret: str | None = field(repr=False)
    old_secret: str | None = field(default=None, repr=False)
    old_secret_until: datetime | None = None
    failing_id: int | None = None
    failing_since: datetime | None = None
    failures: int = 0

    def secrets(self, now: datetime) -> list[str]:
        """The secrets that sign now, the new one first; none where the service cannot open them any more."""
        old = self.old_secret if self.old_secret_until and self.old_secret_until > now else None
        return [secret for secret in (self.secret, old) if secret]


_columns = WebhookRow.__table__.columns


def find(session: Session, webhook_id: UUID) -> Webhook | None:
    """The webhook, if there is one."""
    row = session.execute(select(*_columns).where(WebhookRow.id == webhook_id)).first()
    return as_webhook(row) if row is not None else None


def find_detail(session: Session, webhook_id: UUID) -> WebhookDetail | None:
    """The webhook with its backlog, if there is one."""
    webhook = find(session, webhook_id)
    if webhook is None:
        return None
    events = _events(webhook.types).where(OutboxRow.id > webhook.cursor).limit(COUNTED).subquery()
    count = session.execute(select(func.count()).select_from(events)).scalar_one()
    return WebhookDetail.model_construct(**dict(webhook), backlog=count)


def find_target(session: Session, webhook_id: UUID) -> Target | None:
    """What it takes to send something to the webhook, if there is one, enabled or not."""
    row = session.execute(select(*_columns).where(WebhookRow.id == webhook_id)).first()
    return _as_target(session, row) if row is not None else None


def page(session: Session, of: PageOf) -> list[Webhook]:
    """Up to `limit + 1` webhooks, oldest first."""
    query = select(*_columns).order_by(WebhookRow.id)
    if of.cursor is not None:
        query = query.where(WebhookRow.id > id_of(of.cursor))
    return [as_webhook(row) for row in session.execute(query.limit(of.limit + 1))]


def count(session: Session) -> int:
    """How many webhooks there are."""
    return session.execute(select(func.count()).select_from(WebhookRow)).scalar_one()


def counts(session: Session) -> dict[WebhookState, int]:
    """How many webhooks there are in each state."""
    failing = WebhookRow.failing_since.is_not(None)
    query = select(WebhookRow.enabled, failing, func.count()).group_by(WebhookRow.enabled, failing)
    found = dict.fromkeys(WebhookState, 0)
    for enabled, fails, number in session.execute(query):
        found[_state(enabled=enabled, failing=fails)] += number
    return found


def any_enabled(session: Session) -> bool:
    """Whether there is anybody to deliver to."""
    return session.execute(select(WebhookRow.id).where(WebhookRow.enabled).limit(1)).first() is not None


def targets(session: Session) -> list[Target]:
    """All webhooks that are enabled."""
    return [_as_target(session, row) for row in session.execute(select(*_columns).where(WebhookRow.enabled))]


def add(session: Session, values: dict[str, Any]) -> None:
    """Insert a webhook."""
    session.execute(insert(WebhookRow).values(**_sealed(session, values["id"], values)))
    signal(session, SIGNAL)


def change(session: Session, webhook_id: UUID, values: dict[str, Any]) -> None:
    """Write `values` and count the version up: deliveries begin anew, with these settings."""
    new = _sealed(session, webhook_id, values) | {"version": WebhookRow.version + 1}
    session.execute(update(WebhookRow).where(WebhookRow.id == webhook_id).values(**new))
    signal(session, SIGNAL)


def remove(session: Session, webhook_id: UUID) -> None:
    """Delete a webhook."""
    session.execute(delete(WebhookRow).where(WebhookRow.id == webhook_id))
    signal(session, SIGNAL)


def note(session: Session, target: Target, values: dict[str, Any]) -> None:
    """Write how far a webhook has come, unless its settings have changed meanwhile: then the cursor is another's business."""
    mine = (WebhookRow.id == target.id, WebhookRow.version == target.version)
    session.execute(update(WebhookRow).where(*mine).values(**values))


def tip(session: Session) -> int:
    """The number of the newest recorded event that is kept; 0 without any."""
    return session.execute(select(func.max(OutboxRow.id))).scalar_one() or 0


def waiting(session: Session, types: Sequence[str], after: int, upto: int) -> tuple[list[Waiting], int]:
    """Events of `types` with numbers after `after` up to `upto`, oldest first; and up to which number that is all there is."""
    last = min(tip(session), upto)  # read first: what is recorded meanwhile belongs to the next time
    if last <= after:
        return [], after
    query = _events(types).where(OutboxRow.id > after, OutboxRow.id <= last).order_by(OutboxRow.id)
    return [Waiting(*row) for row in session.execute(query)], last


def forget_old(session: Session, now: datetime, *, unpublished: bool = False) -> int:
    """Forget old events as `outbox.forget_old` does, but none that an enabled webhook still has to be sent.

    The gap is marked in those that are disabled.
    An enabled webhook fails for a day at most before it is disabled, so little is kept longer than promised.
    """
    first = session.execute(select(func.min(WebhookRow.cursor)).where(WebhookRow.enabled)).scalar()
    upto = outbox.forget_old(session, now, unpublished=unpublished, upto=first)
    behind = update(WebhookRow).where(WebhookRow.cursor < upto)
    session.execute(
        behind.values(missed_after=func.coalesce(WebhookRow.missed_after, WebhookRow.cursor), missed_upto=upto)
    )
    return upto


def as_webhook(row: Any) -> Webhook:
    """The wire model of a row, without its secrets."""
    failure = Failure.model_construct(at=row.last_failure_at, status=row.last_status, reason=row.last_reason)
    disabled = Disabled.model_construct(reason=row.disabled_reason, at=row.disabled_at)
    missed = Missed.model_construct(after=row.missed_after, upto=row.missed_upto)
    return Webhook.model_construct(
        id=row.id,
        url=row.url,
        types=list(row.types),
        description=row.description,
        enabled=row.enabled,
        version=row.version,
        created_at=row.created_at,
        state=_state(enabled=row.enabled, failing=row.failing_since is not None),
        cursor=row.cursor,
        disabled=None if row.enabled else disabled,
        missed=None if row.missed_upto is None else missed,
        last_success_at=row.last_success_at,
        last_failure=None if row.last_failure_at is None else failure,
        failing_since=row.failing_since,
        failures=row.failures,
        next_try_at=row.next_try_at,
        old_secret_until=row.old_secret_until,
    )


def _sealed(session: Session, webhook_id: UUID, values: dict[str, Any]) -> dict[str, Any]:
    of = f"{SEALED}{webhook_id}"
    secrets = {name: values[name] for name in ("secret", "old_secret") if values.get(name) is not None}
    return values | {name: sealed(session, secret, of=of) for name, secret in secrets.items()}


def _as_target(session: Session, row: Any) -> Target:
    of = f"{SEALED}{row.id}"
    return Target(
        id=row.id,
        version=row.version,
        url=row.url,
        types=tuple(row.types),
        cursor=row.cursor,
        secret=opened(session, row.secret, of=of),
        old_secret=opened(session, row.old_secret, of=of),
        old_secret_until=row.old_secret_until,
        failing_id=row.failing_id,
        failing_since=row.failing_since,
        failures=row.failures,
    )


def _state(*, enabled: bool, failing: bool) -> WebhookState:
    if not enabled:
        return WebhookState.DISABLED
    return WebhookState.FAILING if failing else WebhookState.ACTIVE


def _events(types: Sequence[str]) -> Select[int, UUID, str, str]:
    query = select(OutboxRow.id, OutboxRow.event_id, OutboxRow.aggregate, OutboxRow.envelope)
    return query.where(OutboxRow.nats_subject.in_(map(subject_of_type, types))) if types else query
