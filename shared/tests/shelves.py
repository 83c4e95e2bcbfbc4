"""A service that takes events of boxes: what it did with them, and messages that bring them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from shared.tests.boxes import MOMENT
from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from interlinker_shared.db import Database, defer
from interlinker_shared.events import Envelope, Handler, held
from interlinker_shared.events.held import ParkedRow
from interlinker_shared.ids import new_id

SHELF = "shelf"


class Filled(BaseModel):
    """What this consumer reads of a filled box."""

    number: int


class Consumer:
    """Remembers what took effect, which is what was committed; fails on the numbers that it is told to."""

    def __init__(self, service: str = "*", *names: str) -> None:
        self.broken: set[int] = set()
        self.groups: list[list[tuple[str, int]]] = []
        names = names or ("box.filled.v1",)
        self.handlers: Sequence[Handler] = [Handler(f"interlink.{service}.{name}", Filled, self.take) for name in names]

    def take(self, session: Session, payload: Filled, envelope: Envelope) -> None:
        if payload.number in self.broken:
            message = "the shelf is full"
            raise OSError(message)
        defer(session, self._committed, (envelope.subject, payload.number))

    def _committed(self, _connection: Connection, taken: list[tuple[str, int]]) -> None:
        self.groups.append(taken)

    @property
    def numbers(self) -> list[int]:
        return [number for group in self.groups for _, number in group]

    def of(self, box: object) -> list[int]:
        return [number for group in self.groups for subject, number in group if subject == str(box)]


class Message:
    """A delivered message that remembers what became of it."""

    subject = "interlink.boxes.box.filled.v1"
    reply = "$JS.ACK.INTERLINK.shelf.1.1.1.1.7"

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.fate: list[str] = []

    async def ack(self) -> None:
        self.fate.append("ack")

    async def in_progress(self) -> None:
        self.fate.append("in progress")

    async def term(self) -> None:
        self.fate.append("term")


def create_envelope(
    number: int, *, box: str = "a", aggseq: int | None = None, name: str = "box.filled.v1", counts: str | None = None
) -> Envelope:
    """An event of a box; `counts` as in `aggcounts`, none for an envelope from before there were any."""
    return Envelope(
        id=new_id(),
        source="/boxes/main",
        type=f"eu.interlinkers.boxes.{name}",
        subject=box,
        time=MOMENT,
        aggseq=aggseq or number,
        aggcounts=counts,
        data={"number": number, "later": "added"},
    )


def create_history(count: int, *, box: str = "a") -> list[Envelope]:
    """The first events of a box, with their counts."""
    return [create_envelope(number, box=box, counts=f"box.filled.v1={number}") for number in range(1, count + 1)]


def delivery(envelope: Envelope) -> Message:
    return Message(envelope.model_dump_json().encode())


async def letters(db: Database) -> list[dict[str, Any]]:
    """The events that failed."""
    return await db.read(held.list_dead_letters, 100)


async def parked(db: Database) -> list[int]:
    """The numbers of the events that wait for an earlier one."""
    return list(
        await db.read(lambda session: session.scalars(select(ParkedRow.aggseq).order_by(ParkedRow.aggseq)).all())
    )
