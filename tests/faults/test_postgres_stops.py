"""Fault 3, shorter than in `make faults`."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlinker_shared.postgres_server import PostgresServer
from tests.faults.postgres_stops import stop_postgres
from tests.faults.storm import Plan

pytestmark = [pytest.mark.nats, pytest.mark.postgres]


async def test_a_postgresql_that_is_stopped_at_once_loses_nothing_and_is_used_again_soon(
    tmp_path: Path, own_nats: str, own_postgres: PostgresServer
) -> None:
    outcome = await stop_postgres(Plan(tmp_path, own_nats), own_postgres, times=2, writes=40)
    assert outcome.tally.sound, outcome
    assert max(outcome.recoveries) <= 5
