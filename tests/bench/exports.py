"""What it takes to export a large survey: processor time, memory above that at rest, and the size of each file."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial

from tests.bench.processes import ROOT, BenchError
from tests.bench.stage import Stage
from tests.results import Figure, Goal, at_most

HOW = "100 000 responses x 51 questions, SQLite, streamed and thrown away"
GOALS: dict[str, tuple[str, Goal | None]] = {
    "csv.cpu": ("s", at_most(5)),
    "csv.rss": ("MB", at_most(50)),
    "csv.size": ("MB", None),
    "jsonl.cpu": ("s", at_most(5)),
    "jsonl.rss": ("MB", at_most(50)),
    "jsonl.size": ("MB", None),
    "xlsx.cpu": ("s", at_most(40)),
    "xlsx.rss": ("MB", at_most(60)),
    "xlsx.size": ("MB", None),
    "sav.cpu": ("s", at_most(40)),
    "sav.rss": ("MB", at_most(60)),
    "sav.size": ("MB", None),
}


def parts(stage: Stage) -> Iterator[Callable[[], list[Figure]]]:
    """One process that exports in all formats, one after the other."""
    yield partial(measure, stage)


def measure(stage: Stage) -> list[Figure]:
    """Fill a survey and export it."""
    stage.say("exports: 100 000 responses")
    command = [sys.executable, "-m", "tests.bench.exporting"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"exports: {done.stderr.strip().splitlines()[-1:]}")
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures_of(told)


def figures_of(told: dict[str, float]) -> list[Figure]:
    """The figures; their names are those of GOALS."""
    return [
        Figure(name=f"exports.{name}", value=told[name], unit=unit, goal=goal, how=HOW)
        for name, (unit, goal) in GOALS.items()
    ]
