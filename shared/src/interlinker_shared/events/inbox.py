"""The inbox: every event takes effect once, in order, in the transaction that remembers it."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast
from uuid import UUID

from sqlalchemy import String, Table, Uuid, bindparam, delete, select, true
from sqlalchemy.orm import Mapped, Session, mapped_column

from interlinker_shared.db import SharedBase, UtcDateTime, signal, upsert
from interlinker_shared.db.hot import HotWrite, each
from interlinker_shared.errors import NotFoundError
from interlinker_shared.events import held
from interlinker_shared.events.envelope import Envelope, parse_counts, subject_of_type
from interlinker_shared.events.handler import Handler, apply
from interlinker_shared.events.heads import Counts, Head, Key, find_heads, save_heads

KEPT = timedelta(days=100)  # longer than the stream keeps an event, so a redelivery is always recognised
LONGEST_SECONDS = 0.05
"""Of the handlers in one transaction: other writes wait for its end."""


class InboxRow(SharedBase):
    """An event that took effect."""

    __tablename__ = "inbox"

    consumer: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


_inbox = cast("Table", InboxRow.__table__)
_events = select(bindparam("consumer", type_=String), each("ids", Uuid), bindparam("now", type_=UtcDateTime))
_enter = HotWrite(
    upsert(_inbox)
    .from_select(["consumer", "event_id", "received_at"], _events.where(true()))  # SQLite reads ON as a join's without
    .on_conflict_do_nothing()
    .returning(_inbox.c.event_id)
)


class Verdict(StrEnum):
    """What became of an event."""

    DONE = "done"
    LATE = "late"  # took effect after events that should have come after it
    KNOWN = "known"
    PARKED = "parked"
    RETRIED = "retried"  # failed before and will be tried again in its time


class Inbox:
    """Takes events for one consumer; what it has learnt about its handlers it keeps."""

    def __init__(self, consumer: str, handlers: Sequence[Handler]) -> None:
        """`consumer` is the durable's name, the same at every start."""
        self.consumer = consumer
        self.handlers = tuple(handlers)
        self._by_type: dict[str, list[Handler]] = {}

    def handlers_of(self, kind: str) -> Sequence[Handler]:
        """The handlers that take events of the CloudEvents type `kind`."""
        found = self._by_type.get(kind)
        if found is None:
            found = [handler for handler in self.handlers if handler.takes(subject_of_type(kind))]
            self._by_type[kind] = found
        return found

    def takes(self, envelope: Envelope) -> bool:
        """Whether some handler takes this event."""
        return bool(self.handlers_of(envelope.type))

    def wanted(self, envelope: Envelope) -> Counts:
        """An envelope's counts of the names that some handler takes; none where it carries no counts."""
        if envelope.aggcounts is None:
            return {}
        prefix = envelope.type.removesuffix(envelope.event)
        return {
            name: number for name, number in parse_counts(envelope.aggcounts).items() if self.handlers_of(prefix + name)
        }

    def key(self, envelope: Envelope) -> Key:
        """The aggregate of an event, as this consumer sees it."""
        return Key(self.consumer, envelope.source, envelope.subject)

    def take(self, session: Session, envelopes: Sequence[Envelope], now: datetime) -> list[Verdict]:
        """Let events take effect, those of an aggregate in this order, unless they did before or an earlier one is missing.

        All of them or, where a handler raises, none. What must wait is kept: see `interlinker_shared.events.held`.
        """
        batch = Batch(session, self, envelopes, now)
        verdicts = [batch.take(envelope) for envelope in envelopes]
        batch.save()
        return verdicts

    def release(self, session: Session, key: Key, limit: int, now: datetime, *, give_up: bool = False) -> int:
        """Take up to `limit` parked events of an aggregate, as far as they are next; return how many took effect.

        With `give_up` the first of them waits no longer for those that are missing before it.
        """
        envelopes = held.first_parked(session, key, limit)
        batch = Batch(session, self, envelopes, now)
        if give_up:
            for first in envelopes[:1]:
                batch.head(first).pass_over_what_precedes(self.wanted(first), first)
        taken = 0
        for envelope in envelopes:
            if batch.take(envelope, parked=True) in (Verdict.PARKED, Verdict.RETRIED):
                break
            taken += 1
            if batch.late:
                break
        batch.save()
        return taken

    def retry(self, session: Session, event_id: UUID, now: datetime) -> None:
        """Try a dead letter once more; it goes away when its handler succeeds. Raises NotFoundError and what a handler does."""
        row = session.get(held.DeadLetterRow, (self.consumer, event_id))
        if row is None:
            raise NotFoundError
        envelope = Envelope.model_validate_json(row.envelope)
        batch = Batch(session, self, [envelope], now)
        batch.let_take_effect(envelope, batch.head(envelope), self.wanted(envelope))
        batch.save()

    def fail(self, session: Session, envelope: Envelope, error: str, now: datetime) -> int:
        """Note that a handler failed; return how often it has. After the last try, later events wait no longer for it."""
        tries = held.note_failure(session, self.consumer, envelope, error, now)
        heads = find_heads(session, [self.key(envelope)])
        for key, head in heads.items():
            if tries >= held.MAX_TRIES:
                head.pass_over(self.wanted(envelope), envelope)
            look_whether_held(session, key, head)
        save_heads(session, heads)
        return tries


