"""Pairwise wiki surveys: people choose between two ideas at a time, and a strength is estimated for each idea.

The model of Bradley and Terry ("Rank Analysis of Incomplete Block Designs", Biometrika 39, 1952), with a weak prior, fitted by
Newton's method for one strength after the other. Floats, added up in the order of the ideas' numbers: the same answers give the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, sqrt
from random import Random

PRIOR = 1.0
"""Answers that each idea is taken to have won, and lost, half of each against an idea of middling strength. Without them an
idea that always won would be infinitely strong, and ideas that were never compared could not be."""

CLOSE_ENOUGH = 1e-5
ROUNDS = 200
STRIDE = 1.0  # no step is longer: far from the middle Newton's are too long
NORMAL_95 = 1.96
EXPLORE = 0.2
"""The share of pairs that serve the ideas shown least, whatever is known of them."""

CANDIDATES = 12

Answers = Mapping[tuple[int, int], int]
"""How often the first of two ideas was chosen over the second."""


@dataclass(frozen=True, slots=True)
class Strength:
    """How strong an idea is: `log` on a scale where 0 is middling, `error` its standard error, `answers` how many it was in.

    Where an idea met few others the errors are a little small.
    """

    number: int
    log: float
    error: float
    answers: int

    @property
    def interval(self) -> tuple[float, float]:
        """Within it, the strength lies in 95 of 100 cases if pairs were drawn blindly.

        In about 80 of 100 if `next_pair` chose them: it looks again at ideas for being close to the top, by luck as well.
        """
        return self.log - NORMAL_95 * self.error, self.log + NORMAL_95 * self.error

    @property
    def score(self) -> float:
        """The chance, from 0 to 1, that it is chosen over an idea of middling strength."""
        return chance(self.log)

    def beats(self, other: Strength) -> float:
        """The probability that this is the stronger idea."""
        spread = sqrt(self.error**2 + other.error**2)
        return chance(1.702 * (self.log - other.log) / spread)  # the logistic curve that is closest to the normal one


def chance(difference: float) -> float:
    """The chance that an idea stronger by `difference` is chosen."""
    return 1 / (1 + exp(-max(-700.0, min(700.0, difference))))


def count_answers(answers: Iterable[tuple[int, int]]) -> Counter[tuple[int, int]]:
    """Count `(chosen, other)`."""
    return Counter(answers)


def instant_score(won: int, answers: int) -> float:
    """What can be told of an idea before the strengths are estimated anew."""
    return (won + 1) / (answers + 2)


def estimate(
    numbers: Iterable[int], answers: Answers, *, begin: Mapping[int, Strength] | None = None
) -> list[Strength]:
    """The strengths of these ideas, by number; `begin` with those of a former estimate, to be done sooner.

    Answers about other ideas are left out.
    """
    ordered = sorted(numbers)
    places = {number: place for place, number in enumerate(ordered)}
    met, won = _met(answers, places)
    logs = [begin[number].log if begin and number in begin else 0.0 for number in ordered]
    for _ in range(ROUNDS):
        if _round(logs, met, won) < CLOSE_ENOUGH:
            break
    errors = _errors(logs, met)
    return [
        Strength(number, logs[place], errors[place], sum(times for _, times in met[place]))
        for place, number in enumerate(ordered)
    ]


def _met(answers: Answers, places: Mapping[int, int]) -> tuple[list[list[tuple[int, int]]], list[float]]:
    """For each place, the places it met and how often; and how often it won, the prior included."""
    met: list[Counter[int]] = [Counter() for _ in places]
    won = [PRIOR / 2 for _ in places]
    for (chosen, other), times in sorted(answers.items()):
        if chosen in places and other in places and chosen != other:
            one, two = places[chosen], places[other]
            met[one][two] += times
            met[two][one] += times
            won[one] += times
    return [sorted(counts.items()) for counts in met], won


def _round(logs: list[float], met: Sequence[Sequence[tuple[int, int]]], won: Sequence[float]) -> float:
    """Improve each strength by one step, given the others as they are by now; tells the largest step."""
    largest = 0.0
    worth = [exp(one) for one in logs]
    for place, others in enumerate(met):
        own = worth[place]
        share = own / (own + 1)
        expected, information = PRIOR * share, PRIOR * share * (1 - share)
        for other, times in others:
            share = own / (own + worth[other])
            expected += times * share
            information += times * share * (1 - share)
        step = max(-STRIDE, min(STRIDE, (won[place] - expected) / information))
        logs[place] += step
        worth[place] = exp(logs[place])
        largest = max(largest, abs(step))
    _shift(logs)
    return largest


def _shift(logs: list[float]) -> None:
    """Move all strengths together to where the prior holds them: answers say nothing of that, so single steps are slow to."""
    shares = [chance(one) for one in logs]
    slope = sum(share * (1 - share) for share in shares) or 1.0
    step = max(-STRIDE, min(STRIDE, (len(shares) / 2 - sum(shares)) / slope))
    logs[:] = [one + step for one in logs]


def _errors(logs: Sequence[float], met: Sequence[Sequence[tuple[int, int]]]) -> list[float]:
    """The roots of the diagonal of the inverse Fisher information, as far as its first two terms.

    The first takes the other strengths for known, the second counts in what is not known of the ideas that it met.
    """
    told = [
        [(other, times * _spread(logs[place] - logs[other])) for other, times in others]
        for place, others in enumerate(met)
    ]
    own = [PRIOR * _spread(logs[place]) + sum(one for _, one in others) for place, others in enumerate(told)]
    return [
        sqrt(1 / own[place] + sum(one * one / own[other] for other, one in others) / own[place] ** 2)
        for place, others in enumerate(told)
    ]


def _spread(difference: float) -> float:
    """What one answer tells about a difference."""
    even = chance(difference)
    return even * (1 - even)


def next_pair(
    strengths: Sequence[Strength], shown: Mapping[int, int], rng: Random, *, top: int = 10
) -> tuple[int, int]:
    """Two ideas whose comparison tells most about which are the `top` ones; one in five serves what was shown least.

    `shown` counts how often each was shown, by number, since the estimate too. Which comes first is drawn.
    Raises ValueError for fewer than two ideas.
    """
    if len(strengths) < 2:  # noqa: PLR2004 - a pair
        raise ValueError("a pair takes two ideas")
    if rng.random() < EXPLORE or not any(one.answers for one in strengths):
        pair = _least_shown(strengths, shown, rng)
    else:
        pair = _telling(strengths, shown, rng, top)
    return pair if rng.random() < 0.5 else pair[::-1]  # noqa: PLR2004 - heads or tails


def _least_shown(strengths: Sequence[Strength], shown: Mapping[int, int], rng: Random) -> tuple[int, int]:
    """The idea shown least, and one of those shown least after it."""
    ordered = sorted(strengths, key=lambda one: (shown.get(one.number, 0), rng.random()))
    return ordered[0].number, rng.choice(ordered[1 : 1 + CANDIDATES]).number


def _telling(strengths: Sequence[Strength], shown: Mapping[int, int], rng: Random, top: int) -> tuple[int, int]:
    """An idea that may or may not be among the top, and the one that it is least known to be stronger than."""
    border = _border(strengths, top)
    known = {one.number: one.error * sqrt((one.answers + 1) / (shown.get(one.number, 0) + 1)) for one in strengths}
    doubt = [known[one.number] * exp(-0.5 * ((one.log - border) / known[one.number]) ** 2) for one in strengths]
    first = rng.choices(strengths, [one + 1e-12 for one in doubt])[0]

    def told(other: Strength) -> float:
        return _spread(first.log - other.log) * (known[first.number] ** 2 + known[other.number] ** 2)

    others = [one for one in strengths if one.number != first.number]
    weights = [
        told(other) * (weight + 1e-12) for other, weight in zip(strengths, doubt, strict=True) if other is not first
    ]
    return first.number, rng.choices(others, weights)[0].number


def _border(strengths: Sequence[Strength], top: int) -> float:
    """Halfway between the last of the top and the first that is not."""
    logs = sorted((one.log for one in strengths), reverse=True)
    at = min(max(top, 1), len(logs) - 1)
    return (logs[at - 1] + logs[at]) / 2
