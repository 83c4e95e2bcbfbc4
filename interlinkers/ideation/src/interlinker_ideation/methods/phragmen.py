"""Sequential Phragmen for budgets: everybody is given money at the same pace, and supporters buy an idea once they can.

Source: Los, Christoff, Grossi, "Proportional Budget Allocations: Towards a Systematization" (IJCAI 2022), rule 'sequential
Phragmen'. All arithmetic is exact.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from heapq import heapify, heappop, heappush

from interlinker_ideation.methods.electorate import Electorate
from interlinker_ideation.methods.equal_shares import not_bought
from interlinker_ideation.methods.greedy import Overrun
from interlinker_ideation.methods.placement import Contender, Election, Outcome, Placement, Tie, Verdict
from interlinker_ideation.methods.ties import BY_VOTES, Ties

NEVER = -1


def allocate(election: Election, *, overrun: Overrun = Overrun.STOP, ties: Ties = BY_VOTES) -> Outcome:
    """Fund ideas in the order in which their supporters can pay; an idea over the budget is passed over, or ends it.

    `left` of an idea that is not bought is what its supporters have saved at the end. What costs more than the whole budget
    is passed over at once.
    """
    course = _run(Electorate.of(election, ties), overrun, ties)
    funded = {one.number for one in course.bought}
    others = [one for one in election.contenders if one.number not in funded]
    ranked = [*course.bought, *ties.order(others, lambda one: one.votes)]
    placements = tuple(
        Placement(
            one, rank, Verdict.FUNDED if one.number in funded else course.verdict(one), course.saved.get(one.number)
        )
        for rank, one in enumerate(ranked, start=1)
    )
    return Outcome(placements, tuple(course.ties))


@dataclass(slots=True)
class _Course:
    """What happened, up to now."""

    bought: list[Contender] = field(default_factory=list)
    passed: set[int] = field(default_factory=set)
    saved: dict[int, Fraction] = field(default_factory=dict)
    ties: list[Tie] = field(default_factory=list)
    stopped: bool = False

    def verdict(self, contender: Contender) -> Verdict:
        if contender.number in self.passed:
            return Verdict.TOO_COSTLY
        verdict = not_bought(contender)
        return Verdict.STOPPED if self.stopped and verdict is Verdict.SHARES_SPENT else verdict


def _run(electorate: Electorate, overrun: Overrun, ties: Ties) -> _Course:
    savings = _Savings(electorate, [NEVER] * len(electorate.weights))
    left, now = electorate.budget, Fraction(0)
    course = _Course(passed={one.number for one in electorate.contenders if (one.cost or 0) > left})
    waiting = [(savings.ready(p), p) for p, one in enumerate(electorate.contenders) if one.number not in course.passed]
    heapify(waiting)
    while waiting and not course.stopped:
        now, places = _next(waiting, savings)
        over = [place for place in places if electorate.costs[place] > left]
        if over:
            course.passed.update(electorate.contenders[place].number for place in over)
            course.stopped = overrun is Overrun.STOP
            _put_back(waiting, now, [place for place in places if place not in over])
            continue
        winner, *others = places
        if others:
            course.ties.append(ties.settle([electorate.contenders[place] for place in places])[1])
            _put_back(waiting, now, others)
        course.bought.append(electorate.contenders[winner])
        left -= electorate.costs[winner]
        savings.spend(winner, now)
    _note_savings(course, electorate, savings, now)
    return course


def _next(waiting: list[tuple[Fraction, int]], savings: _Savings) -> tuple[Fraction, list[int]]:
    """Take out who can buy first, several if at the same moment, in the declared order of ties.

    Moments in `waiting` may be outdated, but never too late: who spends has to save anew.
    """
    now, places = Fraction(0), list[int]()
    while waiting and (not places or waiting[0][0] == now):
        known, place = heappop(waiting)
        moment = savings.ready(place)
        if moment != known:
            heappush(waiting, (moment, place))
        else:
            now = moment
            places.append(place)
    return now, sorted(places)


def _put_back(waiting: list[tuple[Fraction, int]], now: Fraction, places: list[int]) -> None:
    for place in places:
        heappush(waiting, (now, place))


def _note_savings(course: _Course, electorate: Electorate, savings: _Savings, now: Fraction) -> None:
    """What the supporters of those that were not bought have at the end."""
    bought = {one.number for one in course.bought}
    for place, one in enumerate(electorate.contenders):
        if one.number not in bought:
            course.saved[one.number] = savings.of(place, now)


@dataclass(slots=True)
class _Savings:
    """When each group of voters last spent everything: whoever buys an idea has nothing left at that moment.

    So all that a group needs is the number of its last purchase, however long the fraction of its time is.
    """

    electorate: Electorate
    last: list[int]
    moments: list[Fraction] = field(default_factory=list)

    def spend(self, place: int, now: Fraction) -> None:
        purchase = len(self.moments)
        self.moments.append(now)
        for group in self.electorate.supporters[place]:
            self.last[group] = purchase

    def ready(self, place: int) -> Fraction:
        """When the supporters of an idea can pay for it, in units of money per voter."""
        return (self._spent_before(place) + self.electorate.costs[place]) / self.electorate.contenders[place].votes

    def of(self, place: int, now: Fraction) -> Fraction:
        """What the supporters of an idea have saved together."""
        return self.electorate.contenders[place].votes * now - self._spent_before(place)

    def _spent_before(self, place: int) -> Fraction:
        counts = self.electorate.counted[place].count(self.last)
        counts.pop(NEVER, None)
        return sum((self.moments[purchase] * count for purchase, count in counts.items()), Fraction(0))
