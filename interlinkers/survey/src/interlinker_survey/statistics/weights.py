"""Weights that make answers stand for a population: given for each stratum, or raked to several margins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum

Stratum = tuple[str, ...]
MOST_ROUNDS = 1000
CLOSE_ENOUGH = 1e-10


class NoWeightError(ValueError):
    """No weights lead to the population: a part of it has nobody who answered, or the margins contradict each other."""


@dataclass(frozen=True)
class Weighted:
    """A weight for each stratum, on average 1 over all answers, and what the answers are worth: Kish's effective sample size."""

    weights: Mapping[Stratum, float]
    effective: float


def rake(counts: Mapping[Stratum, int], margins: Sequence[Mapping[str, float]]) -> Weighted:
    """Weights by iterative proportional fitting (Deming and Stephan 1940) of `counts` to the margins.

    A stratum has a key of each margin, in their order; a margin gives each key's size in the population, in any unit. With one margin these
    are the weights of post-stratification. Raises NoWeightError where no weights do it.
    """
    answers = {stratum: count for stratum, count in counts.items() if count > 0}
    size = sum(answers.values())
    goals = [_goal(margin, {stratum[place] for stratum in answers}, size) for place, margin in enumerate(margins)]
    weights = dict.fromkeys(answers, 1.0)
    for _ in range(MOST_ROUNDS):
        for place, goal in enumerate(goals):
            held = _held(answers, weights, place)
            weights = {
                stratum: weight * goal[stratum[place]] / held[stratum[place]] for stratum, weight in weights.items()
            }
        if all(_close(_held(answers, weights, place), goal, size) for place, goal in enumerate(goals)):
            return Weighted(weights, effective_size(answers, weights))
    message = "the margins contradict each other in what was answered"
    raise NoWeightError(message)


def effective_size(counts: Mapping[Stratum, int], weights: Mapping[Stratum, float]) -> float:
    """How many answers of equal weight tell as much: (Σ w)² / Σ w² (Kish 1965); 0 of none."""
    whole = fsum(count * weights[stratum] for stratum, count in counts.items())
    squares = fsum(count * weights[stratum] ** 2 for stratum, count in counts.items())
    return whole * whole / squares if squares else 0.0


def _goal(margin: Mapping[str, float], seen: set[str], size: int) -> dict[str, float]:
    whole = fsum(margin.values())
    if not seen or whole <= 0 or seen - margin.keys() or any(margin[key] > 0 and key not in seen for key in margin):
        message = "each part of the population needs somebody who answered, and each who answered a part"
        raise NoWeightError(message)
    if any(margin[key] <= 0 for key in seen):
        message = "a part of the population that somebody answered for is not empty"
        raise NoWeightError(message)
    return {key: number * size / whole for key, number in margin.items()}


def _held(counts: Mapping[Stratum, int], weights: Mapping[Stratum, float], place: int) -> dict[str, float]:
    held: defaultdict[str, float] = defaultdict(float)
    for stratum, count in counts.items():
        held[stratum[place]] += count * weights[stratum]
    return held


def _close(held: Mapping[str, float], goal: Mapping[str, float], size: int) -> bool:
    return all(abs(number - goal[key]) <= CLOSE_ENOUGH * size for key, number in held.items())
