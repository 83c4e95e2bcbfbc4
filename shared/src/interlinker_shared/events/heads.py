"""How far a consumer has come with an aggregate, and whether an event comes before one that it should follow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import cast

from sqlalchemy import Table, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from interlinker_shared.db import SharedBase, upsert
from interlinker_shared.events.envelope import Envelope, format_counts, parse_counts, subject_of_type
from interlinker_shared.events.handler import Handler

Counts = dict[str, int]


class HeadRow(SharedBase):
    """How many events of each name a consumer has taken of one aggregate, and the number of the last one.

    `held` says that some of its events wait: see `interlinker_shared.events.held`.
    """

    __tablename__ = "heads"

    consumer: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    aggregate: Mapped[str] = mapped_column(primary_key=True)
    counts: Mapped[str]
    aggseq: Mapped[int]
    held: Mapped[bool]


_heads = cast("Table", HeadRow.__table__)
_find = select(_heads.c.counts, _heads.c.aggseq, _heads.c.held).where(
    _heads.c.consumer == bindparam("consumer"),
    _heads.c.source == bindparam("source"),
    _heads.c.aggregate == bindparam("aggregate"),
)
_insert = upsert(_heads)
_save = _insert.on_conflict_do_update(
    index_elements=["consumer", "source", "aggregate"],
    set_={name: _insert.excluded[name] for name in ("counts", "aggseq", "held")},
)


@dataclass
class Head:
    """A head while it is worked with. `counts` holds only names that the consumer handles."""

    counts: Counts = field(default_factory=dict)
    aggseq: int = 0
    held: bool = False

    def lacks(self, wanted: Counts, name: str) -> bool:
        """Whether events are missing that come before one called `name` whose counts are `wanted`."""
        return any(self.counts.get(other, 0) < number - (other == name) for other, number in wanted.items())

    def has_passed(self, wanted: Counts, name: str) -> bool:
        """Whether this event, or the gap it would have filled, was left behind already."""
        return self.counts.get(name, 0) >= wanted.get(name, 1)

    def reach(self, wanted: Counts, aggseq: int) -> None:
        """All of `wanted` are taken, or will never be."""
        for name, number in wanted.items():
            self.counts[name] = max(self.counts.get(name, 0), number)
        self.aggseq = max(self.aggseq, aggseq)


def find_head(session: Session, consumer: str, source: str, aggregate: str) -> Head:
    """How far `consumer` has come with an aggregate."""
    key = {"consumer": consumer, "source": source, "aggregate": aggregate}
    row = session.execute(_find, key).first()
    return Head() if row is None else Head(parse_counts(row.counts), row.aggseq, row.held)


def save_head(session: Session, consumer: str, source: str, aggregate: str, head: Head) -> None:
    """Remember how far `consumer` has come."""
    values = {"consumer": consumer, "source": source, "aggregate": aggregate}
    session.execute(_save, values | {"counts": format_counts(head.counts), "aggseq": head.aggseq, "held": head.held})


def wanted_by(handlers: Iterable[Handler]) -> Callable[[Envelope], Counts]:
    """A function that tells an envelope's counts of the names that `handlers` take; none where it carries no counts."""
    known: dict[str, bool] = {}
    takers = tuple(handlers)

    def takes(kind: str) -> bool:
        if kind not in known:
            known[kind] = any(handler.takes(subject_of_type(kind)) for handler in takers)
        return known[kind]

    def wanted(envelope: Envelope) -> Counts:
        if envelope.aggcounts is None:
            return {}
        prefix = envelope.type.removesuffix(envelope.event)
        return {name: number for name, number in parse_counts(envelope.aggcounts).items() if takes(prefix + name)}

    return wanted
