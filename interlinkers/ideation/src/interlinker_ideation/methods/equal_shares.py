"""The Method of Equal Shares: everybody gets the same share of the budget, and supporters buy what they support.

Source: Peters, Pierczynski, Skowron, "Proportional Participatory Budgeting with Additive Utilities" (NeurIPS 2021); completion
by adding one unit of money per voter as https://equalshares.net/explanation describes it. All arithmetic is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from interlinker_ideation.methods.electorate import Electorate
from interlinker_ideation.methods.placement import Contender, Election, Outcome, Placement, Tie, Verdict
from interlinker_ideation.methods.purses import INFINITE, SLACK, Price, Purses
from interlinker_ideation.methods.ties import BY_VOTES, Ties

MOST_ROUNDS = 10_000
"""Shares grow no further after so many rounds; only a few voters with a very large budget come so far."""


class Utility(StrEnum):
    """What a voter gains by an idea that she supports and that is funded."""

    COST = "cost"  # as much as it costs
    CARDINALITY = "cardinality"  # one, whatever it costs


class Completion(StrEnum):
    """How money is given out that the shares alone do not reach."""

    NONE = "none"
    GREEDY = "greedy"  # most votes first, as far as it fits
    ADD_ONE = "add-one"  # everybody's share grows by one, as long as all that is bought fits into the budget
    ADD_ONE_GREEDY = "add-one+greedy"


NOWHERE = -1

Progress = Callable[[Fraction], None]
"""Told the share of each run that add-one makes, for whoever waits."""


@dataclass(frozen=True, slots=True)
class Bought:
    """What one run with a fixed share buys, in that order: by place, what each supporter paid at the most."""

    share: Fraction
    paid: Mapping[int, Fraction]
    ties: tuple[Tie, ...]
    purses: Purses

    @property
    def places(self) -> Collection[int]:
        return self.paid.keys()

    def left(self, place: int | None) -> Fraction | None:
        """What the supporters of an idea that was not bought have together at the end."""
        return None if place is None or place in self.paid else self.purses.held(place)


def allocate(
    election: Election,
    *,
    utility: Utility = Utility.COST,
    completion: Completion = Completion.ADD_ONE_GREEDY,
    ties: Ties = BY_VOTES,
    progress: Progress | None = None,
) -> Outcome:
    """Fund ideas by equal shares; ranked are first those bought, in that order, then those added, then the others by votes.

    With add-one the shares begin at a whole number of money units, rounded down.
    """
    electorate = Electorate.of(election, ties)
    bought = _complete(electorate, utility, completion, ties, progress or _silent)
    added = _fill_up(electorate, bought, ties) if completion in _FILLS_UP else []
    return _outcome(election, electorate, bought, added, ties)


def _silent(_share: Fraction) -> None:
    """Nobody waits."""


_FILLS_UP = {Completion.GREEDY, Completion.ADD_ONE_GREEDY}
_ADDS_ONE = {Completion.ADD_ONE, Completion.ADD_ONE_GREEDY}


def _complete(
    electorate: Electorate, utility: Utility, completion: Completion, ties: Ties, progress: Progress
) -> Bought:
    share = Fraction(electorate.budget, max(1, electorate.voters))
    if completion not in _ADDS_ONE:
        return buy(electorate, share, utility, ties)
    share, shop = Fraction(int(share)), Shop(electorate, utility, ties)
    best = shop.run(share)
    for _ in range(MOST_ROUNDS):
        if len(best.places) == len(electorate.contenders):
            break
        share += 1
        progress(share)
        more = shop.run(share)
        if _spent(electorate, more) > electorate.budget:
            break
        best = more
    return best


def _spent(electorate: Electorate, bought: Bought) -> int:
    costs = electorate.costs
    return sum(costs[place] for place in bought.places)


def _fill_up(electorate: Electorate, bought: Bought, ties: Ties) -> list[int]:
    """What else fits, most votes first, equal votes as declared."""
    left = electorate.budget - _spent(electorate, bought)
    taken = set(bought.places)
    added = []
    places = {one.number: place for place, one in enumerate(electorate.contenders)}
    for one in ties.order(electorate.contenders, lambda contender: contender.votes):
        place = places[one.number]
        if place not in taken and (one.cost or 0) <= left:
            added.append(place)
            left -= one.cost or 0
    return added


def _outcome(election: Election, electorate: Electorate, bought: Bought, added: Sequence[int], ties: Ties) -> Outcome:
    chosen = [electorate.contenders[place] for place in (*bought.places, *added)]
    funded = {one.number for one in chosen}
    others = [one for one in election.contenders if one.number not in funded]
    ranked = [*chosen, *ties.order(others, lambda one: one.votes)]
    places = {one.number: place for place, one in enumerate(electorate.contenders)}
    placements = tuple(
        Placement(
            one,
            rank,
            Verdict.FUNDED if one.number in funded else not_bought(one),
            left=bought.left(places.get(one.number)),
            paid=bought.paid.get(places.get(one.number, NOWHERE)),
        )
        for rank, one in enumerate(ranked, start=1)
    )
    return Outcome(placements, bought.ties)


def not_bought(contender: Contender) -> Verdict:
    """Why a proportional rule did not fund a contender."""
    if contender.votes == 0:
        return Verdict.NO_VOTES
    return Verdict.NO_COST if contender.cost is None else Verdict.SHARES_SPENT


def buy(electorate: Electorate, share: Fraction, utility: Utility, ties: Ties) -> Bought:
    """One run in which everybody has `share`: buy what costs its supporters least per unit of utility, until nothing can be paid."""
    return Shop(electorate, utility, ties).run(share)


@dataclass(slots=True)
class _Begun:
    """What every run with at least `share` begins with: so many of the ideas in `order`, bought without emptying a purse."""

    share: Fraction
    purses: Purses
    paid: dict[int, Fraction]
    broken: list[Tie]


class Shop:
    """Runs with growing shares, each of which goes on from where it begins to differ from the one before.

    An idea whose supporters can all pay alike costs `least`, whatever the share, and no idea ever costs less than its own. So as
    long as the cheapest by `least` are bought, at that price, a run with larger shares buys them too: its purses are only fuller.
    """

    def __init__(self, electorate: Electorate, utility: Utility, ties: Ties) -> None:
        self._electorate = electorate
        self._ties = ties
        self._gains = electorate.costs if utility is Utility.COST else [1] * len(electorate.costs)
        self._least = [
            Fraction(cost, one.votes * (gain or 1))
            for cost, one, gain in zip(electorate.costs, electorate.contenders, self._gains, strict=True)
        ]
        self._order = sorted(range(len(self._least)), key=lambda place: (self._least[place], place))
        self._begun: _Begun | None = None

    def run(self, share: Fraction) -> Bought:
        """One run. Shares that are no whole numbers more than the first one begin anew."""
        begun = self._begin(share)
        purses, paid, broken, gains = begun.purses, begun.paid, begun.broken, self._gains
        waiting = {place: float(least) for place, least in enumerate(self._least) if place not in paid}
        alike = True
        while best := _best(purses, waiting, gains):
            if alike and not self._is_alike(best, len(paid)):
                alike = False
                self._keep(share, purses, paid, broken)
            place = min(best)  # places are in the declared order of ties
            if len(best) > 1:
                broken.append(self._ties.settle([self._electorate.contenders[one] for one in best])[1])
            paid[place] = purses.pay(best[place])
            del waiting[place]
        return Bought(share, paid, tuple(broken), purses)

    def _begin(self, share: Fraction) -> _Begun:
        known = self._begun
        if known is None or share < known.share or (share - known.share).denominator != 1:
            return _Begun(share, Purses(self._electorate, share), {}, [])
        purses = known.purses.richer(int(share - known.share))
        return _Begun(share, purses, known.paid.copy(), known.broken.copy())

    def _is_alike(self, best: dict[int, Price], bought: int) -> bool:
        """Whether those that are cheapest now are those that are so at the least, all of them paid for alike."""
        least = self._least[self._order[bought]]
        cheapest = set()
        for place in self._order[bought:]:
            if self._least[place] != least:
                break
            cheapest.add(place)
        return cheapest == best.keys() and not any(price.poor for price in best.values())

    def _keep(self, share: Fraction, purses: Purses, paid: dict[int, Fraction], broken: list[Tie]) -> None:
        if self._begun is None or len(paid) > len(self._begun.paid):
            self._begun = _Begun(share, purses.richer(0), paid.copy(), broken.copy())


def _best(purses: Purses, waiting: dict[int, float], gains: Sequence[int]) -> dict[int, Price]:
    """The cheapest per unit of utility, several if equal; what cannot be paid any more is dropped from `waiting`."""
    best: dict[int, Price] = {}
    lowest = Fraction(0)
    for place in _near_best(purses, waiting, gains):
        price = purses.price(place)
        if price is None:
            del waiting[place]
            continue
        ratio = Fraction(price.amount, price.people * purses.denominator * (gains[place] or 1))
        if not best or ratio < lowest:
            best, lowest = {place: price}, ratio
        elif ratio == lowest:
            best[place] = price
    return best or (_best(purses, waiting, gains) if waiting else {})


def _near_best(purses: Purses, waiting: dict[int, float], gains: Sequence[int]) -> list[int]:
    """Those that floats cannot tell from the cheapest, and those that they cannot tell whether they can be paid."""
    near: dict[int, float] = {}
    bound = INFINITE
    doubtful = []
    for place, known in sorted(waiting.items(), key=lambda entry: entry[1]):
        if known > bound:
            break
        price, sure = purses.estimate(place)
        if price == INFINITE and sure:
            del waiting[place]
        elif not sure:
            doubtful.append(place)
        else:
            near[place] = waiting[place] = price / (gains[place] or 1)
            bound = min(bound, near[place] * (1 + SLACK))
    return [place for place, price in near.items() if price <= bound] + doubtful
