"""Fixtures of the faults: servers of their own, because they are killed or must be empty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from interlinker_shared.testing import free_port, nats_server


@pytest.fixture
def own_nats(tmp_path: Path) -> Iterator[str]:
    """The address of a nats-server of this test alone."""
    port = free_port()
    with nats_server(tmp_path / "nats", port):
        yield f"nats://127.0.0.1:{port}"
