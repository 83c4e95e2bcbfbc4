"""Fault 6, smaller than in `make faults`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.services import installed
from tests.faults.toggles import TOGGLES, toggle

TIMES = 100


def need(toggle: str) -> None:
    block, _ = TOGGLES[toggle]
    if installed(block) is None:
        pytest.skip(f"not installed here: {block}")


@pytest.mark.parametrize("name", TOGGLES)
async def test_one_person_counts_once_however_often_and_concurrently_she_sends_it(tmp_path: Path, name: str) -> None:
    need(name)
    counted = await toggle(name, tmp_path, TIMES)
    assert counted.shown == counted.recorded
    assert counted.shown == 1 or (name == "change-of-mind" and counted.shown == 0)
    assert sum(counted.answers.values()) == TIMES
    assert all(status in (200, 201, 409) for status in counted.answers), counted


async def test_more_people_are_seen_to_count_more(tmp_path: Path) -> None:
    need("support")
    counted = await toggle("support", tmp_path, TIMES, people=3)
    assert (counted.shown, counted.recorded) == (3, 3)
