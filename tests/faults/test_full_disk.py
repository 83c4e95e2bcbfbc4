"""Fault 4, as in `make faults`: it is short anyway."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from interlinker_shared.postgres_server import PostgresServer
from tests.faults.apps import WRITER
from tests.faults.disk import NOT_ROOT, SmallDisk, database_on, may_mount, small_disk
from tests.faults.full_disk import POSTGRES_MEGABYTES, SQLITE_MEGABYTES, Full, fill_up

needs_root = pytest.mark.skipif(not may_mount(), reason=NOT_ROOT)


@needs_root
async def test_a_full_disk_under_sqlite_is_said_clearly_and_survived(tmp_path: Path) -> None:
    with small_disk(tmp_path / WRITER, SQLITE_MEGABYTES) as disk:
        full = await fill_up(tmp_path, disk)
    assert is_survived(full), full


@needs_root
@pytest.mark.postgres
async def test_a_full_disk_under_postgresql_is_said_clearly_and_survived(
    tmp_path: Path, postgres: PostgresServer, open_tmp_path: Path
) -> None:
    with small_disk(open_tmp_path, POSTGRES_MEGABYTES) as disk, database_on(disk, postgres) as url:
        full = await fill_up(tmp_path, disk, database=url)
    assert is_survived(full), full


@needs_root
async def test_a_disk_that_nobody_frees_is_seen_to_stay_full(tmp_path: Path) -> None:
    with small_disk(tmp_path / WRITER, SQLITE_MEGABYTES) as disk:
        full = await fill_up(tmp_path, _Stuck(disk.folder), patience=1)
    assert full.recovered_after is None


def test_a_refusal_that_does_not_say_why_is_seen() -> None:
    assert Full(refusals=Counter({"507 storage-full": 2, "500 internal": 1})).unclear == 1


class _Stuck(SmallDisk):
    def free(self) -> None:
        """Free nothing."""


def is_survived(full: Full) -> bool:
    return full.unclear == full.reads_failed == full.lost == 0 and full.recovered_after is not None
