"""What rankings come to: where each key stands on average, and its points by Borda."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

Ranking = tuple[str, ...]


@dataclass(frozen=True)
class Rank:
    """How one key was ranked. `mean` counts from 1 among those who ranked it, None when nobody did; `first` put it first.

    `borda` gives a key one point for each key that stands behind it; those that were not ranked share the places left.
    """

    ranked: int
    first: int
    mean: float | None
    borda: float


def rank(keys: tuple[str, ...], rankings: Mapping[Ranking, int]) -> dict[str, Rank]:
    """The rank of each of `keys`; `rankings` are distinct keys in order, each with how many gave it."""
    ranked, first = dict.fromkeys(keys, 0), dict.fromkeys(keys, 0)
    places, points = dict.fromkeys(keys, 0), dict.fromkeys(keys, Fraction())
    for order, count in rankings.items():
        for place, key in enumerate(order):
            ranked[key] += count
            places[key] += count * (place + 1)
            points[key] += count * (len(keys) - 1 - place)
            first[key] += count if place == 0 else 0
        left = len(keys) - len(order)
        for key in set(keys) - set(order):
            points[key] += Fraction(count * (left - 1), 2)
    return {
        key: Rank(ranked[key], first[key], places[key] / ranked[key] if ranked[key] else None, float(points[key]))
        for key in keys
    }
