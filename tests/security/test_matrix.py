"""Whoever has no business with something is refused, whatever she asks of it; and is told no more than of what is not there.

The requests come from each service's OpenAPI: a new route is tried without a word here, and one that cannot be is a failure.
`make security` tries all of them, on both databases; other runs try some hundred of each service on SQLite.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Sequence
from importlib.metadata import entry_points

import pytest
import pytest_asyncio

from interlinker_shared.testing import empty_database
from tests.results import RESULTS, Figure, at_least, at_most, merge, show
from tests.security.matrix.judge import Case, Verdict, judge
from tests.security.matrix.places import Place
from tests.security.matrix.scene import Scene, set_up

pytestmark = pytest.mark.asyncio(loop_scope="module")

GOAL = 2000
SAMPLE = 400  # cases
SERVICES = sorted({entry.name for entry in entry_points(group="interlinkers.services")})
FULL = "SECURITY" in os.environ
POSTGRESQL = [pytest.param(f"{one} postgresql", marks=[pytest.mark.slow, pytest.mark.postgres]) for one in SERVICES]
UNITS = {"accepted": "requests", "told": "answers", "leaked": "answers", "changed": "tables"}


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=[*SERVICES, *POSTGRESQL])
async def scene(request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    """One service after the other."""
    service, _, database = request.param.partition(" ")
    with contextlib.ExitStack() as stack:
        server = request.getfixturevalue("postgres") if database else None
        url = stack.enter_context(empty_database(server)) if server else None
        async with set_up(service, url=url) as found:
            yield found


async def test_strangers_are_refused_everything_learn_nothing_and_leave_no_trace(scene: Scene) -> None:
    assert [str(one) for one in scene.findings.barren] == [], (
        "nobody could do this: then it shows nothing that strangers cannot"
    )
    tried = sample(scene.tried())
    verdict = await judge(scene.world, tried, scene.read())
    if FULL:
        report(scene.world.place, verdict)
        assert verdict.requests >= GOAL
    assert verdict.found == []


def sample(tried: Sequence[Case]) -> list[Case]:
    """All of them for `make security`; evenly spread ones otherwise."""
    return list(tried) if FULL else list(tried[:: max(1, len(tried) // SAMPLE)])


def report(place: Place, verdict: Verdict) -> None:
    """Keep the counts for `make security`."""
    service, database = place.service, "postgresql" if place.url else "sqlite"
    how = (
        "operations of its OpenAPI x strangers x what they have no business with, and the same about what is not there"
    )
    none = {"accepted": verdict.accepted, "told": verdict.told, "leaked": verdict.leaked, "changed": verdict.changed}
    total = Figure(
        name=f"matrix.{database}.{service}.requests",
        value=verdict.requests,
        unit="requests",
        how=how,
        goal=at_least(GOAL),
    )
    counts = [
        Figure(name=f"matrix.{database}.{service}.{name}", value=len(found), unit=UNITS[name], how=how, goal=at_most(0))
        for name, found in none.items()
    ]
    merge(RESULTS / "security.json", [total, *counts])
    show([total, *counts], title=f"Strangers in front of {service} on {database}")
