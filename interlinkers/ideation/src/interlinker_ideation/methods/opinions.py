"""Opinions on statements: who agrees, disagrees or passes, counted once per person, and what groups of people have in common.

A vote is 1 (agrees), -1 (disagrees) or 0 (passes). Source of the measures: C. Small et al., "Polis: Scaling Deliberation by Mapping
High Dimensional Opinion Spaces" (Recerca 26(2), 2021). Nothing is told of groups of fewer than five people.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import TypeAlias

AGREES, DISAGREES, PASSES = 1, -1, 0
FEWEST_IN_GROUP = 5
"""What fewer people think would point at them."""

ENOUGH_VOTES = 7
"""Who has voted on fewer statements, or on fewer than there are, is placed in no group."""

CONFIDENT = 1.2816
"""One-sided normal quantile of 90 %."""

Votes: TypeAlias = Mapping[tuple[int, int], int]
"""The last vote of each person on each statement, by person and statement."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How people voted on a statement."""

    agrees: int = 0
    disagrees: int = 0
    passes: int = 0

    @property
    def seen(self) -> int:
        return self.agrees + self.disagrees + self.passes

    def plus(self, vote: int) -> Counts:
        return Counts(
            self.agrees + (vote == AGREES), self.disagrees + (vote == DISAGREES), self.passes + (vote == PASSES)
        )


@dataclass(frozen=True, slots=True)
class Representative:
    """A statement that sets a group apart: the share of the group that holds the position, and of everybody else who saw it.

    `z` says how sure the difference is, in standard deviations.
    """

    statement: int
    position: int
    share: Fraction
    elsewhere: Fraction
    z: float


def last_votes(events: Iterable[tuple[int, int, int]]) -> dict[tuple[int, int], int]:
    """The last vote of each person on each statement, from `(person, statement, vote)` in the order of time."""
    return {(person, statement): vote for person, statement, vote in events}


def count_votes(votes: Iterable[tuple[int, int]]) -> dict[int, Counts]:
    """Count `(statement, vote)` pairs by statement: once per person from `last_votes`, or every event, as Polis' files do."""
    counts: dict[int, Counts] = {}
    for statement, vote in votes:
        counts[statement] = counts.get(statement, Counts()).plus(vote)
    return counts


def placed(votes: Votes) -> list[int]:
    """The people with enough votes to be placed in a group."""
    given: dict[int, int] = {}
    for person, _ in votes:
        given[person] = given.get(person, 0) + 1
    enough = min(ENOUGH_VOTES, len({statement for _, statement in votes}))
    return sorted(person for person, many in given.items() if many >= enough)


def counts_by_group(votes: Votes, groups: Sequence[Collection[int]]) -> list[dict[int, Counts]]:
    """How each group voted on each statement. Raises ValueError for a group of fewer than five people."""
    if any(len(group) < FEWEST_IN_GROUP for group in groups):
        raise ValueError(f"a group has fewer than {FEWEST_IN_GROUP} people")
    of = {person: at for at, group in enumerate(groups) for person in group}
    counted: list[dict[int, Counts]] = [{} for _ in groups]
    for (person, statement), vote in votes.items():
        if person in of:
            here = counted[of[person]]
            here[statement] = here.get(statement, Counts()).plus(vote)
    return counted


def consensus(groups: Sequence[Mapping[int, Counts]]) -> dict[int, Fraction]:
    """How far all groups agree with each statement: the product of their smoothed shares, exactly; 1 would be everybody.

    A group that has not seen a statement counts as undecided, one half.
    """
    statements = sorted({statement for group in groups for statement in group})
    return {
        statement: _product(_smoothed(group.get(statement, Counts()), AGREES) for group in groups)
        for statement in statements
    }


def representative(groups: Sequence[Mapping[int, Counts]], most: int = 5) -> list[list[Representative]]:
    """For each group, the statements that it agrees or disagrees with far more than everybody else, the surest first."""
    return [_of_group(group, [other for other in groups if other is not group], most) for group in groups]


def _of_group(group: Mapping[int, Counts], others: Sequence[Mapping[int, Counts]], most: int) -> list[Representative]:
    found = []
    for statement, inside in group.items():
        outside = _sum(other.get(statement, Counts()) for other in others)
        both = [_compared(statement, position, inside, outside) for position in (AGREES, DISAGREES)]
        best = max(both, key=lambda one: (one.z, one.position))
        if best.z > CONFIDENT and _above_half(inside, best.position) > CONFIDENT:
            found.append(best)
    return sorted(found, key=lambda one: (-one.z, one.statement))[:most]


def _compared(statement: int, position: int, inside: Counts, outside: Counts) -> Representative:
    one, other = _smoothed(inside, position), _smoothed(outside, position)
    return Representative(statement, position, one, other, _two_proportions(inside, outside, position))


def _holding(counts: Counts, position: int) -> int:
    return counts.agrees if position == AGREES else counts.disagrees


def _smoothed(counts: Counts, position: int) -> Fraction:
    """The share that holds a position, drawn towards one half by two votes nobody gave, so that few votes say little."""
    return Fraction(_holding(counts, position) + 1, counts.seen + 2)


def _above_half(counts: Counts, position: int) -> float:
    """How sure it is that more than half hold the position, in standard deviations."""
    seen = counts.seen + 1
    return 2 * sqrt(seen) * ((_holding(counts, position) + 1) / seen - 0.5)


def _two_proportions(inside: Counts, outside: Counts, position: int) -> float:
    """The z of the two-proportion test, with one vote added to each side."""
    held_in, held_out = _holding(inside, position) + 1, _holding(outside, position) + 1
    seen_in, seen_out = inside.seen + 1, outside.seen + 1
    pooled = (held_in + held_out) / (seen_in + seen_out)
    if pooled >= 1:
        return 0.0
    return (held_in / seen_in - held_out / seen_out) / sqrt(pooled * (1 - pooled) * (1 / seen_in + 1 / seen_out))


def _sum(counts: Iterable[Counts]) -> Counts:
    total = Counts()
    for one in counts:
        total = Counts(total.agrees + one.agrees, total.disagrees + one.disagrees, total.passes + one.passes)
    return total


def _product(shares: Iterable[Fraction]) -> Fraction:
    product = Fraction(1)
    for share in shares:
        product *= share
    return product
