"""Any one service killed in the middle of a process, and started again: the same end."""

from __future__ import annotations

from typing import Any

import pytest

from tests.family import SERVICES, Family, finish
from tests.faults.play import play

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def undisturbed(family: Family) -> dict[str, Any]:
    return finish(play(family))


@pytest.mark.parametrize("service", SERVICES)
async def test_a_killed_service_changes_nothing_about_the_end(
    family: Family, undisturbed: dict[str, Any], service: str
) -> None:
    assert await play(family, killed=service) == undisturbed
