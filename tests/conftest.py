"""Fixtures of tests that span services."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.family import Family, finish, missing, running, until_ready


@pytest.fixture(scope="session")
def family(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Family]:
    """Every service running behind its gateway, started once for all tests that ask for it."""
    if missing():
        pytest.skip(f"not installed here: {', '.join(missing())}")
    with running(tmp_path_factory.mktemp("family")) as (started, process):
        finish(until_ready(process))
        yield started
