"""A short run of the broker's kills; `make faults` runs the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.broker_kills import judge, kill_broker


@pytest.mark.nats
@pytest.mark.parametrize("ask", [True, False], ids=["asking the producer", "with nobody to ask"])
async def test_a_broker_killed_under_load_costs_no_event_and_no_order(tmp_path: Path, ask: bool) -> None:
    outcome = await kill_broker(tmp_path, kills=3, events=600, within=60, ask=ask)
    assert (outcome.lost, outcome.duplicates, outcome.inversions) == (0, 0, 0), outcome


def test_the_judge_sees_each_fault() -> None:
    recorded = [("a", 1), ("a", 2), ("a", 3), ("b", 1)]
    outcome = judge(recorded, [("a", 2), ("a", 1), ("a", 2), ("b", 1)], kills=0, seconds=0, recoveries=[])
    assert (outcome.lost, outcome.duplicates, outcome.inversions) == (1, 1, 1)
