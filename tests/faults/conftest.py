"""Fixtures of the faults: servers of their own, because they are killed or must be empty."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from interlinker_shared.postgres_server import PostgresServer, find_programs, running_postgres
from interlinker_shared.testing import free_port, nats_server


@pytest.fixture
def own_nats(tmp_path: Path) -> Iterator[str]:
    """The address of a nats-server of this test alone."""
    port = free_port()
    with nats_server(tmp_path / "nats", port):
        yield f"nats://127.0.0.1:{port}"


@pytest.fixture
def open_tmp_path() -> Iterator[Path]:
    """A folder that another user may enter: PostgreSQL refuses to run as root."""
    with tempfile.TemporaryDirectory(prefix="interlinkers-faults-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        yield folder / "inside"


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of this test alone; skipped, and said so, where there is none (never in CI)."""
    try:
        find_programs()
    except RuntimeError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    with running_postgres(free_port()) as server:
        yield server
