"""The suite of methods: every figure has its goal, and what was measured is told under its name."""

from __future__ import annotations

from tests.bench.methods import GOALS, MEASURED, figures_of
from tests.bench.workloads import WORKLOADS, ballots, election


def test_every_goal_is_measured_by_a_workload_that_there_is() -> None:
    assert MEASURED.keys() == WORKLOADS.keys()
    assert sorted(figure for figures in MEASURED.values() for figure in figures) == sorted(GOALS)


def test_figures_are_held_against_their_goals() -> None:
    cpu, rss = figures_of("shares", {"shares.cpu": 2.5, "shares.rss": 100})
    assert (cpu.name, cpu.reached, rss.reached) == ("methods.shares.cpu", False, True)


def test_election_is_as_large_and_as_varied_as_a_real_one() -> None:
    """Lodz 2022 had 90 494 ballots, 23 571 of them different."""
    drawn = ballots()
    assert len(drawn) == 90_000
    assert 20_000 < len(set(drawn)) < 30_000
    assert len(election(drawn).contenders) == 160
