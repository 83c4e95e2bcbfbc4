"""What each idea's ballots come to, for the rules that go by one figure per idea: votes, points, ratings, ups and downs, places."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeAlias

from interlinker_ideation.methods import scores
from interlinker_ideation.methods.placement import Contender, count_approvals

Marks: TypeAlias = Sequence[tuple[Any, int]]
"""Ballots of any type, equal ones once each: idea numbers, or pairs of an idea number and a value; and how many such."""


class ScoreBy(StrEnum):
    """The figure that ideas are put in order by."""

    VOTES = "votes"  # ballots that name the idea
    SUPPORT = "support"  # people who support it; there are no ballots
    POINTS = "points"
    RATING = "rating"  # the mean, drawn to the middle of the scale while ratings are few
    UP_DOWN = "up-down"  # the lower end of Wilson's interval
    BORDA = "borda"  # of so many places the first is worth as many points, each next one fewer


@dataclass(frozen=True, slots=True)
class Scoring:
    """A figure, and what it depends on: `levels` and `weight` of a rating, `places` of a ranking, `most` points for one idea."""

    by: ScoreBy = ScoreBy.VOTES
    levels: int = 5
    weight: int = 5
    places: int = 0
    most: int = 1

    @property
    def parameters(self) -> dict[str, Any]:
        """What has to be published for the figures to be computed again; `of` reads it."""
        return {"score": self.by.value} | {name: getattr(self, name) for name in _NEEDED.get(self.by, ())}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Scoring:
        """The scoring that `parameters` told of. Raises ValueError for what is none, KeyError where something is missing."""
        by = ScoreBy(told["score"])
        return cls(by, **{name: told[name] for name in _NEEDED.get(by, ())})

    @property
    def worth(self) -> int | None:
        """By how much one more ballot raises the figure of an idea if it gives it all it can; None where that is no fixed amount."""
        return _WORTH[self.by](self) if self.by in _WORTH else None

    def tally(self, contenders: Iterable[Contender], ballots: Marks) -> tuple[Contender, ...]:
        """The contenders with their votes and, where that is something else, their score."""
        return _TALLIES[self.by](tuple(contenders), ballots, self)


VOTES = Scoring()

_NEEDED: dict[ScoreBy, tuple[str, ...]] = {
    ScoreBy.RATING: ("levels", "weight"),
    ScoreBy.POINTS: ("most",),
    ScoreBy.BORDA: ("places",),
}
_WORTH: dict[ScoreBy, Callable[[Scoring], int]] = {
    ScoreBy.VOTES: lambda _: 1,
    ScoreBy.SUPPORT: lambda _: 1,
    ScoreBy.POINTS: lambda scoring: scoring.most,
    ScoreBy.BORDA: lambda scoring: scoring.places,
}


def _votes(contenders: tuple[Contender, ...], ballots: Marks, _scoring: Scoring) -> tuple[Contender, ...]:
    votes = count_approvals(ballots)
    return tuple(replace(one, votes=votes[one.number]) for one in contenders)


def _supported(contenders: tuple[Contender, ...], _ballots: Marks, _scoring: Scoring) -> tuple[Contender, ...]:
    return tuple(replace(one, votes=one.support) for one in contenders)


def _points(contenders: tuple[Contender, ...], ballots: Marks, _scoring: Scoring) -> tuple[Contender, ...]:
    points = scores.sum_points(ballots)
    named = count_approvals(([number for number, _ in given], times) for given, times in ballots)
    return _scored(contenders, named, lambda number: points[number])


def _borda(contenders: tuple[Contender, ...], ballots: Marks, scoring: Scoring) -> tuple[Contender, ...]:
    points = scores.borda(ballots, scoring.places)
    return _scored(contenders, count_approvals(ballots), lambda number: points[number])


def _ratings(contenders: tuple[Contender, ...], ballots: Marks, scoring: Scoring) -> tuple[Contender, ...]:
    given, middle = _by_value(ballots), Fraction(1 + scoring.levels, 2)

    def average(number: int) -> Fraction:
        return scores.bayesian_average(given[number].elements(), middle=middle, weight=scoring.weight)

    votes = Counter({number: values.total() for number, values in given.items()})
    return _scored(contenders, votes, average)


def _ups(contenders: tuple[Contender, ...], ballots: Marks, _scoring: Scoring) -> tuple[Contender, ...]:
    given = _by_value(ballots)
    ups = Counter({number: values[1] for number, values in given.items()})
    return _scored(contenders, ups, lambda number: scores.wilson_bound(given[number][1], given[number][-1]))


def _by_value(ballots: Marks) -> dict[int, Counter[int]]:
    """How often each idea got each value."""
    given: dict[int, Counter[int]] = defaultdict(Counter)
    for pairs, times in ballots:
        for number, value in pairs:
            given[number][value] += times
    return given


def _scored(
    contenders: tuple[Contender, ...], votes: Counter[int], score: Callable[[int], int | Fraction]
) -> tuple[Contender, ...]:
    return tuple(replace(one, votes=votes[one.number], score=score(one.number)) for one in contenders)


_TALLIES: dict[ScoreBy, Callable[[tuple[Contender, ...], Marks, Scoring], tuple[Contender, ...]]] = {
    ScoreBy.VOTES: _votes,
    ScoreBy.SUPPORT: _supported,
    ScoreBy.POINTS: _points,
    ScoreBy.RATING: _ratings,
    ScoreBy.UP_DOWN: _ups,
    ScoreBy.BORDA: _borda,
}
