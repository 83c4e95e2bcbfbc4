"""Fault 1, shorter than in `make faults`; and what it shows of services that break the rules it is about."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from interlinker_shared.failpoints import Point
from tests.faults.apps import Sabotage
from tests.faults.crashes import READER_STEPS, WRITER_STEPS, crash, crash_everywhere
from tests.faults.services import BrokenServiceError, Strike
from tests.faults.storm import Plan

pytestmark = pytest.mark.nats


async def test_kills_at_the_steps_that_matter_most_lose_and_double_nothing(tmp_path: Path, own_nats: str) -> None:
    writer = [Strike(Point.COMMITTED, 6), Strike(Point.PUBLISHED, 9)]
    outcome = await crash(Plan(tmp_path, own_nats, strikes=writer, reader_strikes=[[Strike(Point.EFFECTED, 9)]]))
    assert outcome.tally.sound, outcome
    assert outcome.kills == 3


@pytest.mark.slow
async def test_a_kill_at_every_step_loses_and_doubles_nothing(tmp_path: Path, own_nats: str) -> None:
    outcome = await crash_everywhere(tmp_path, own_nats, times=1, rng=random.Random(1))
    assert outcome.tally.sound, outcome
    assert outcome.kills == len(WRITER_STEPS) + len(READER_STEPS)


async def test_services_that_break_the_rules_are_seen_to_lose_to_double_and_to_invert(
    tmp_path: Path, own_nats: str
) -> None:
    rules = {
        "writer": Sabotage.ANSWERS_EARLY,
        "reader-0": Sabotage.NO_INBOX,
        "reader-1": Sabotage.OUT_OF_ORDER,
    }
    writer, reader = [Strike(Point.COMMITTING, 20)], [Strike(Point.EFFECTED, 8)]
    outcome = await crash(Plan(tmp_path, own_nats, None, writer, [reader, []], rules, patience=10))
    assert outcome.tally.lost > 0
    assert outcome.tally.double_effects > 0
    assert outcome.tally.inversions > 0


async def test_a_service_that_ends_by_itself_breaks_the_storm(tmp_path: Path, own_nats: str) -> None:
    (tmp_path / "writer").write_text("a file where its data folder has to be")
    with pytest.raises(BrokenServiceError, match="FileExistsError"):
        await crash(Plan(tmp_path, own_nats, strikes=[Strike(Point.COMMITTED, 1)]))
