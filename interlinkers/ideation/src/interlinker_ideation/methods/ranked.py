"""Ranked choice: the Single Transferable Vote by the weighted inclusive Gregory method, and instant runoff for one winner.

STV follows the Scottish Local Government Elections Order 2007, rules 45 to 52: Droop quota in whole votes, one surplus at a
time, the largest first, transfer values cut off after five decimals, ties decided by the latest stage that tells them apart.
Only what is decided by lot there is decided by the declared order here. Amounts are integers in units of 10^-digits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from interlinker_ideation.methods.placement import Contender, Outcome, Placement, Tie, Verdict
from interlinker_ideation.methods.ties import TieBy, Ties

Rankings = Sequence[tuple[Sequence[int], int]]
"""Idea numbers in order of preference, equal ballots once each with how many there are."""

BY_LOT = Ties((TieBy.LOT,))
SCOTTISH_DIGITS = 5
EARLIER_STAGE = "stage"
NOBODY = 0


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a count: what each idea had, whom that elected or excluded, and what no longer counts for anybody.

    Votes are in units of `10 ** -digits`.
    """

    votes: dict[int, int]
    elected: tuple[int, ...]
    excluded: int | None
    lost: int


@dataclass(frozen=True, slots=True)
class Count:
    """A whole count; `quota` is in whole votes (of the first stage, for instant runoff)."""

    outcome: Outcome
    stages: tuple[Stage, ...]
    quota: int
    digits: int

    @property
    def elected(self) -> tuple[int, ...]:
        """The winners in the order in which they were elected."""
        return tuple(n for stage in self.stages for n in stage.elected)


def transferable_vote(
    contenders: Collection[Contender],
    ballots: Rankings,
    seats: int,
    *,
    digits: int = SCOTTISH_DIGITS,
    ties: Ties = BY_LOT,
) -> Count:
    """Elect `seats` ideas. Rankings may be short; numbers that are no contender's are passed over."""
    count = _Counting.started(contenders, ballots, digits, ties)
    quota = count.valid // (seats + 1) + 1
    while len(count.elected) < seats and count.hopeful:
        count.elect(count.at_least(quota, seats))
        if len(count.elected) + len(count.hopeful) <= seats:
            count.elect(count.by_votes(count.hopeful))  # as many are left as there are seats
        count.note()
        if len(count.elected) >= seats or not count.hopeful:
            break
        if surplus := count.surpluses(quota):
            count.transfer_surplus(surplus, quota)
        else:
            count.exclude(count.last())
    return count.finish(quota)


def instant_runoff(contenders: Collection[Contender], ballots: Rankings, *, ties: Ties = BY_LOT) -> Count:
    """Elect one idea: the last is excluded until one has more than half of the ballots that still name anybody."""
    count = _Counting.started(contenders, ballots, 0, ties)
    majority = count.valid // 2 + 1
    while count.hopeful:
        standing = count.votes()
        ahead = max(count.hopeful, key=standing.__getitem__)
        if 2 * standing[ahead] > sum(standing.values()) or len(count.hopeful) == 1:
            count.elect([ahead])
            count.note()
            break
        count.note()
        count.exclude(count.last())
    return count.finish(majority)


def first_preferences(contenders: Iterable[Contender], ballots: Rankings) -> tuple[Contender, ...]:
    """The contenders with the ballots on which they come first of those that are there."""
    there = tuple(contenders)
    numbers, votes = {one.number for one in there}, Counter[int]()
    for ranking, times in ballots:
        votes.update({next((number for number in ranking if number in numbers), NOBODY): times})
    return tuple(replace(one, votes=votes[one.number]) for one in there)


@dataclass(slots=True)
class _Parcel:
    """Equal ballots on their way: the preferences, how many, at which one they stand, and what each is worth now."""

    ranking: Sequence[int]
    times: int
    at: int
    value: int


