"""One workload of `tests.bench.methods` in this process: `python -m tests.bench.workloads shares` prints figures as JSON."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from interlinker_ideation.methods import equal_shares, phragmen
from interlinker_ideation.methods.equal_shares import Completion
from interlinker_ideation.methods.pairwise import Strength, chance, estimate, next_pair
from interlinker_ideation.methods.placement import Contender, Election

VOTERS, PROJECTS, BUDGET = 90_000, 160, 20_000_000
DISTRICTS = 16
Ballots = list[tuple[int, ...]]


def ballots() -> Ballots:
    """Voters name up to five projects of their district and of the whole town, popular ones more often."""
    rng = Random(7)
    popular = [rng.paretovariate(1) for _ in range(PROJECTS)]
    near = [[project for project in range(PROJECTS) if project % DISTRICTS in {at, 0}] for at in range(DISTRICTS)]
    weights = [[popular[project] for project in projects] for projects in near]
    drawn = []
    for _ in range(VOTERS):
        at = rng.randrange(DISTRICTS)
        drawn.append(tuple(sorted({one + 1 for one in rng.choices(near[at], weights[at], k=rng.randint(1, 5))})))
    return drawn


def election(drawn: Ballots) -> Election:
    """Count the ballots."""
    rng = Random(8)
    contenders = [Contender(number, 0, rng.randint(5, 500) * 1000) for number in range(1, PROJECTS + 1)]
    return Election.of(contenders, list(Counter(drawn).items()), BUDGET)


def shares() -> dict[str, float]:
    """From ballots as they are stored to who gets money."""
    drawn = ballots()
    began = time.process_time()
    equal_shares.allocate(election(drawn), completion=Completion.GREEDY)
    return {"shares.cpu": time.process_time() - began, "shares.rss": megabytes()}


def add_one() -> dict[str, float]:
    """The same with shares that grow."""
    counted = election(ballots())
    return {"add-one.cpu": taken(lambda: equal_shares.allocate(counted, completion=Completion.ADD_ONE_GREEDY))}


def phragmens() -> dict[str, float]:
    """The same by Phragmen."""
    counted = election(ballots())
    return {"phragmen.cpu": taken(lambda: phragmen.allocate(counted))}


def opinion_map(name: str, people: int, statements: int) -> dict[str, float]:
    """Three camps, of whom each person has seen some statements."""
    import numpy as np  # noqa: PLC0415 - the other workloads are measured without it

    from interlinker_ideation.methods import opinion_map as drawing  # noqa: PLC0415 - as above

    rng = np.random.default_rng(1)
    lean = rng.choice(np.array([-1, 1], dtype=np.int8), (3, statements))
    matrix = np.full((people, statements), drawing.UNSEEN, dtype=np.int8)
    for person in range(people):
        seen = np.flatnonzero(rng.random(statements) < 0.06)
        drift = np.where(rng.random(len(seen)) < 0.8, 1, -1)
        matrix[person, seen] = lean[person % 3, seen] * drift
    cpu = taken(lambda: drawing.draw_matrix(matrix, range(people)))
    return {f"{name}.cpu": cpu, f"{name}.rss": megabytes()}


def pairs() -> dict[str, float]:
    """Strengths from nothing."""
    rng = Random(1)
    answers = answered([rng.gauss(0, 1) for _ in range(1000)], 100_000, rng)
    return {"pairs.cpu": taken(lambda: estimate(range(1000), answers))}


def overlap() -> dict[str, float]:
    """How many of the ten best are found, by pairs that were chosen and by pairs drawn blindly."""
    chosen = blind = 0
    for seed in range(6):
        rng = Random(seed)
        true = [rng.gauss(0, 1) for _ in range(200)]
        best = set(sorted(range(200), key=lambda at: -true[at])[:10])
        chosen += len(best & top(surveyed(true, 6000, rng)))
        blind += len(best & top(estimate(range(200), answered(true, 8600, rng))))
    return {"pairs.overlap": chosen / 60, "pairs.overlap-blind": blind / 60}


def answered(true: list[float], answers: int, rng: Random) -> Counter[tuple[int, int]]:
    """Answers to blindly drawn pairs."""
    counted: Counter[tuple[int, int]] = Counter()
    for _ in range(answers):
        one, two = rng.sample(range(len(true)), 2)
        counted[(one, two) if rng.random() < chance(true[one] - true[two]) else (two, one)] += 1
    return counted


def surveyed(true: list[float], answers: int, rng: Random) -> list[Strength]:
    """Answers to chosen pairs; strengths are estimated anew every 500."""
    counted: Counter[tuple[int, int]] = Counter()
    shown: Counter[int] = Counter()
    strengths = estimate(range(len(true)), counted)
    for number in range(1, answers + 1):
        one, two = next_pair(strengths, shown, rng)
        shown.update((one, two))
        counted[(one, two) if rng.random() < chance(true[one] - true[two]) else (two, one)] += 1
        if number % 500 == 0:
            strengths = estimate(range(len(true)), counted, begin={one.number: one for one in strengths})
    return strengths


def top(strengths: list[Strength]) -> set[int]:
    return {one.number for one in sorted(strengths, key=lambda one: -one.log)[:10]}


def similar() -> dict[str, float]:
    """Ideas found by damaged titles, in a database of their own."""
    from tests.bench import alike  # noqa: PLC0415 - as above

    with TemporaryDirectory() as folder:
        return asyncio.run(alike.measure(Path(folder) / "alike.db"))


def forms() -> dict[str, float]:
    """Answers to a form whose questions hang on each other."""
    from tests.bench import forms as chained  # noqa: PLC0415 - as above

    return chained.measure()


def taken(work: Callable[[], object]) -> float:
    """Processor seconds."""
    began = time.process_time()
    work()
    return time.process_time() - began


def megabytes() -> float:
    """The most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


WORKLOADS: dict[str, Callable[[], dict[str, float]]] = {
    "shares": shares,
    "add-one": add_one,
    "phragmen": phragmens,
    "map": lambda: opinion_map("map", 2000, 900),
    "map-large": lambda: opinion_map("map.large", 20_000, 2000),
    "alike": similar,
    "pairs": pairs,
    "overlap": overlap,
    "forms": forms,
}

if __name__ == "__main__":
    print(json.dumps(WORKLOADS[sys.argv[1]]()))
