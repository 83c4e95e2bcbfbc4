"""What is kept of the catalogue is always what would be rendered now."""

from __future__ import annotations

import math
import time

import pytest
from interlinkers.registry.tests.calling import Clock, Registry, registration

from interlinker_shared.auth import Role
from interlinker_shared.services.join import mint_join_token
from interlinker_shared.services.key import OwnKey, ServiceName, new_pem
from interlinker_shared.services.tokens import mint_service_token
from interlinker_shared.testing import SECRET
from interlinker_shared.testing_reads import Readers

OWNER = Role.OWNER
SECONDS = {"suspected": 40, "expired": 200, "archived": 4000, "forgotten": 40 * 86_400}


@pytest.fixture
def readers(registry: Registry) -> Readers:
    made = Readers(registry.app, registry.client, service=["forum", "survey"])
    registry.app.state.kit.clock = registry.clock
    return made


def join_token(clock: Clock) -> str:
    hours = math.ceil((clock().timestamp() - time.time()) / 3600) + 1
    return mint_join_token(SECRET, "forum", hours=hours)


async def test_no_write_misleads_a_reader(readers: Readers, registry: Registry) -> None:
    for service in ("forum", "survey"):
        await readers.after(OWNER, "PUT", f"/instances/{service}-main", registration(service))
    body = {"epoch": 1, "health": "critical", "manifest_digest": registration("forum")["manifest_digest"]}
    await readers.after(OWNER, "POST", "/instances/forum-main/renewals", body)
    await readers.after(OWNER, "PUT", "/catalogue/forum/badge", {"conformance": "passed"})
    await readers.after(OWNER, "DELETE", "/instances/survey-main?epoch=1")
    await readers.after(OWNER, "DELETE", "/subjects/anna")
    key = OwnKey(ServiceName.of("forum/main"), new_pem())
    public = {"kty": "OKP", "crv": "Ed25519", "x": key.public.x}
    proof = mint_service_token(key, "registry", now=lambda: registry.clock().timestamp())
    joining = {"key": public, "proof": proof, "token": join_token(registry.clock)}
    await readers.after(OWNER, "POST", "/service-keys", joining)
    await readers.after(OWNER, "DELETE", "/service-keys/forum/main")
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
