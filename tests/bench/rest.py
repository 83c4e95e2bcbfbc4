"""A service at rest, with the family around it: memory, processor time, and how soon it was healthy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import entry_points

from tests.bench.idle import Idle, family_around, measure_idle
from tests.bench.processes import MEGABYTE, BenchError
from tests.bench.stage import Stage
from tests.results import Figure, at_most

SECONDS = 3.0
NOT_SHIPPED = "template"
MEBIBYTE = 1024 * 1024
MEMORY, CPU, HEALTHY = at_most(80), at_most(1), at_most(1.0)
HOW = "nats-server and registry around it, nobody calls it"


def parts(stage: Stage) -> Iterator[Callable[[], list[Figure]]]:
    """All services are measured beside one registry and one broker."""
    yield partial(_measure, stage)


def _measure(stage: Stage) -> list[Figure]:
    names = sorted(entry.name for entry in entry_points(group="interlinkers.services") if entry.name != NOT_SHIPPED)
    figures = []
    try:
        with family_around() as environment:
            for name in names:
                stage.say(f"idle: {name}")
                figures += figures_of(measure_idle(name, extra_env=environment, seconds=SECONDS))
    except (OSError, RuntimeError) as error:
        raise BenchError(str(error)) from error
    return figures


def figures_of(idle: Idle) -> list[Figure]:
    """What was measured of one service."""
    name, memory = f"idle.{idle.service}", idle.rss * MEBIBYTE / MEGABYTE
    shared = f"{idle.pss * MEBIBYTE / MEGABYTE:.0f} MB with shared pages by their share"
    starts = {"healthy": (idle.start, "a start"), "healthy-first": (idle.first, "the first start: makes its tables")}
    return [
        Figure(name=f"{name}.rss", value=memory, unit="MB", goal=MEMORY, how=HOW, beside=shared),
        Figure(name=f"{name}.cpu", value=idle.cpu, unit="% of a core", goal=CPU, how=f"{HOW}, for {SECONDS:g} s"),
        *(
            Figure(
                name=f"{name}.{kind}",
                value=one.healthy,
                unit="s",
                goal=HEALTHY,
                how=how,
                beside=f"{one.work:.2f} s work",
            )
            for kind, (one, how) in starts.items()
        ),
    ]
