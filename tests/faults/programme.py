"""The programme of `make faults`: each fault in full, and the figures that it shows."""

from __future__ import annotations

import contextlib
import random
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from interlinker_shared.postgres_server import running_postgres
from interlinker_shared.testing import free_port, nats_server
from tests.family import SERVICES, missing, running, until_ready
from tests.faults import moved_clock as clock
from tests.faults.apps import WRITER
from tests.faults.broker_kills import kill_broker
from tests.faults.crashes import READER_STEPS, WRITER_STEPS, Outcome, crash_everywhere
from tests.faults.disk import NOT_ROOT, database_on, may_mount, small_disk
from tests.faults.full_disk import POSTGRES_MEGABYTES, SQLITE_MEGABYTES, Full, fill_up
from tests.faults.play import play
from tests.faults.postgres_stops import stop_postgres
from tests.faults.services import installed
from tests.faults.storm import Plan
from tests.faults.tally import Tally
from tests.faults.toggles import TOGGLES, Counted, toggle
from tests.results import Figure, Goal, at_least, at_most

NONE = at_most(0)
KILLS_PER_STEP = 5
TOGGLED = 1000
CLOCK_ROUNDS = 3
STOPS = 10
BROKER_KILLS = 30
BROKER_EVENTS = 20_000
WRITES_PER_STOP = 150
BACK_SECONDS = 5
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


@contextlib.contextmanager
def _nats(run: Run) -> Iterator[str]:
    port = free_port()
    with nats_server(run.folder / "nats", port):
        yield f"nats://127.0.0.1:{port}"


async def crashes_on_sqlite(run: Run) -> AsyncIterator[Figure]:
    """Fault 1 on SQLite."""
    with _nats(run) as url:
        outcome = await crash_everywhere(run.folder, url, times=KILLS_PER_STEP, rng=random.Random(SEED))
    for figure in _of_crashes("crashes.sqlite", outcome):
        yield figure


async def crashes_on_postgres(run: Run) -> AsyncIterator[Figure]:
    """Fault 1 on PostgreSQL."""
    with _nats(run) as url, running_postgres(free_port()) as server:
        rng = random.Random(SEED)
        outcome = await crash_everywhere(run.folder, url, times=KILLS_PER_STEP, rng=rng, database=server.url)
    for figure in _of_crashes("crashes.postgres", outcome):
        yield figure


def _of_crashes(name: str, outcome: Outcome) -> list[Figure]:
    planned = KILLS_PER_STEP * (len(WRITER_STEPS) + len(READER_STEPS))
    how = f"writer killed at {', '.join(WRITER_STEPS)}; {KILLS_PER_STEP} readers at {', '.join(READER_STEPS)}"
    kills = Figure(name=f"{name}.kills", value=outcome.kills, unit="kills", how=how, goal=at_least(planned))
    return [kills, *of_tally(name, outcome.tally, f"{outcome.kills} kills, one for each step and time")]


async def killed_broker(run: Run) -> AsyncIterator[Figure]:
    """Fault 2."""
    outcome = await kill_broker(run.folder, kills=BROKER_KILLS, events=BROKER_EVENTS)
    how = f"{outcome.events} events while nats-server was killed {outcome.kills} times"
    yield Figure(name="nats.kills", value=outcome.kills, unit="kills", how=how, goal=at_least(BROKER_KILLS))
    yield Figure(name="nats.lost", value=outcome.lost, unit="events", how=how, goal=NONE)
    yield Figure(name="nats.double", value=outcome.duplicates, unit="effects", how=how, goal=NONE)
    yield Figure(name="nats.inverted", value=outcome.inversions, unit="effects", how=how, goal=NONE)
    back = "the longest time from a server that listens again to the next effect"
    yield Figure(name="nats.back", value=max(outcome.recoveries), unit="s", how=back)


async def stopped_postgres(run: Run) -> AsyncIterator[Figure]:
    """Fault 3."""
    with _nats(run) as url, running_postgres(free_port()) as server:
        outcome = await stop_postgres(Plan(run.folder, url), server, times=STOPS, writes=WRITES_PER_STOP)
    how = f"stopped with `immediate` after every {WRITES_PER_STOP} writes, and started again"
    yield Figure(name="postgres.stops", value=len(outcome.recoveries), unit="stops", how=how, goal=at_least(STOPS))
    for figure in of_tally("postgres", outcome.tally, f"{STOPS} stops"):
        yield figure
    how = "the longest time from a server that takes connections to the next acknowledged write"
    yield Figure(name="postgres.back", value=max(outcome.recoveries), unit="s", how=how, goal=at_most(BACK_SECONDS))


