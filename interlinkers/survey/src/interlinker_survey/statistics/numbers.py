"""Mean, standard deviation and quartiles of numbers, independent of the order in which they came."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from math import sqrt

QUARTERS = (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4))


@dataclass(frozen=True)
class Numbers:
    """Figures of `count` numbers. `deviation` is that of a sample (n - 1); None of a single one.

    `quartiles` are interpolated between neighbours (type 7 of Hyndman and Fan 1996): lower, median, upper.
    """

    count: int
    mean: float
    deviation: float | None
    quartiles: tuple[float, float, float]
    least: float
    most: float


def describe(counts: Mapping[float, int]) -> Numbers | None:
    """Figures of numbers, each given with how often it came; None when there are none. Sums are exact."""
    found = sorted((value, count) for value, count in counts.items() if count > 0)
    places = list(accumulate(count for _, count in found))
    if not places:
        return None
    size = places[-1]
    whole, unit = _whole([value for value, _ in found])
    total = sum(number * count for number, (_, count) in zip(whole, found, strict=True))
    squares = sum(number * number * count for number, (_, count) in zip(whole, found, strict=True))
    lower, median, upper = (float(_at(whole, places, quarter * (size - 1)) / unit) for quarter in QUARTERS)
    return Numbers(
        count=size,
        mean=float(Fraction(total, size * unit)),
        deviation=_deviation(size, total, squares, unit),
        quartiles=(lower, median, upper),
        least=float(found[0][0]),
        most=float(found[-1][0]),
    )


def _whole(values: list[float]) -> tuple[list[int], int]:
    """The numbers in a unit in which all of them are whole: the fractions of floats are powers of two."""
    ratios = [value.as_integer_ratio() for value in values]
    unit = max(below for _, below in ratios)
    return [above * (unit // below) for above, below in ratios], unit


def _deviation(size: int, total: int, squares: int, unit: int) -> float | None:
    if size == 1:
        return None
    return sqrt(Fraction(size * squares - total * total, size * (size - 1) * unit * unit))


def _at(whole: list[int], places: list[int], place: Fraction) -> Fraction:
    """The number at a place counted from 0 among the sorted ones, or between two of them."""
    before = place.numerator // place.denominator
    below = whole[bisect_right(places, before)]
    part = place - before
    return below + part * (whole[bisect_right(places, before + 1)] - below) if part else Fraction(below)
