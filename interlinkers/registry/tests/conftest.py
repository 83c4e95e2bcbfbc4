"""A running registry with a clock to turn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from interlinkers.registry.tests.calling import Clock, Registry, running

from interlinker_shared.auth import Role
from interlinker_shared.testing import TokenHeaders


@pytest.fixture
def clock() -> Clock:
    """Noon, until it is turned."""
    return Clock()


@pytest.fixture
def owner(token: TokenHeaders) -> dict[str, str]:
    """Headers of whoever runs the registry: she may do what each service does for itself."""
    return token(Role.OWNER, "olga", audience="registry")


@pytest.fixture
async def registry(test_settings: dict[str, Any], clock: Clock, owner: dict[str, str]) -> AsyncIterator[Registry]:
    """A registry that nobody has registered with yet."""
    async with running(test_settings, clock, owner) as registry:
        yield registry
