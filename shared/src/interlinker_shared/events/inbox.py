"""The inbox: every event takes effect once, in order, in the transaction that remembers it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast
from uuid import UUID

from sqlalchemy import Table, bindparam, delete, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from interlinker_shared.db import SharedBase, UtcDateTime, signal
from interlinker_shared.errors import NotFoundError
from interlinker_shared.events import held
from interlinker_shared.events.envelope import Envelope, subject_of_type
from interlinker_shared.events.handler import Handler, apply
from interlinker_shared.events.heads import Counts, find_head, save_head, wanted_by

KEPT = timedelta(days=100)  # longer than the stream keeps an event, so a redelivery is always recognised


class InboxRow(SharedBase):
    """An event that took effect."""

    __tablename__ = "inbox"

    consumer: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


_inbox = cast("Table", InboxRow.__table__)
_insert = insert(_inbox)
_known = select(_inbox.c.event_id).where(
    _inbox.c.consumer == bindparam("consumer"), _inbox.c.event_id.in_(bindparam("ids", expanding=True))
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
        self.wanted: Callable[[Envelope], Counts] = wanted_by(self.handlers)

    def takes(self, envelope: Envelope) -> bool:
        """Whether some handler takes this event."""
        return any(handler.takes(subject_of_type(envelope.type)) for handler in self.handlers)

    def take(self, session: Session, envelopes: Sequence[Envelope], now: datetime) -> list[Verdict]:
        """Let events of one aggregate take effect, in this order, unless they did before or an earlier one is missing.

        All of them or, where a handler raises, none. What must wait is kept: see `interlinker_shared.events.held`.
        """
        lane = Lane(session, self, envelopes, now)
        verdicts = [lane.take(envelope) for envelope in envelopes]
        lane.save()
        return verdicts

    def release(self, session: Session, key: held.Key, limit: int, now: datetime, *, give_up: bool = False) -> int:
        """Take up to `limit` parked events of an aggregate, as far as they are next; return how many took effect.

        With `give_up` the first of them waits no longer for those that are missing before it.
        """
        envelopes = held.first_parked(session, key, limit)
        if not envelopes:
            return 0
        lane = Lane(session, self, envelopes, now)
        if give_up:
            lane.pass_over_what_precedes(envelopes[0])
        taken = 0
        for envelope in envelopes:
            if lane.take(envelope, parked=True) in (Verdict.PARKED, Verdict.RETRIED):
                break
            taken += 1
        lane.save()
        return taken

    def retry(self, session: Session, event_id: UUID, now: datetime) -> None:
        """Try a dead letter once more; it goes away when its handler succeeds. Raises NotFoundError and what a handler does."""
        row = session.get(held.DeadLetterRow, (self.consumer, event_id))
        if row is None:
            raise NotFoundError
        envelope = Envelope.model_validate_json(row.envelope)
        lane = Lane(session, self, [envelope], now)
        lane.let_take_effect(envelope)
        lane.save()

    def fail(self, session: Session, envelope: Envelope, error: str, now: datetime) -> int:
        """Note that a handler failed; return how often it has. After the last try, later events wait no longer for it."""
        tries = held.note_failure(session, self.consumer, envelope, error, now)
        lane = Lane(session, self, [envelope], now)
        lane.head.held = True
        if tries >= held.MAX_TRIES:
            lane.pass_over(envelope)
        lane.save()
        return tries


class Lane:
    """One aggregate of one source for the length of a transaction."""

    def __init__(self, session: Session, inbox: Inbox, envelopes: Sequence[Envelope], now: datetime) -> None:
        """Read how far the consumer has come, and which of `envelopes` it knows."""
        self._session, self._inbox, self._now = session, inbox, now
        self._key = held.Key(inbox.consumer, envelopes[0].source, envelopes[0].subject)
        ids = {"consumer": inbox.consumer, "ids": [envelope.id for envelope in envelopes]}
        self._known = set(session.execute(_known, ids).scalars())
        self._new: list[UUID] = []
        self._moved = False
        self.head = find_head(session, inbox.consumer, self._key.source, self._key.aggregate)

    def take(self, envelope: Envelope, *, parked: bool = False) -> Verdict:
        """Let an event take effect if it is new and next; `parked` says that it is one of those that wait."""
        wanted = self._inbox.wanted(envelope)
        waits = self._waits(envelope, wanted)
        if envelope.id in self._known:
            self.pass_over(envelope)
            if parked:
                held.let_go(self._session, held.ParkedRow, self._key.consumer, envelope.id)
            return Verdict.KNOWN
        if self.head.held and held.is_retried(self._session, self._key.consumer, envelope.id):
            return Verdict.RETRIED
        if waits:
            if not parked:
                held.park(self._session, self._key, envelope, self._now)
            self.head.held = True
            return Verdict.PARKED
        late = bool(wanted) and self.head.has_passed(wanted, envelope.event)
        self.let_take_effect(envelope, held_before=late or self.head.held)
        return Verdict.LATE if late else Verdict.DONE

    def let_take_effect(self, envelope: Envelope, *, held_before: bool = True) -> None:
        """Apply an event that is new; `held_before`: it may be among those that wait or failed, and is no longer."""
        apply(self._session, self._inbox.handlers, envelope)
        if envelope.id not in self._known:
            self._known.add(envelope.id)
            self._new.append(envelope.id)
        if held_before:
            for row in (held.ParkedRow, held.DeadLetterRow):
                held.let_go(self._session, row, self._key.consumer, envelope.id)
        self.pass_over(envelope)

    def pass_over(self, envelope: Envelope) -> None:
        """Let later events not wait for this one any more."""
        wanted = self._inbox.wanted(envelope)
        if wanted and not self.head.lacks(wanted, envelope.event):
            self.head.reach(wanted, envelope.aggseq)
            self._moved = True

    def pass_over_what_precedes(self, envelope: Envelope) -> None:
        """Let this event not wait any more for those that are missing before it."""
        wanted = dict(self._inbox.wanted(envelope))
        wanted[envelope.event] = wanted.get(envelope.event, 1) - 1
        self.head.reach(wanted, 0)
        self._moved = True

    def save(self) -> None:
        """Write down what was taken, and how far that leads."""
        received = [{"consumer": self._key.consumer, "event_id": one, "received_at": self._now} for one in self._new]
        if received:
            self._session.execute(_insert, received)
        if self.head.held:
            self.head.held = held.holds_before(self._session, self._key)
            self._moved = True
            signal(self._session, held.SIGNAL)
        if self._moved:
            save_head(self._session, self._key.consumer, self._key.source, self._key.aggregate, self.head)

    def _waits(self, envelope: Envelope, wanted: Counts) -> bool:
        if wanted:
            return self.head.lacks(wanted, envelope.event)
        # An older envelope without counts says nothing about what should precede it but that it follows what waits.
        return self.head.held and held.holds_before(self._session, self._key, envelope.aggseq)


def forget_received(session: Session, now: datetime) -> None:
    """Delete inbox rows that no redelivery can ask for any more."""
    session.execute(delete(InboxRow).where(InboxRow.received_at < now - KEPT))
