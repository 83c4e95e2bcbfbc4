from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.bench.idle import measure_idle, memory_of

pytestmark = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from /proc")


@pytest.mark.slow
def test_a_service_alone_is_measured_from_its_start_to_its_rest() -> None:
    idle = measure_idle("template", extra_env={}, seconds=1.0)
    assert idle.start.work < idle.first.work, "a first start makes the tables, a later one does not"
    assert 0 < idle.start.healthy < 60
    assert 20 < idle.pss <= idle.rss
    assert 0 <= idle.cpu < 50


def test_a_service_that_ends_at_once_is_not_waited_for() -> None:
    with pytest.raises(RuntimeError, match="not healthy"):
        measure_idle("template", extra_env={"TEMPLATE_SECRET": "too short"}, seconds=0)


def test_memory_is_told_in_mebibytes() -> None:
    before, _ = memory_of(os.getpid())
    held = b"x" * 64 * 1024 * 1024
    assert 60 < memory_of(os.getpid())[0] - before < 70
    assert len(held) == 64 * 1024 * 1024
