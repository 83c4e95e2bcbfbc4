"""What the methods take and give: contenders in, placements out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """Why an idea is funded or not."""

    FUNDED = "funded"
    TOO_COSTLY = "too-costly"  # more than what was left
    NO_VOTES = "no-votes"
    NO_COST = "no-cost"  # nobody has said what it costs
    NO_BUDGET = "no-budget"  # there is no money to give: a ranking only


@dataclass(frozen=True, slots=True)
class Contender:
    """An idea at the close; `number` counts from the earliest idea, money is in whole units of the currency."""

    number: int
    votes: int
    cost: int | None = None
    support: int = 0


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a contender ended: `rank` from 1 without shared ranks, `left` is the money that was left at its turn."""

    contender: Contender
    rank: int
    verdict: Verdict
    left: int | None = None

    @property
    def spent(self) -> int:
        return self.contender.cost or 0 if self.verdict is Verdict.FUNDED else 0
