"""Equal ideas are put in order by what was declared before the vote, and at last by a lot that anybody can draw again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from interlinker_ideation.methods.placement import Contender, Tie


class TieBy(StrEnum):
    """A criterion among equals. The last of a list leaves nobody equal: the earlier idea, or the lot."""

    VOTES = "votes"  # more votes first
    CHEAPER = "cheaper"  # lower cost first, an unknown cost last
    DEARER = "dearer"
    SUPPORT = "support"  # more support first
    EARLIER = "earlier"
    LOT = "lot"


TOTAL = frozenset({TieBy.EARLIER, TieBy.LOT})


@dataclass(frozen=True, slots=True)
class Ties:
    """The declared criteria in order; `seed` decides the lot, and is published with the result.

    Raises ValueError where the last criterion could leave two ideas equal.
    """

    by: tuple[TieBy, ...] = (TieBy.CHEAPER, TieBy.EARLIER)
    seed: str = ""

    def __post_init__(self) -> None:
        if not self.by or self.by[-1] not in TOTAL:
            raise ValueError(f"the last criterion must be one of {', '.join(sorted(TOTAL))}")

    def key(self, contender: Contender) -> tuple[Any, ...]:
        """The sort key of a contender among equals: no two of an election share one."""
        return tuple(_KEYS[by](contender, self.seed) for by in self.by)

    def settle(self, equals: Sequence[Contender]) -> tuple[Contender, Tie]:
        """The first of several equals, and the tie to publish."""
        keys = sorted((self.key(one), one) for one in equals)
        (first, winner), (second, _) = keys[:2]
        by = next(by for by, one, other in zip(self.by, first, second, strict=True) if one != other)
        return winner, Tie(tuple(sorted(one.number for one in equals)), winner.number, by)

    def order(self, contenders: Iterable[Contender], value: Callable[[Contender], Any]) -> list[Contender]:
        """Contenders by falling value; equal ones as declared."""
        ordered = sorted(contenders, key=self.key)
        ordered.sort(key=value, reverse=True)
        return ordered

    def broken(self, ordered: Sequence[Contender], value: Callable[[Contender], Any]) -> list[Tie]:
        """The ties within an order that `order` made: one for each run of equals."""
        runs: dict[Any, list[Contender]] = {}
        for one in ordered:
            runs.setdefault(value(one), []).append(one)
        return [self.settle(run)[1] for run in runs.values() if len(run) > 1]


BY_VOTES = Ties((TieBy.VOTES, TieBy.CHEAPER, TieBy.EARLIER))
"""What is usual for the proportional rules: more votes first, then the cheaper, then the earlier idea."""


def lot(seed: str, number: int) -> str:
    """The lot that an idea draws: SHA-256 of `seed:number`, the smallest in hexadecimal comes first."""
    return sha256(f"{seed}:{number}".encode()).hexdigest()


_KEYS: dict[TieBy, Callable[[Contender, str], Any]] = {
    TieBy.VOTES: lambda one, _: -one.votes,
    TieBy.CHEAPER: lambda one, _: (one.cost is None, one.cost or 0),
    TieBy.DEARER: lambda one, _: (one.cost is None, -(one.cost or 0)),
    TieBy.SUPPORT: lambda one, _: -one.support,
    TieBy.EARLIER: lambda one, _: one.number,
    TieBy.LOT: lambda one, seed: lot(seed, one.number),
}
