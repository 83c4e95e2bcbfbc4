"""Questions with several answers: an attacker with a solver tells no hidden count to less than k, also over several publications."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from random import Random

import numpy as np
import pytest

from interlinker_survey.disclosure import Counted, Release, Several, release

optimize = pytest.importorskip("scipy.optimize", reason="the attacker solves integer programmes with scipy")

Choice = tuple[int, ...]
K = 5
SOME, MANY = range(60), range(60, 360)


def published(seed: int) -> tuple[list[Choice], list[Release]]:
    """All that one can choose, and one to three publications of what people chose; most choose nothing rare."""
    rng = Random(seed)
    answers = rng.randint(2, 4)
    fewest = rng.choice([0, 1, 1, min(2, answers - 1)])  # who must choose all has no choice that could be hidden
    most = rng.randint(max(fewest, 1), answers)
    alone = rng.choice([None, answers - 1]) if fewest < 2 else None
    patterns = [one for one in product((0, 1), repeat=answers) if allowed(one, fewest, most, alone)]
    weights = [rng.random() ** 3 for _ in patterns]
    chosen: list[Choice] = []
    silent, found = 0, list[Release]()
    for _ in range(rng.choice([1, 2, 3])):
        chosen += rng.choices(patterns, weights, k=rng.choice([6, 15, 60, 200]))
        silent += rng.choice([0, 0, 2, 30])
        sums = [sum(one[place] for one in chosen) for place in range(answers)]
        several = Several(sums, len(chosen), fewest, most, alone)
        found.append(
            release(Counted(len(chosen) + silent, {}, several={"s": several}), K, found[-1] if found else None)
        )
    return patterns, found


def allowed(choice: Choice, fewest: int, most: int, alone: int | None) -> bool:
    if alone is not None and choice[alone]:
        return sum(choice) == 1
    return fewest <= sum(choice) <= most


def told(seed: int) -> Iterator[str]:
    """The hidden counts that can be told to less than k: one unknown for each way to choose, and each wave of responses."""
    patterns, found = published(seed)
    ways = [*patterns, None]  # the last one is to give no answer
    known = [line for number, one in enumerate(found) for line in shown(ways, found, number, one)]
    rows, values = np.array([line for line, _ in known]), [value for _, value in known]
    for number, one in enumerate(found):
        for since in {0, first_new(found, number)} if is_new(found, number) else ():
            for place in one.choices["s"].hidden:
                line = of(ways, range(since, number + 1), len(found), chosen(ways, place))
                low, high = (sign * end(sign * line, rows, values) for sign in (1, -1))
                if high - low < K:
                    yield f"{seed}: answer {place} of waves {since} to {number} is {low} to {high}"


def is_new(found: Sequence[Release], number: int) -> bool:
    return number == 0 or found[number].choices["s"] != found[number - 1].choices["s"]


def first_new(found: Sequence[Release], number: int) -> int:
    """The first wave that the former counts did not hold."""
    turn = found[number].choices["s"].turn
    return sum(1 for one in found[:number] if one.choices["s"].turn < turn)


def shown(
    ways: Sequence[Choice | None], found: Sequence[Release], number: int, one: Release
) -> Iterator[tuple[np.ndarray, int]]:
    choices, waves = one.choices["s"], range(number + 1)
    yield of(ways, waves, len(found), [True] * len(ways)), one.size
    if not is_new(found, number):
        return
    if not choices.silent_hidden:
        yield of(ways, waves, len(found), [way is not None for way in ways]), choices.several.answered
    for place, held in enumerate(choices.several.chosen):
        if place not in choices.hidden:
            yield of(ways, waves, len(found), chosen(ways, place)), held


def chosen(ways: Sequence[Choice | None], place: int) -> list[bool]:
    return [way is not None and bool(way[place]) for way in ways]


def of(ways: Sequence[Choice | None], waves: range, number: int, inside: Sequence[bool]) -> np.ndarray:
    return np.concatenate([np.array(inside, float) * (wave in waves) for wave in range(number)])


def end(line: np.ndarray, rows: np.ndarray, values: Sequence[int]) -> int:
    constraint = optimize.LinearConstraint(rows, values, values)
    result = optimize.milp(
        line, constraints=constraint, integrality=np.ones(len(line)), bounds=optimize.Bounds(0, np.inf)
    )
    assert result.success, result.message
    return round(float(result.fun))


def test_no_hidden_choice_can_be_told() -> None:
    assert [line for seed in SOME for line in told(seed)] == []


@pytest.mark.slow
def test_no_hidden_choice_can_be_told_in_many_surveys() -> None:
    assert [line for seed in MANY for line in told(seed)] == []