async def full_disk_under_sqlite(run: Run) -> AsyncIterator[Figure]:
    """Fault 4 on SQLite: the database's own disk."""
    _need_root()
    with small_disk(run.folder / WRITER, SQLITE_MEGABYTES) as disk:
        full = await fill_up(run.folder, disk)
    for figure in _of_full_disk("disk.sqlite", full):
        yield figure


async def full_disk_under_postgres(run: Run) -> AsyncIterator[Figure]:
    """Fault 4 on PostgreSQL: the disk of its tables."""
    _need_root()
    with (
        running_postgres(free_port()) as server,
        small_disk(run.folder / "disk", POSTGRES_MEGABYTES) as disk,
        database_on(disk, server) as url,
    ):
        full = await fill_up(run.folder, disk, database=url)
    for figure in _of_full_disk("disk.postgres", full):
        yield figure


def _need_root() -> None:
    if not may_mount():
        raise RuntimeError(NOT_ROOT)


def _of_full_disk(name: str, full: Full) -> list[Figure]:
    how = f"{len(full.acknowledged)} writes acknowledged around a full disk; refusals {dict(full.refusals)}"
    back = "from the first byte free to the next acknowledged write, without a restart or repair"
    return [
        Figure(name=f"{name}.unclear", value=full.unclear, unit="refusals", how=how, goal=NONE),
        Figure(name=f"{name}.unread", value=full.reads_failed, unit="reads", how="reads meanwhile", goal=NONE),
        Figure(name=f"{name}.lost", value=full.lost, unit="writes", how="looked for after a restart", goal=NONE),
        Figure(name=f"{name}.back", value=full.recovered_after, unit="s", how=back, goal=at_most(BACK_SECONDS)),
    ]


async def toggles_on_sqlite(run: Run) -> AsyncIterator[Figure]:
    """Fault 6 on SQLite."""
    async for figure in _toggles(run, "sqlite", None):
        yield figure


async def toggles_on_postgres(run: Run) -> AsyncIterator[Figure]:
    """Fault 6 on PostgreSQL."""
    with running_postgres(free_port()) as server:
        async for figure in _toggles(run, "postgres", server.url):
            yield figure


async def _toggles(run: Run, on: str, database: str | None) -> AsyncIterator[Figure]:
    for name, (block, _) in TOGGLES.items():
        if installed(block) is not None:
            counted = await toggle(name, run.folder / name, TOGGLED, database=database)
            yield _of_toggle(f"toggles.{on}.{name}", counted)


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


async def killed_services(run: Run) -> AsyncIterator[Figure]:
    """Any one service of the family killed in the middle of a process."""
    if missing():
        message = f"NOT RUN: not installed here: {', '.join(missing())}"
        raise RuntimeError(message)
    with running(run.folder) as (family, process):
        await until_ready(process)
        undisturbed = await play(family)
        different = [service for service in SERVICES if await play(family, killed=service) != undisturbed]
    how = f"a process played while {', '.join(SERVICES)} were killed in turn; compared with one that nobody disturbed"
    yield Figure(name="services.different", value=len(different), unit="endings", how=how, goal=NONE)


FAULTS = (
    Fault("services", "each service of a running family killed in the middle of a process", 120, killed_services),
    Fault("clock", "the clock set forward and back by an hour", 45, moved_clock),
    Fault("crashes.sqlite", "services killed at every step of a write, on SQLite", 120, crashes_on_sqlite),
    Fault("crashes.postgres", "the same on PostgreSQL", 120, crashes_on_postgres),
    Fault("nats", "nats-server killed under load", 90, killed_broker),
    Fault("postgres", "PostgreSQL stopped without a good-bye under load", 40, stopped_postgres),
    Fault("disk.sqlite", "a full disk under SQLite", 10, full_disk_under_sqlite),
    Fault("disk.postgres", "a full disk under PostgreSQL's tables", 15, full_disk_under_postgres),
    Fault("toggles.sqlite", "one person a thousand times at once, on SQLite", 30, toggles_on_sqlite),
    Fault("toggles.postgres", "the same on PostgreSQL", 40, toggles_on_postgres),
)
