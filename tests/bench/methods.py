"""How much processor time and memory methods take: of ideation on elections and conversations of the largest size, of surveys on forms."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial

from tests.bench.processes import ROOT, BenchError
from tests.bench.stage import Stage
from tests.results import Figure, Goal, at_least, at_most

GOALS: dict[str, tuple[str, Goal, str]] = {
    "shares.cpu": ("s", at_most(2), "90 000 ballots, 160 projects: tally and Equal Shares"),
    "shares.rss": ("MB", at_most(300), "the same: all of the process, the ballots as they are drawn included"),
    "add-one.cpu": ("s", at_most(15), "the same, shares growing by one until all is spent"),
    "phragmen.cpu": ("s", at_most(15), "the same by sequential Phragmen"),
    "map.cpu": ("s", at_most(2), "2 000 people x 900 statements, 6 % of them voted on"),
    "map.large.cpu": ("s", at_most(10), "20 000 people x 2 000 statements, 6 % of them voted on"),
    "map.large.rss": ("MB", at_most(2000), "the same: all of the process"),
    "alike.recall": ("", at_least(0.98), "20 000 titles, a word swapped and three letters dropped: found among five"),
    "alike.p95": ("ms", at_most(50), "the same: time of a question, from the database to the order (p95)"),
    "pairs.cpu": ("s", at_most(2), "1 000 ideas, 100 000 answers: strengths estimated from nothing"),
    "pairs.overlap": (
        "",
        at_least(0.9),
        "200 ideas, 6 000 answers to chosen pairs: share of the true 10 best found, mean of 6 surveys",
    ),
    "forms.checks": (
        "/s",
        at_least(1000),
        "a survey of 50 questions, each shown by the one before: answers read, judged and checked, per core",
    ),
    "pairs.overlap-blind": ("", at_most(0.9), "the same after 8 600 answers to blindly drawn pairs, 43 % more"),
}
MEASURED = {
    "shares": ("shares.cpu", "shares.rss"),
    "add-one": ("add-one.cpu",),
    "phragmen": ("phragmen.cpu",),
    "map": ("map.cpu",),
    "map-large": ("map.large.cpu", "map.large.rss"),
    "alike": ("alike.recall", "alike.p95"),
    "pairs": ("pairs.cpu",),
    "overlap": ("pairs.overlap", "pairs.overlap-blind"),
    "forms": ("forms.checks",),
}


def parts(stage: Stage) -> Iterator[Callable[[], list[Figure]]]:
    """Each in a process of its own, so that memory is its own."""
    for name in MEASURED:
        yield partial(measure, stage, name)


def measure(stage: Stage, name: str) -> list[Figure]:
    """What one workload takes."""
    stage.say(f"methods: {name}")
    command = [sys.executable, "-m", "tests.bench.workloads", name]
    # one thread: processor time of several would count their waiting for each other
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise BenchError(f"{name}: {done.stderr.strip().splitlines()[-1:]}")
    told: dict[str, float] = json.loads(done.stdout)
    return figures_of(name, told)


def figures_of(name: str, told: dict[str, float]) -> list[Figure]:
    """The figures of a workload; their names are those of GOALS."""
    return [
        Figure(
            name=f"methods.{figure}",
            value=told[figure],
            unit=GOALS[figure][0],
            goal=GOALS[figure][1],
            how=GOALS[figure][2],
        )
        for figure in MEASURED[name]
    ]
