"""Elections to decide: drawn at random with many ties, or read from real files; and what pabutools says about them."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from interlinker_ideation.formats import pabulib
from interlinker_ideation.methods.placement import Contender, Election
from interlinker_ideation.methods.ties import BY_VOTES, Ties

ROOT = Path(__file__).parents[3]
DATA = Path(os.environ.get("INTERLINKERS_DATA", ROOT.parent / "shared" / "data"))
WIELICZKA = DATA / "pabulib" / "poland_wieliczka_2023_green-budget.pb"
ORACLE = ROOT / "var" / "oracle" / "bin" / "python"
ASKED = Path(__file__).parent / "oracle" / "pabutools_answers.py"


def random_election(rng: Random, *, ideas: int = 12, voters: int = 30) -> Election:
    """Small costs in round numbers and few voters, so that prices often are equal."""
    many = rng.randint(2, ideas)
    costs = [rng.choice([rng.randint(1, 10) * 10, rng.randint(1, 200)]) for _ in range(many)]
    ballots = [
        tuple(sorted(rng.sample(range(1, many + 1), rng.randint(0, min(many, 5)))))
        for _ in range(rng.randint(1, voters))
    ]
    budget = rng.choice([sum(costs) // 2 + 1, rng.randint(10, 400), rng.randint(1, 10) * 50])
    contenders = [Contender(number, 0, cost) for number, cost in enumerate(costs, start=1)]
    return Election.of(contenders, grouped(ballots), budget)


def grouped(ballots: Iterable[tuple[int, ...]]) -> list[tuple[tuple[int, ...], int]]:
    return list(Counter(ballots).items())


def read_election(file: Path) -> tuple[Election, frozenset[int]]:
    """A real election, its projects numbered in the order of the file, and the official winners."""
    if not file.exists():
        pytest.skip(f"no real election at {file}; set INTERLINKERS_DATA to the folder that holds pabulib/")
    read = pabulib.parse(file.read_bytes())
    numbers = {project.id: number for number, project in enumerate(read.projects, start=1)}
    ballots = grouped(tuple(sorted(numbers[key] for key in vote.approved)) for vote in read.votes)
    contenders = [Contender(numbers[project.id], 0, project.cost) for project in read.projects]
    official = frozenset(numbers[project.id] for project in read.projects if project.selected)
    return Election.of(contenders, ballots, read.budget), official


def question(election: Election, rule: str, *, utility: str = "cost", ties: Ties = BY_VOTES) -> dict[str, Any]:
    """What pabutools is asked: ideas that anybody supports, in the declared order of ties."""
    ordered = sorted((one for one in election.contenders if one.votes), key=ties.key)
    costs = {str(one.number): one.cost for one in ordered}
    ballots = [
        [number for number in ballot if str(number) in costs]
        for ballot, times in election.ballots
        for _ in range(times)
    ]
    return {"rule": rule, "utility": utility, "budget": election.budget, "costs": costs, "ballots": ballots}


def ask_oracle(questions: Sequence[dict[str, Any]]) -> list[Any]:
    """The winners of each election by pabutools, which runs in its own environment."""
    if not ORACLE.exists():
        pytest.skip("no independent implementation to compare with: `make oracle` installs it apart, for tests only")
    command = [str(ORACLE), str(ASKED)]
    done = subprocess.run(command, input=json.dumps(questions), capture_output=True, text=True, check=True)
    answers: list[Any] = json.loads(done.stdout)
    return answers
