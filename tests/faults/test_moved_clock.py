"""Fault 5, once around the clock, on a real process and on what shared does every hour."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.moved_clock import BLOCK, HOUR, MISSING, ROUND, library, move_clock
from tests.faults.services import installed

needs_library = pytest.mark.skipif(library() is None, reason=MISSING)
needs_block = pytest.mark.skipif(installed(BLOCK) is None, reason=f"not installed here: {BLOCK}")


@needs_library
@needs_block
async def test_a_clock_that_is_set_forward_and_back_fires_everything_once(tmp_path: Path) -> None:
    moved = await move_clock(tmp_path, ROUND)
    assert moved.expected == len(ROUND) + 1
    assert (moved.never, moved.twice, moved.undone, moved.repeated, moved.refused) == (0, 0, 0, 0, 0)


@needs_block
async def test_a_due_date_that_nobody_keeps_is_seen_to_be_missed(tmp_path: Path) -> None:
    assert (await move_clock(tmp_path, [HOUR], told=False, patience=2)).never == 2