class Batch:
    """Events in one transaction: what inbox and heads say of them is read at once, and written at once.

    Other than that each event has the session to itself, as if it were alone.
    """

    def __init__(self, session: Session, inbox: Inbox, envelopes: Sequence[Envelope], now: datetime) -> None:
        """Enter `envelopes` into the inbox as far as it does not know them, and read how far the consumer has come."""
        self._session, self._inbox, self._now = session, inbox, now
        self._waiting = enter(session, inbox.consumer, {envelope.id for envelope in envelopes}, now)
        self._heads = find_heads(session, {inbox.key(envelope) for envelope in envelopes})
        self._late_at = time.monotonic() + LONGEST_SECONDS

    @property
    def late(self) -> bool:
        """Whether what is left should be taken in another transaction."""
        return time.monotonic() > self._late_at

    def head(self, envelope: Envelope) -> Head:
        """How far the consumer has come with the aggregate of an event."""
        return self._heads[self._inbox.key(envelope)]

    def take(self, envelope: Envelope, *, parked: bool = False) -> Verdict:
        """Let an event take effect if it is new and next; `parked` says that it is one of those that wait."""
        head, wanted = self.head(envelope), self._inbox.wanted(envelope)
        if envelope.id not in self._waiting:
            head.pass_over(wanted, envelope)
            if parked:
                held.let_go(self._session, held.ParkedRow, self._inbox.consumer, envelope.id)
            return Verdict.KNOWN
        if head.held and held.is_retried(self._session, self._inbox.consumer, envelope.id):
            return Verdict.RETRIED
        if self._waits(envelope, head, wanted):
            if not parked:
                held.park(self._session, self._inbox.key(envelope), envelope, self._now)
            head.held = True
            return Verdict.PARKED
        late = bool(wanted) and head.has_passed(wanted, envelope.event)
        self.let_take_effect(envelope, head, wanted, held_before=late or head.held)
        return Verdict.LATE if late else Verdict.DONE

    def let_take_effect(self, envelope: Envelope, head: Head, wanted: Counts, *, held_before: bool = True) -> None:
        """Apply an event that is new; `held_before`: it may be among those that wait or failed, and is no longer."""
        apply(self._session, self._inbox.handlers_of(envelope.type), envelope)
        if any(True for _ in self._session):  # what it has left there is its own success or failure, not the next one's
            self._session.flush()
            self._session.expunge_all()
        self._waiting.discard(envelope.id)
        if held_before:
            for row in (held.ParkedRow, held.DeadLetterRow):
                held.let_go(self._session, row, self._inbox.consumer, envelope.id)
        head.pass_over(wanted, envelope)

    def save(self) -> None:
        """Write down how far this leads, and take out of the inbox what did not take effect."""
        leave(self._session, self._inbox.consumer, self._waiting)
        for key, head in self._heads.items():
            if head.held:
                look_whether_held(self._session, key, head)
        save_heads(self._session, self._heads)

    def _waits(self, envelope: Envelope, head: Head, wanted: Counts) -> bool:
        if wanted:
            return head.lacks(wanted, envelope.event)
        # An older envelope without counts says nothing about what should precede it but that it follows what waits.
        return head.held and held.holds_before(self._session, self._inbox.key(envelope), envelope.aggseq)


def enter(session: Session, consumer: str, ids: Collection[UUID], now: datetime) -> set[UUID]:
    """Write down that these events take effect; return those of which that was not known."""
    return {one for (one,) in _enter.run(session, consumer=consumer, ids=list(ids), now=now)} if ids else set()


def leave(session: Session, consumer: str, ids: Collection[UUID]) -> None:
    """These events did not take effect after all."""
    if ids:
        session.execute(delete(InboxRow).where(InboxRow.consumer == consumer, InboxRow.event_id.in_(ids)))


def look_whether_held(session: Session, key: Key, head: Head) -> None:
    """Ask whether events of an aggregate wait, and have the waiting room ask as well."""
    head.held, head.moved = held.holds_before(session, key), True
    signal(session, held.SIGNAL)


def forget_received(session: Session, now: datetime) -> None:
    """Delete inbox rows that no redelivery can ask for any more."""
    session.execute(delete(InboxRow).where(InboxRow.received_at < now - KEPT))
