"""Who is let into the family, by which key, and for how long."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import pytest
from interlinkers.registry.tests.calling import Clock, Registry, problem, running

from interlinker_registry.reaper import reap
from interlinker_shared.auth import Role
from interlinker_shared.clock import utc_now
from interlinker_shared.services.join import mint_join_token
from interlinker_shared.services.key import OwnKey, ServiceName, new_pem
from interlinker_shared.services.keyring import KeySet
from interlinker_shared.services.tokens import CITIZEN_TYP, mint_service_token
from interlinker_shared.testing import SECRET, TokenHeaders, eventually, shown

REGISTRY = "registry"
SMALL = "A" * 43  # zero: a point of small order


@pytest.fixture
def clock() -> Clock:
    """The time it really is: tokens of services end by it."""
    return Clock(utc_now())


def key_of(name: str = "forum/main") -> OwnKey:
    return OwnKey(ServiceName.of(name), new_pem())


async def join(
    registry: Registry, key: OwnKey, token: str | None = None, *, x: str | None = None, proof: str | None = None
) -> httpx.Response:
    public = {"kty": "OKP", "crv": "Ed25519", "x": x or key.public.x}
    body = {"key": public, "proof": proof or mint_service_token(key, REGISTRY), "token": token}
    return await registry.client.post("/service-keys", json=body)


async def joined(registry: Registry, name: str = "forum/main") -> OwnKey:
    key = key_of(name)
    (await join(registry, key, mint_join_token(SECRET, key.name.service))).raise_for_status()
    return key


async def keys(registry: Registry) -> dict[str, str]:
    """Which key each service has, as everybody reads it."""
    found = KeySet.read((await registry.client.get("/service-keys")).raise_for_status().json())
    return {str(name): key.kid for name, key in found.keys.values()}


async def test_a_service_joins_with_a_token_and_then_keeps_its_lease_by_its_key(registry: Registry) -> None:
    key = key_of()
    assert (await registry.register(headers=shown(key, REGISTRY))).status_code == 401
    assert (await join(registry, key, mint_join_token(SECRET, "forum"))).status_code == 201
    assert await keys(registry) == {"forum/main": key.kid}
    assert (await registry.register(headers=shown(key, REGISTRY))).status_code == 201
    assert (await registry.renew(headers=shown(key, REGISTRY))).status_code == 200


async def test_an_answer_that_got_lost_can_be_asked_for_again(registry: Registry) -> None:
    key, token = key_of(), mint_join_token(SECRET, "forum")
    answers = [await join(registry, key, said) for said in (token, token, None)]
    assert [answer.status_code for answer in answers] == [201, 200, 200]


async def test_nobody_joins_without_a_token_that_is_good_for_her(registry: Registry) -> None:
    refused = [
        None,
        "",
        "forum",
        mint_join_token("x" * 32, "forum"),
        mint_join_token(SECRET, "survey"),
        mint_join_token(SECRET, "forum", hours=-1),
        registry.owner["Authorization"].removeprefix("Bearer "),
    ]
    answers = [await join(registry, key_of(), token) for token in refused]
    assert [(answer.status_code, problem(answer)) for answer in answers] == [(403, "join-token")] * len(refused)
    assert len({answer.json()["detail"] for answer in answers}) == 1
    assert await keys(registry) == {}


async def test_a_stolen_join_token_is_worth_nothing_once_it_was_used(registry: Registry) -> None:
    token = mint_join_token(SECRET, "forum")
    await join(registry, key_of(), token)
    for name in ("forum/main", "forum/evil"):
        assert problem(await join(registry, key_of(name), token)) == "join-token"
    assert list(await keys(registry)) == ["forum/main"]


async def test_another_key_for_a_known_instance_is_refused(registry: Registry) -> None:
    key = await joined(registry)
    refused = await join(registry, key_of())
    assert (refused.status_code, problem(refused)) == (409, "key-known")
    assert await keys(registry) == {"forum/main": key.kid}


async def test_a_new_key_takes_a_new_join_token_and_ends_the_old_one(registry: Registry) -> None:
    old, new = await joined(registry), await joined(registry)
    assert await keys(registry) == {"forum/main": new.kid}
    assert (await registry.register(headers=shown(old, REGISTRY))).status_code == 401
    assert (await registry.register(headers=shown(new, REGISTRY))).status_code == 201


async def test_a_removed_key_is_refused_at_once_also_where_it_was_just_seen(registry: Registry) -> None:
    headers = shown(await joined(registry), REGISTRY)
    await registry.register(headers=headers)
    answer = await registry.client.delete("/service-keys/forum/main", headers=registry.owner)
    assert answer.status_code == 204
    await eventually(lambda: _refused(registry, headers))
    again = await registry.client.delete("/service-keys/forum/main", headers=registry.owner)
    assert again.status_code == 404


async def _refused(registry: Registry, headers: dict[str, str]) -> bool:
    return (await registry.renew(headers=headers)).status_code == 401


async def test_two_replicas_have_two_keys_and_each_its_own_lease(registry: Registry) -> None:
    one, two = await joined(registry, "forum/one"), await joined(registry, "forum/two")
    assert (await registry.register("forum-one", headers=shown(one, REGISTRY))).status_code == 201
    assert (await registry.register("forum-two", headers=shown(one, REGISTRY))).status_code == 403
    assert (await registry.register("forum-two", headers=shown(two, REGISTRY))).status_code == 201
    assert (await registry.renew("forum-one", headers=shown(two, REGISTRY))).status_code == 403
    gone = await registry.client.delete("/instances/forum-one?epoch=1", headers=shown(two, REGISTRY))
    assert gone.status_code == 403


async def test_a_service_cannot_register_as_another(registry: Registry) -> None:
    key = await joined(registry, "forum/main")
    assert (await registry.register("survey-main", headers=shown(key, REGISTRY))).status_code == 403
    as_survey = await registry.register("forum-main", headers=shown(key, REGISTRY), service="survey")
    assert as_survey.status_code == 403


async def test_one_key_is_not_that_of_two_services(registry: Registry) -> None:
    key = await joined(registry, "forum/main")
    pem = new_pem()
    first = OwnKey(ServiceName.of("survey/main"), pem)
    second = OwnKey(ServiceName.of("ideation/main"), pem)
    assert (await join(registry, first, mint_join_token(SECRET, "survey"))).status_code == 201
    taken = await join(registry, second, mint_join_token(SECRET, "ideation"))
    assert (taken.status_code, problem(taken)) == (409, "key-taken")
    assert key.kid in (await keys(registry)).values()


async def test_whoever_joins_must_have_the_key(registry: Registry) -> None:
    mine, theirs, token = key_of(), key_of(), mint_join_token(SECRET, "forum")
    for x, proof in (
        (theirs.public.x, mint_service_token(mine, REGISTRY)),
        (mine.public.x, mint_service_token(mine, "forum")),
        (mine.public.x, mint_service_token(mine, REGISTRY, now=lambda: time.time() - 120)),
        (mine.public.x, mine.sign({"iss": "forum/main", "aud": REGISTRY}, CITIZEN_TYP)),
        (mine.public.x, "nonsense"),
    ):
        assert (await join(registry, mine, token, x=x, proof=proof)).status_code == 401
    assert (await join(registry, mine, token)).status_code == 201, "and the token is still good"


@pytest.mark.parametrize("x", [SMALL, "A" * 42, "AQ" + "A" * 41, "x" * 43, "+" * 43, ""])
async def test_what_is_no_key_is_not_taken(registry: Registry, x: str) -> None:
    key = key_of()
    body = {"key": {"kty": "OKP", "crv": "Ed25519", "x": x}, "proof": mint_service_token(key, REGISTRY)}
    assert (await registry.client.post("/service-keys", json=body)).status_code == 422


async def test_only_an_owner_removes_keys(registry: Registry, token: TokenHeaders) -> None:
    key = await joined(registry)
    for headers, status in (
        ({}, 401),
        (token(Role.MODERATOR, "mo", audience=REGISTRY), 403),
        (shown(key, REGISTRY), 403),
    ):
        assert (await registry.client.delete("/service-keys/forum/main", headers=headers)).status_code == status


async def test_who_waits_for_another_key_hears_of_it(registry: Registry) -> None:
    before = (await registry.client.get("/service-keys")).json()["revision"]
    waiting = asyncio.create_task(registry.client.get("/service-keys", params={"after": before, "wait": 20}))
    key = await joined(registry)
    found = await asyncio.wait_for(waiting, 10)
    assert [one["kid"] for one in found.json()["keys"]] == [key.kid]
    unchanged = await registry.client.get("/service-keys", headers={"If-None-Match": found.headers["etag"]})
    assert unchanged.status_code == 304


async def test_the_key_of_who_was_away_for_long_is_forgotten(registry: Registry) -> None:
    key = await joined(registry)
    await registry.register(headers=shown(key, REGISTRY))
    for days in (1, 2, 31):
        registry.clock.forward(days=days)
        await reap(registry.app.state.kit.db, registry.app.state.directory.beats, registry.clock())
    assert await keys(registry) == {}


async def test_the_registry_lets_itself_in(test_settings: dict[str, Any], clock: Clock, owner: dict[str, str]) -> None:
    settings = test_settings | {"registry_url": "http://127.0.0.1:9"}
    async with running(settings, clock, owner) as registry:
        kid = registry.app.state.kit.services.key.kid

        async def known() -> bool:
            return await keys(registry) == {"registry/main": kid}

        await eventually(known)
