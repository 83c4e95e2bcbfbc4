"""How far a consumer has come with an aggregate, and whether an event comes before one that it should follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, cast

from sqlalchemy import String, Table, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from interlinker_shared.db import SharedBase, upsert
from interlinker_shared.db.hot import Hot, HotWrite, each
from interlinker_shared.events.envelope import Envelope, format_counts, parse_counts

Counts = dict[str, int]


class Key(NamedTuple):
    """One aggregate of one source, as one consumer sees it."""

    consumer: str
    source: str
    aggregate: str


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
_find = Hot(
    select(_heads).where(
        _heads.c.consumer == bindparam("consumer"),
        _heads.c.source == bindparam("source"),
        _heads.c.aggregate.in_(select(each("aggregates", String))),
    )
)
_insert = upsert(_heads)
_save = HotWrite(
    _insert.on_conflict_do_update(
        index_elements=["consumer", "source", "aggregate"],
        set_={name: _insert.excluded[name] for name in ("counts", "aggseq", "held")},
    )
)


@dataclass
class Head:
    """A head while it is worked with; `moved` says that it is to be saved.

    `counts` holds only names that the consumer handles.
    """

    counts: Counts = field(default_factory=dict)
    aggseq: int = 0
    held: bool = False
    moved: bool = False

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
        self.moved = True

    def pass_over(self, wanted: Counts, envelope: Envelope) -> None:
        """Let later events not wait for this one any more, whose counts are `wanted`."""
        if wanted and not self.lacks(wanted, envelope.event):
            self.reach(wanted, envelope.aggseq)

    def pass_over_what_precedes(self, wanted: Counts, envelope: Envelope) -> None:
        """Let this event not wait any more for those that are missing before it."""
        self.reach(wanted | {envelope.event: wanted.get(envelope.event, 1) - 1}, 0)


def find_heads(session: Session, keys: Iterable[Key]) -> dict[Key, Head]:
    """How far the consumer has come with each of these aggregates: nowhere with one that is new to it."""
    heads = {key: Head() for key in keys}
    aggregates: dict[tuple[str, str], list[str]] = {}
    for key in heads:
        aggregates.setdefault((key.consumer, key.source), []).append(key.aggregate)
    for (consumer, source), some in aggregates.items():  # a statement for each source: SQLite's index finds no tuples
        for row in _find.all(session, consumer=consumer, source=source, aggregates=some):
            key = Key(row.consumer, row.source, row.aggregate)
            heads[key] = Head(parse_counts(row.counts), row.aggseq, row.held)
    return heads


def save_heads(session: Session, heads: Mapping[Key, Head]) -> None:
    """Remember how far the consumer has come, where that has changed."""
    moved = sorted(key for key, head in heads.items() if head.moved)  # so that writers never wait crosswise
    rows = [
        {**key._asdict(), "counts": format_counts(head.counts), "aggseq": head.aggseq, "held": head.held}
        for key, head in ((key, heads[key]) for key in moved)
    ]
    _save.many(session.connection(), rows)
