"""A service at rest that costs more misses its goals."""

from __future__ import annotations

import pytest

from tests.bench.idle import Idle, Start
from tests.bench.rest import figures_of

GOOD = Start(0.9, 0.7)
LATE = Start(1.1, 0.7)


def create_idle(*, first: Start = GOOD, start: Start = GOOD, rss: float = 76, cpu: float = 0.9) -> Idle:
    return Idle("forum", first, start, rss=rss, pss=50, cpu=cpu)


def reached(idle: Idle) -> dict[str, bool | None]:
    return {figure.name.rpartition(".")[2]: figure.reached for figure in figures_of(idle)}


def test_modest_service_reaches_every_goal() -> None:
    assert set(reached(create_idle()).values()) == {True}


@pytest.mark.parametrize(
    ("idle", "missed"),
    [
        (create_idle(rss=77), "rss"),  # MiB: 80.7 MB
        (create_idle(cpu=1.1), "cpu"),
        (create_idle(start=LATE), "healthy"),
        (create_idle(first=LATE), "healthy-first"),
    ],
)
def test_service_that_costs_more_misses_that_goal(idle: Idle, missed: str) -> None:
    assert [name for name, yes in reached(idle).items() if not yes] == [missed]
