"""Scores to rank ideas by when not everybody has seen all of them: support up and down, ratings, points and places.

All are exact: integers and fractions, no floats, so that the same votes rank alike on every machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import isqrt

NORMAL_95 = Fraction(49, 25)
"""1.96: the two-sided normal quantile of 95 %."""

BILLION = 10**9


def wilson_bound(ups: int, downs: int, *, z: Fraction = NORMAL_95) -> Fraction:
    """The lower end of Wilson's interval for the share of ups, in whole billionths, rounded down; 0 without votes.

    So many ups of so many votes mean that the true share is hardly lower: three of three rank below ninety of a hundred.
    Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference" (JASA 22, 1927).
    """
    votes = ups + downs
    if votes == 0:
        return Fraction(0)
    square = z * z
    under_root = square * (square + Fraction(4 * ups * downs, votes)) * BILLION * BILLION
    root = isqrt(under_root.numerator // under_root.denominator) + 1  # rounded up, for it is taken away
    scaled = ((2 * ups + square) * BILLION - root) / (2 * (votes + square))
    return max(Fraction(0), Fraction(scaled.numerator // scaled.denominator, BILLION))


def bayesian_average(ratings: Iterable[int], *, middle: Fraction, weight: int) -> Fraction:
    """The mean of the ratings and of `weight` more that are all in the `middle`: few ratings say little. None at all: `middle`."""
    given = list(ratings)
    return (sum(given) + middle * weight) / (len(given) + weight) if given or weight else middle


def sum_points(ballots: Iterable[tuple[Sequence[tuple[int, int]], int]]) -> Counter[int]:
    """The points of each idea number; ballots are `((number, points)…, how many such ballots)`."""
    total: Counter[int] = Counter()
    for given, times in ballots:
        for number, some in given:
            total[number] += some * times
    return total


def borda(ballots: Iterable[tuple[Sequence[int], int]], places: int) -> Counter[int]:
    """Of rankings with up to so many places, the first is worth as many points, each next one fewer."""
    total: Counter[int] = Counter()
    for ranking, times in ballots:
        for place, number in enumerate(ranking[:places]):
            total[number] += (places - place) * times
    return total
