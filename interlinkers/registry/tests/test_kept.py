"""What is kept of the catalogue is always what would be rendered now."""

from __future__ import annotations

import pytest
from interlinkers.registry.tests.calling import Registry, registration

from interlinker_shared.auth import Role
from interlinker_shared.testing_reads import Readers

OWNER = Role.OWNER
SECONDS = {"suspected": 40, "expired": 200, "archived": 4000, "forgotten": 40 * 86_400}


@pytest.fixture
def readers(registry: Registry) -> Readers:
    made = Readers(registry.app, registry.client, service=["forum", "survey"])
    registry.app.state.kit.clock = registry.clock
    return made


async def test_no_write_misleads_a_reader(readers: Readers) -> None:
    for service in ("forum", "survey"):
        await readers.after(OWNER, "PUT", f"/instances/{service}-main", registration(service))
    body = {"epoch": 1, "health": "critical", "manifest_digest": registration("forum")["manifest_digest"]}
    await readers.after(OWNER, "POST", "/instances/forum-main/renewals", body)
    await readers.after(OWNER, "PUT", "/catalogue/forum/badge", {"conformance": "passed"})
    await readers.after(OWNER, "DELETE", "/instances/survey-main?epoch=1")
    await readers.after(OWNER, "DELETE", "/subjects/anna")
    assert not readers.untried()


@pytest.mark.parametrize("becomes", SECONDS)
async def test_no_silence_misleads_a_reader(readers: Readers, registry: Registry, becomes: str) -> None:
    await registry.register()
    for passed in [seconds for seconds in SECONDS.values() if seconds <= SECONDS[becomes]]:
        await readers.read()
        await registry.pass_time(seconds=passed)
        await readers.trust(f"{passed} seconds")


async def test_all_that_is_public_is_kept(readers: Readers, registry: Registry) -> None:
    for service in ("forum", "survey"):
        await registry.register(f"{service}-main")
    await readers.read()
    assert {"/catalogue", "/catalogue/forum", "/catalogue/view", "/catalogue/view?lang=de"} <= await readers.read()
