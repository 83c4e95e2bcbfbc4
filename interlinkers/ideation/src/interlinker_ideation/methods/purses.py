"""What voters have left while ideas are bought from their shares: exact where it counts, floats where they suffice to see."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, inf
from operator import mul

from interlinker_ideation.methods.electorate import Electorate

INFINITE = inf

SLACK = 1e-5
"""Floats that differ by less, relatively, tell nothing: a price from floats is off by less than 1e-7 with a million voters."""

EMPTY, FULL = 0, 1


@dataclass(frozen=True, slots=True)
class Price:
    """What buying an idea takes: `amount` over `people`, in the purses' unit, from each who has it; all from who has less.

    `kinds` says how many of its supporters have each kind of purse, `poor` which kinds are emptied.
    """

    place: int
    amount: int
    people: int
    kinds: dict[int, int]
    poor: frozenset[int]


class Purses:
    """The purse of each group of voters.

    Few purses differ: who bought the same things has the same left. So a group points to a kind of purse, and a kind is what
    another kind was before one purchase. Its exact amount, an integer over a denominator that grows with the purchases, is
    worked out only when an emptied purse or a close comparison asks for it; a float does for all the rest.
    """

    def __init__(self, electorate: Electorate, share: Fraction) -> None:
        self.electorate = electorate
        self.denominator = share.denominator
        self._denominators = [share.denominator]  # after each purchase
        self._prices = [0]  # what a purchase took at the most, over the denominator after it
        self._kept = [FULL] * len(electorate.weights)
        self._estimates = [0.0, float(share)]
        self._before = [EMPTY, FULL]
        self._purchase = [0, 0]
        self._exact: dict[int, tuple[int, int]] = {EMPTY: (0, 0), FULL: (share.numerator, 0)}
        self._counted: dict[int, tuple[int, dict[int, int]]] = {}
        self._grain = float(share) * 1e-10  # what the floats may be off by, and more

    def richer(self, by: int) -> Purses:
        """The same purses after the same purchases if everybody had got so many whole units more; nobody may have been emptied."""
        other = copy(self)
        other.enrich(by)
        return other

    def enrich(self, by: int) -> None:
        """Give everybody so many units more, and share nothing any more with purses that these are a copy of."""
        more = [by * one for one in self._denominators]
        self._exact = {kind: (amount + more[at], at) for kind, (amount, at) in self._exact.items()} | {EMPTY: (0, 0)}
        self._estimates = [0.0, *[one + by for one in self._estimates[1:]]]
        self._denominators, self._prices = self._denominators[:], self._prices[:]
        self._before, self._purchase = self._before[:], self._purchase[:]
        self._kept, self._counted = self._kept[:], self._counted.copy()

    def estimate(self, place: int) -> tuple[float, bool]:
        """About what each supporter must be ready to pay, INFINITE if they cannot; and whether floats can tell that."""
        cost, people = self.electorate.costs[place], self.electorate.contenders[place].votes
        kinds, estimates = self._kinds(place), self._estimates
        total = sum(map(mul, map(estimates.__getitem__, kinds), kinds.values()))
        sure = abs(total - cost) > cost * SLACK or cost == 0
        rest = float(cost)
        for kind in sorted(kinds, key=estimates.__getitem__) if total > cost * (1 - SLACK) else ():
            if estimates[kind] * people >= rest:
                return rest / people, sure
            rest -= estimates[kind] * kinds[kind]
            people -= kinds[kind]
        return INFINITE, sure and total < cost

    def price(self, place: int) -> Price | None:
        """The least that each supporter must be ready to pay, exactly; None: together they cannot."""
        kinds = self._kinds(place)
        about = self.estimate(place)[0]
        margin = INFINITE if about == INFINITE else about * SLACK + self._grain
        poor = [kind for kind in kinds if self._estimates[kind] < about - margin]
        close = [kind for kind in kinds if about - margin <= self._estimates[kind] <= about + margin]
        if about == INFINITE:
            poor, close = [], list(kinds)
        rest = self.electorate.costs[place] * self.denominator - self._sum(poor, kinds)
        people = self.electorate.contenders[place].votes - sum(kinds[kind] for kind in poor)
        for amount, kind in sorted((self._amount(kind), kind) for kind in close):
            if amount * people >= rest:
                break
            poor.append(kind)
            rest -= amount * kinds[kind]
            people -= kinds[kind]
        return Price(place, rest, people, kinds, frozenset(poor)) if people else None

    def pay(self, price: Price) -> Fraction:
        """Take the price from the supporters; tells what each paid at the most."""
        factor = price.people // gcd(price.amount, price.people)
        self.denominator *= factor
        self._denominators.append(self.denominator)
        self._prices.append(price.amount * factor // price.people)
        changed = dict.fromkeys(price.poor, EMPTY) | self._less(
            [kind for kind in price.kinds if kind not in price.poor]
        )
        kept = self._kept
        for group in self.electorate.supporters[price.place]:
            kept[group] = changed[kept[group]]
        return Fraction(self._prices[-1], self.denominator)

    def held(self, place: int) -> Fraction:
        """What the supporters of an idea have left together."""
        kinds = self._kinds(place)
        return Fraction(self._sum(kinds, kinds), self.denominator)

    def _less(self, kinds: list[int]) -> dict[int, int]:
        """The kinds of purses that these are after the last purchase."""
        estimates, first, purchase = self._estimates, len(self._before), len(self._prices) - 1
        paid = self._prices[purchase] / self.denominator
        estimates.extend([left if (left := estimates[kind] - paid) > 0 else 0.0 for kind in kinds])
        self._before.extend(kinds)
        self._purchase.extend([purchase] * len(kinds))
        return dict(zip(kinds, range(first, first + len(kinds)), strict=True))

    def _sum(self, some: Iterable[int], kinds: dict[int, int]) -> int:
        return sum(self._amount(kind) * kinds[kind] for kind in some)

    def _amount(self, kind: int) -> int:
        """What is in a purse of this kind, over the newest denominator."""
        missing = []
        while kind not in self._exact:
            missing.append(kind)
            kind = self._before[kind]
        for later in reversed(missing):
            purchase = self._purchase[later]
            self._exact[later] = self._over(kind, purchase) - self._prices[purchase], purchase
            kind = later
        newest = len(self._denominators) - 1
        amount = self._over(kind, newest)
        self._exact[kind] = amount, newest
        return amount

    def _over(self, kind: int, purchase: int) -> int:
        amount, at = self._exact[kind]
        return amount if at == purchase else amount * self._denominators[purchase] // self._denominators[at]

    def _kinds(self, place: int) -> dict[int, int]:
        """How many supporters of an idea have each kind of purse."""
        at, kinds = self._counted.get(place, (-1, {}))
        if at != len(self._prices):
            kinds = self.electorate.counted[place].count(self._kept)
            self._counted[place] = len(self._prices), kinds
        return kinds
