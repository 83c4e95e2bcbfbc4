"""Fault 1: a service killed at every step between commit and acknowledgement."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from interlinker_shared.failpoints import Point
from tests.faults.services import Strike
from tests.faults.storm import Plan, Storm
from tests.faults.tally import Tally

LATEST_HIT = 40
WRITER_STEPS = (
    Point.COMMITTING,
    Point.COMMITTED,
    Point.ANSWERING,
    Point.ANSWERED,
    Point.PUBLISHING,
    Point.PUBLISHED,
    Point.MARKED,
)
READER_STEPS = (Point.RECEIVED, Point.COMMITTING, Point.COMMITTED, Point.EFFECTED, Point.ACKNOWLEDGED)


@dataclass(frozen=True)
class Outcome:
    """What was left, and who was killed where."""

    tally: Tally
    writer: Counter[Point]
    readers: Counter[Point]

    @property
    def kills(self) -> int:
        """How many there were."""
        return self.writer.total() + self.readers.total()


def strikes_at(points: Sequence[Point], times: int, rng: random.Random) -> list[Strike]:
    """Strikes at each of `points` so many times, in any order and at any moment."""
    strikes = [Strike(point, rng.randint(1, LATEST_HIT)) for point in points for _ in range(times)]
    rng.shuffle(strikes)
    return strikes


async def crash(plan: Plan) -> Outcome:
    """Load the services until all strikes are spent; say what is left."""
    storm = Storm(plan)
    async with storm.raging():
        await storm.struck()
    return Outcome(storm.tally, storm.writer.deaths, sum((one.deaths for one in storm.readers), Counter[Point]()))


async def crash_everywhere(
    folder: Path, nats_url: str, *, times: int, rng: random.Random, database: str | None = None
) -> Outcome:
    """Each service killed at each of its steps so many times; as many readers share those of the reader."""
    mine = strikes_at(WRITER_STEPS, times, rng)
    theirs = [strikes_at(READER_STEPS, 1, rng) for _ in range(times)]
    return await crash(Plan(folder, nats_url, database, mine, theirs))
