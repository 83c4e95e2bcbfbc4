"""The programme of `make faults`: each fault in full, and the figures that it shows."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from interlinker_shared.testing import free_port, nats_server
from tests.faults import moved_clock as clock
from tests.faults.crashes import READER_STEPS, WRITER_STEPS, Outcome, crash_everywhere
from tests.faults.services import installed
from tests.faults.tally import Tally
from tests.faults.toggles import TOGGLES, Counted, toggle
from tests.results import Figure, Goal, at_least, at_most

NONE = at_most(0)
KILLS_PER_STEP = 5
TOGGLED = 1000
CLOCK_ROUNDS = 3
SEED = 3


@dataclass(frozen=True)
class Run:
    """What a fault may use: a folder of its own."""

    folder: Path


@dataclass(frozen=True)
class Fault:
    """One fault. `seconds` is about how long it takes on two cores that do nothing else."""

    name: str
    what: str
    seconds: int
    measure: Callable[[Run], AsyncIterator[Figure]]
    goal: Goal = NONE
    """Stands in the table when it could not be measured."""


def of_tally(name: str, tally: Tally, how: str) -> list[Figure]:
    """What may not happen, whatever the fault."""
    how = f"{tally.acknowledged} writes acknowledged; {how}"
    return [
        Figure(name=f"{name}.lost", value=tally.lost + tally.ineffective, unit="writes", how=how, goal=NONE),
        Figure(name=f"{name}.double", value=tally.doubled + tally.double_effects, unit="effects", how=how, goal=NONE),
        Figure(name=f"{name}.inverted", value=tally.inversions, unit="effects", how=how, goal=NONE),
    ]


async def crashes_on_sqlite(run: Run) -> AsyncIterator[Figure]:
    """Fault 1 on SQLite."""
    port = free_port()
    with nats_server(run.folder / "nats", port):
        outcome = await crash_everywhere(
            run.folder, f"nats://127.0.0.1:{port}", times=KILLS_PER_STEP, rng=random.Random(SEED)
        )
    for figure in _of_crashes("crashes.sqlite", outcome):
        yield figure


def _of_crashes(name: str, outcome: Outcome) -> list[Figure]:
    planned = KILLS_PER_STEP * (len(WRITER_STEPS) + len(READER_STEPS))
    how = f"writer killed at {', '.join(WRITER_STEPS)}; {KILLS_PER_STEP} readers at {', '.join(READER_STEPS)}"
    kills = Figure(name=f"{name}.kills", value=outcome.kills, unit="kills", how=how, goal=at_least(planned))
    return [kills, *of_tally(name, outcome.tally, f"{outcome.kills} kills, one for each step and time")]


async def toggles_on_sqlite(run: Run) -> AsyncIterator[Figure]:
    """Fault 6 on SQLite."""
    for name, (block, _) in TOGGLES.items():
        if installed(block) is not None:
            yield _of_toggle(f"toggles.sqlite.{name}", await toggle(name, run.folder / name, TOGGLED))


def _of_toggle(name: str, counted: Counted) -> Figure:
    how = f"{TOGGLED} requests of one person at once, answers {dict(counted.answers)}; shown and recorded must agree"
    value = abs(counted.shown - 1) + abs(counted.recorded - 1)
    if name.endswith("change-of-mind"):
        value = abs(counted.shown - counted.recorded)
        how = f"{TOGGLED} changes of mind at once; the count shown is whether she is said to support it"
    return Figure(name=f"{name}.wrong", value=value, unit="effects", how=how, goal=NONE)


async def moved_clock(run: Run) -> AsyncIterator[Figure]:
    """Fault 5."""
    if clock.library() is None:
        raise RuntimeError(clock.MISSING)
    moved = await clock.move_clock(run.folder, clock.ROUND * CLOCK_ROUNDS)
    how = f"{moved.expected} due dates while the wall clock went an hour forward and back {CLOCK_ROUNDS} times"
    yield Figure(name="clock.never", value=moved.never, unit="due dates", how=how, goal=NONE)
    yield Figure(name="clock.twice", value=moved.twice + moved.undone, unit="due dates", how=how, goal=NONE)
    again = "the same Idempotency-Key wherever the clock stood"
    yield Figure(name="clock.repeated", value=moved.repeated + moved.refused, unit="writes", how=again, goal=NONE)
    yield Figure(name="clock.latest", value=moved.latest, unit="s", how="from the moment to its effect")


FAULTS = (
    Fault("clock", "the clock set forward and back by an hour", 45, moved_clock),
    Fault("crashes.sqlite", "services killed at every step of a write", 120, crashes_on_sqlite),
    Fault("toggles.sqlite", "one person, a thousand times at once", 30, toggles_on_sqlite),
)
