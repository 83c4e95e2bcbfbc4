"""What the methods take and give: contenders and ballots in, placements and the ties that were broken out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import TypeAlias

Approvals: TypeAlias = Sequence[int]
"""The idea numbers that a ballot approves."""

Grouped: TypeAlias = Sequence[tuple[Approvals, int]]
"""Equal ballots once each, with how many there are: a real election of 90 000 has a quarter as many different ones."""


class Verdict(StrEnum):
    """Why an idea is funded or elected, or not."""

    FUNDED = "funded"
    TOO_COSTLY = "too-costly"  # more than what was left
    NO_VOTES = "no-votes"
    NO_COST = "no-cost"  # nobody has said what it costs
    NO_BUDGET = "no-budget"  # there is no money to give: a ranking only
    SHARES_SPENT = "shares-spent"  # what its supporters had left of their shares does not pay for it
    STOPPED = "stopped"  # an earlier idea did not fit, and the rule stops there
    ELECTED = "elected"
    NOT_ELECTED = "not-elected"


@dataclass(frozen=True, slots=True)
class Contender:
    """An idea at the close; `number` counts from the earliest idea, money is in whole units of the currency.

    `votes` is how many ballots name it, `score` what they come to where that is another figure.
    """

    number: int
    votes: int
    cost: int | None = None
    support: int = 0
    score: int | Fraction | None = None

    @property
    def worth(self) -> int | Fraction:
        """The figure that ideas are put in order by: the score, or the votes where there is none."""
        return self.votes if self.score is None else self.score

    def with_more(self, ballots: int, worth: int) -> Contender:
        """The same after so many more ballots that name it, each raising its figure by `worth`."""
        score = None if self.score is None else self.score + ballots * worth
        return replace(self, votes=self.votes + ballots, score=score)


@dataclass(frozen=True, slots=True)
class Enough:
    """What would have funded an idea that was not, everything else being as it was; None: nothing of the kind would.

    `ballots` more that name this idea alone, where one fewer would not do; or a `cost` of so much, where one unit of
    money more would not do. Both are found by running the rule again.
    """

    ballots: int | None
    cost: int | None


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a contender ended: `rank` from 1 without shared ranks.

    `left` is the money that was there for it when it was decided: of the whole budget under the greedy rules, of its
    supporters' shares under the proportional ones. `paid` is what each supporter paid for it at the most, where shares pay.
    `stage` is the one of a ranked count, from 1, at which it was elected or excluded: its score is what it had then.
    """

    contender: Contender
    rank: int
    verdict: Verdict
    left: int | Fraction | None = None
    paid: Fraction | None = None
    enough: Enough | None = None
    stage: int | None = None

    @property
    def spent(self) -> int:
        return self.contender.cost or 0 if self.verdict is Verdict.FUNDED else 0


@dataclass(frozen=True, slots=True)
class Tie:
    """Contenders that were equal when one of them came first; `by` is the criterion that told them apart."""

    among: tuple[int, ...]
    first: int
    by: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Every contender's placement in the order of rank, and every tie that had to be broken."""

    placements: tuple[Placement, ...]
    ties: tuple[Tie, ...] = ()

    @property
    def funded(self) -> frozenset[int]:
        """The numbers of the ideas that get money."""
        return frozenset(one.contender.number for one in self.placements if one.verdict is Verdict.FUNDED)


@dataclass(frozen=True, slots=True)
class Election:
    """Contenders with their votes counted, the ballots that they were counted from, and the money to give.

    `worth` is by how much a ballot raises the figure of an idea if it gives it all it can; None where that is no fixed amount.
    """

    contenders: tuple[Contender, ...]
    ballots: Grouped
    budget: int
    worth: int | None = 1

    @classmethod
    def of(cls, contenders: Iterable[Contender], ballots: Grouped, budget: int) -> Election:
        """Count the ballots; votes that the contenders come with are replaced."""
        votes = count_approvals(ballots)
        counted = tuple(replace(one, votes=votes[one.number]) for one in contenders)
        return cls(counted, ballots, budget)

    @property
    def voters(self) -> int:
        return sum(times for _, times in self.ballots)

    def with_more(self, number: int, ballots: int) -> Election:
        """The same election with so many more ballots that name this idea alone."""
        more = tuple(
            one.with_more(ballots, self.worth or 1) if one.number == number else one for one in self.contenders
        )
        return replace(self, contenders=more, ballots=[*self.ballots, ((number,), ballots)])

    def at_cost(self, number: int, cost: int) -> Election:
        """The same election with this idea at another cost."""
        changed = tuple(replace(one, cost=cost) if one.number == number else one for one in self.contenders)
        return replace(self, contenders=changed)


def count_approvals(ballots: Iterable[tuple[Approvals, int]]) -> Counter[int]:
    """Count the ballots that approve each idea number; ballots come grouped."""
    votes: Counter[int] = Counter()
    for approved, times in ballots:
        for number in approved:
            votes[number] += times
    return votes
