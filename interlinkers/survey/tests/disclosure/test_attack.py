"""No published table, nor all of them together, nor what one adds to another, tells a hidden count to less than k."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest
from interlinkers.survey.tests.disclosure.attacker import Attacker

from interlinker_survey.disclosure import Counted, Release, release

Answers = tuple[int, ...]
NAMES = ("a", "b", "c")
PAIRS = {1: [], 2: [("a", "b")], 3: [("a", "b"), ("b", "c")]}
K = 5
SOME, MANY = range(25), range(25, 625)


def people(rng: Random, sizes: Sequence[int], number: int) -> list[Answers]:
    """Answers as they are: some choices are rare, and answers to different questions hang together."""
    tilts = [rng.choice([0.5, 1.0, 2.0]) for _ in sizes]
    tied = rng.random() < 0.5
    found = []
    for _ in range(number):
        shares = [rng.random()] * len(sizes) if tied and rng.random() < 0.8 else [rng.random() for _ in sizes]
        found.append(tuple(int(size * share**tilt) for size, share, tilt in zip(sizes, shares, tilts, strict=True)))
    return found


def counted(sizes: Sequence[int], answers: Sequence[Answers], *, ordered: bool) -> Counted:
    """Counts of all variables, and of the pairs that go with so many of them."""
    names = NAMES[: len(sizes)]
    singles = {
        name: [sum(answer[place] == key for answer in answers) for key in range(sizes[place])]
        for place, name in enumerate(names)
    }
    pairs = {}
    for one, other in PAIRS[len(sizes)]:
        first, second = names.index(one), names.index(other)
        pairs[one, other] = [
            [
                sum((answer[first], answer[second]) == (row, column) for answer in answers)
                for column in range(sizes[second])
            ]
            for row in range(sizes[first])
        ]
    return Counted(len(answers), singles, frozenset(names if ordered else ()), pairs=pairs)


def published(seed: int) -> tuple[dict[str, int], list[Release]]:
    """A random survey and one to three publications of it, as more and more answer."""
    rng = Random(seed)
    sizes = [rng.randint(2, 5) for _ in range(rng.randint(1, 3))]
    ordered = rng.random() < 0.3
    answers: list[Answers] = []
    found: list[Release] = []
    for _ in range(rng.choice([1, 1, 2, 3])):
        answers += people(rng, sizes, rng.choice([5, 12, 30, 80, 200]))
        found.append(release(counted(sizes, answers, ordered=ordered), K, found[-1] if found else None))
    return dict(zip(NAMES, sizes, strict=False)), found


def told(seed: int) -> list[str]:
    """The hidden counts that an attacker can tell to less than k."""
    return [f"{seed}: {target} {width}" for target, width in Attacker(*published(seed)).widths() if width < K]


def test_no_hidden_count_can_be_told() -> None:
    assert [found for seed in SOME for found in told(seed)] == []


@pytest.mark.slow
def test_no_hidden_count_can_be_told_in_many_surveys() -> None:
    assert [found for seed in MANY for found in told(seed)] == []
