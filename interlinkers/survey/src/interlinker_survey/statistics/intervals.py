"""How sure a share is: Wilson's score interval, and one for the Net Promoter Score."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

LEVEL = 0.95
_FEWER_SIDES = 2
PSEUDO = 3.0
"""Answers that the adjusted interval of a Net Promoter Score adds: a quarter of them detractors, half passives, a quarter promoters."""


@dataclass(frozen=True)
class Interval:
    """From `low` to `high`, both possible."""

    low: float
    high: float


def quantile(level: float) -> float:
    """How many standard deviations reach on both sides of the mean to hold `level` of a normal distribution."""
    return NormalDist().inv_cdf((1 + level) / _FEWER_SIDES)


def wilson(share: float, size: float, level: float = LEVEL) -> Interval:
    """Wilson's score interval of a share (0 to 1) among `size` answers, without continuity correction (Wilson 1927).

    `size` may be an effective one, no whole number. Without answers it is everything from 0 to 1.
    """
    if size <= 0:
        return Interval(0.0, 1.0)
    squared = quantile(level) ** 2
    middle = (share + squared / (2 * size)) / (1 + squared / size)
    reach = sqrt(squared) / (1 + squared / size) * sqrt(share * (1 - share) / size + squared / (4 * size * size))
    low = 0.0 if share <= 0 else max(0.0, middle - reach)
    return Interval(low, 1.0 if share >= 1 else min(1.0, middle + reach))


def promoters(
    detractors: float, passives: float, supporters: float, level: float = LEVEL
) -> tuple[float, Interval] | None:
    """The Net Promoter Score, from -1 to 1, and its adjusted Wald interval; None without answers.

    The interval is that of a difference of two shares of one multinomial, with `PSEUDO` answers more.
    """
    size = detractors + passives + supporters
    if size <= 0:
        return None
    score = (supporters - detractors) / size
    wider = size + PSEUDO
    for_it, against = (supporters + PSEUDO / 4) / wider, (detractors + PSEUDO / 4) / wider
    middle = for_it - against
    reach = quantile(level) * sqrt(max(0.0, for_it + against - middle * middle) / wider)
    return score, Interval(max(-1.0, middle - reach), min(1.0, middle + reach))