@dataclass(slots=True)
class _Counting:
    """A count under way."""

    contenders: dict[int, Contender]
    piles: dict[int, list[_Parcel]]
    hopeful: list[int]
    unit: int
    digits: int
    ties: Ties
    valid: int = 0  # ballots that name anybody
    elected: list[int] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)  # elected, with a surplus to transfer
    excluded: list[int] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)
    broken: list[Tie] = field(default_factory=list)
    told: int = 0  # how many of the elected are in the stages

    @classmethod
    def started(cls, contenders: Collection[Contender], ballots: Rankings, digits: int, ties: Ties) -> _Counting:
        by_number = {one.number: one for one in sorted(contenders, key=ties.key)}
        count = cls(by_number, {number: [] for number in by_number}, list(by_number), 10**digits, digits, ties)
        for ranking, times in ballots:
            count.hand_on(_Parcel(ranking, times, -1, count.unit))
        count.valid = sum(count.votes().values()) // count.unit
        return count

    def hand_on(self, parcel: _Parcel) -> None:
        """Give ballots to the next preference that is still hopeful; where there is none, they count for nobody."""
        for at in range(parcel.at + 1, len(parcel.ranking)):
            if parcel.ranking[at] in self.hopeful:
                self.piles[parcel.ranking[at]].append(_Parcel(parcel.ranking, parcel.times, at, parcel.value))
                return

    def votes(self) -> dict[int, int]:
        return {number: sum(one.times * one.value for one in pile) for number, pile in self.piles.items()}

    def at_least(self, quota: int, seats: int) -> list[int]:
        """Those who reach the quota, most votes first; they cannot be more than there are seats."""
        standing = self.votes()
        reached = [number for number in self.hopeful if standing[number] >= quota * self.unit]
        return self.by_votes(reached)[: seats - len(self.elected)]

    def by_votes(self, numbers: Collection[int]) -> list[int]:
        ordered: list[int] = []
        left = list(numbers)
        while left:
            ordered.append(self.foremost(left))
            left.remove(ordered[-1])
        return ordered

    def elect(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self.elected.append(number)
            self.waiting.append(number)
            self.hopeful.remove(number)

    def note(self) -> None:
        """Write down a stage."""
        new, standing = tuple(self.elected[self.told :]), self.votes()
        self.told = len(self.elected)
        self.stages.append(Stage(standing, new, None, self.valid * self.unit - sum(standing.values())))

    def surpluses(self, quota: int) -> list[int]:
        """Those elected who still have more than the quota."""
        standing = self.votes()
        self.waiting = [number for number in self.waiting if standing[number] > quota * self.unit]
        return self.waiting

    def transfer_surplus(self, waiting: Sequence[int], quota: int) -> None:
        """Hand on the largest surplus: every ballot of the pile at the same share of its value, cut off."""
        number = self.foremost(waiting)
        self.waiting = [one for one in waiting if one != number]
        pile, self.piles[number] = self.piles[number], []
        total = sum(one.times * one.value for one in pile)
        surplus = total - quota * self.unit
        for one in pile:
            self.hand_on(_Parcel(one.ranking, one.times, one.at, one.value * surplus // total))
        self.piles[number] = [_Parcel((number,), 1, 0, quota * self.unit)]

    def exclude(self, number: int) -> None:
        """Hand on all ballots of the last, at the value they have."""
        self.hopeful.remove(number)
        self.excluded.append(number)
        pile, self.piles[number] = self.piles[number], []
        self.stages[-1] = replace(self.stages[-1], excluded=number)
        for one in pile:
            self.hand_on(one)

    def foremost(self, numbers: Collection[int]) -> int:
        """Who has most; equal ones by the latest stage that tells them apart, then as declared."""
        return self._decided(numbers, max)

    def last(self) -> int:
        """Who has least of the hopeful; equal ones likewise. What is declared says who comes first, so the last of it goes."""
        return self._decided(self.hopeful, min)

    def _decided(self, numbers: Collection[int], choose: Callable[[Iterable[int]], int]) -> int:
        standings = [self.votes(), *(stage.votes for stage in reversed(self.stages))]
        equals = list(numbers)
        for looked_at, standing in enumerate(standings):
            edge = choose(standing[number] for number in equals)
            among, equals = equals, [number for number in equals if standing[number] == edge]
            if looked_at == 0:
                tied = tuple(sorted(equals))
            elif len(equals) == 1 < len(among):
                self.broken.append(Tie(tied, equals[0], EARLIER_STAGE))
            if len(equals) == 1:
                return equals[0]
        ordered = sorted(equals, key=lambda number: self.ties.key(self.contenders[number]))
        chosen = ordered[0] if choose is max else ordered[-1]
        self.broken.append(Tie(tied, chosen, self.ties.by[-1]))
        return chosen

    def _placed(self, number: int, rank: int) -> Placement:
        verdict = Verdict.ELECTED if number in self.elected else Verdict.NOT_ELECTED
        decided = (at for at, one in enumerate(self.stages, start=1) if number == one.excluded or number in one.elected)
        stage = next(decided, len(self.stages))
        had = Fraction(self.stages[stage - 1].votes[number], self.unit) if self.stages else Fraction(0)
        return Placement(replace(self.contenders[number], score=had), rank, verdict, stage=stage)

    def finish(self, quota: int) -> Count:
        """Rank the elected in their order, then those who were never excluded, then the excluded from the last."""
        left = self.by_votes(self.hopeful)
        order = [*self.elected, *left, *reversed(self.excluded)]
        placements = tuple(self._placed(number, rank) for rank, number in enumerate(order, start=1))
        return Count(Outcome(placements, tuple(self.broken)), tuple(self.stages), quota, self.digits)
