"""Taking, keeping and giving back a lease over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from interlinkers.registry.tests.calling import Registry, manifest_of, pointers, problem, registration

from interlinker_shared.auth import Role
from interlinker_shared.testing import TokenHeaders

WRONG_REGISTRATIONS: list[tuple[dict[str, Any], str]] = [
    ({"base_url": "http://169.254.169.254/"}, "/base_url"),
    ({"base_url": "http://user:secret@forum"}, "/base_url"),
    ({"base_url": "x" * 501}, "/base_url"),
    ({"ttl": 9}, "/ttl"),
    ({"ttl": 61}, "/ttl"),
    ({"epoch": -1}, "/epoch"),
    ({"epoch": 2**63}, "/epoch"),
    ({"service": "Forum"}, "/service"),
    ({"service": "survey"}, "/manifest/id"),
    ({"version": "a\x00b"}, "/version"),
    ({"manifest_digest": "sha256:0"}, "/manifest_digest"),
    ({"manifest": {"id": "forum"}}, "/manifest/name"),
    ({"manifest": registration()["manifest"] | {"licence": "\x00"}}, "/manifest"),
    ({"colour": "red"}, "/colour"),
]


async def test_an_instance_takes_a_lease_and_is_told_when_to_renew(registry: Registry) -> None:
    answer = await registry.register()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": "forum-main",
        "state": "passing",
        "revision": 2,
        "epoch": 1,
        "ttl": 30,
        "renew_after": 10,
    }
    assert await registry.events() == ["instance.registered.v1"]


async def test_the_same_registration_again_changes_nothing(registry: Registry) -> None:
    await registry.register()
    again = await registry.register()
    assert (again.status_code, again.json()["revision"]) == (200, 2)
    assert await registry.events() == ["instance.registered.v1"]


@pytest.mark.parametrize(
    "changes", [{"epoch": 2}, {"base_url": "http://127.0.0.1:9"}, {"version": "2"}, {"ttl": 20}], ids=str
)
async def test_a_changed_registration_is_a_new_revision(registry: Registry, changes: dict[str, Any]) -> None:
    await registry.register()
    again = await registry.register(**changes)
    assert (again.status_code, again.json()["revision"]) == (200, 3)
    (found,) = (await registry.instances())["items"]
    assert {name: found[name] for name in changes if name != "ttl"} == {
        name: value for name, value in changes.items() if name != "ttl"
    }


async def test_registering_takes_an_owner(registry: Registry, token: TokenHeaders) -> None:
    assert (await registry.register(headers={})).status_code == 401
    moderator = token(Role.MODERATOR, "mo", audience="registry")
    assert (await registry.register(headers=moderator)).status_code == 403
    elsewhere = token(Role.OWNER, "service:forum", audience="forum")
    assert (await registry.register(headers=elsewhere)).status_code == 401
    assert (await registry.instances())["items"] == []


async def test_a_wrong_registration_names_the_field_and_leaves_nothing(registry: Registry) -> None:
    for changes, pointer in WRONG_REGISTRATIONS:
        answer = await registry.register(**changes)
        assert answer.status_code == 422, changes
        assert pointer in pointers(answer), changes
    assert await registry.instances() == {"items": [], "revision": 1}


async def test_an_id_that_is_no_name_is_refused(registry: Registry) -> None:
    assert (await registry.register("forum-Main%20")).status_code == 422


async def test_an_older_run_cannot_take_the_lease_of_a_newer_one(registry: Registry) -> None:
    await registry.register(epoch=5)
    answers = [await registry.register(epoch=4), await registry.renew(epoch=4)]
    answers.append(await registry.client.delete("/instances/forum-main?epoch=4", headers=registry.owner))
    assert [(answer.status_code, problem(answer)) for answer in answers] == [(409, "stale-epoch")] * 3
    assert (await registry.instances())["items"][0]["epoch"] == 5


async def test_another_service_cannot_take_a_lease_that_is_held(registry: Registry) -> None:
    await registry.register()
    answer = await registry.client.put("/instances/forum-main", json=registration("survey"), headers=registry.owner)
    assert (answer.status_code, problem(answer)) == (409, "instance-taken")


async def test_a_renewal_keeps_the_lease_without_a_new_revision(registry: Registry) -> None:
    await registry.register()
    for _ in range(10):
        await registry.pass_time(seconds=20)
        answer = await registry.renew()
        assert (answer.status_code, answer.json()) == (200, {"state": "passing", "revision": 2, "ttl": 30})
    (found,) = (await registry.instances())["items"]
    assert found["expires_at"] == "2026-01-01T12:03:50Z"


async def test_renewing_takes_an_owner(registry: Registry, token: TokenHeaders) -> None:
    await registry.register()
    member = token(Role.MEMBER, "anna", audience="registry")
    assert [(await registry.renew(headers=who)).status_code for who in ({}, member)] == [401, 403]


async def test_an_unknown_instance_is_told_to_register(registry: Registry) -> None:
    answer = await registry.renew("nobody")
    assert (answer.status_code, problem(answer)) == (404, "unknown-instance")


async def test_a_changed_manifest_must_be_registered_anew(registry: Registry) -> None:
    await registry.register()
    changed = manifest_of(capabilities=["forum", "forum.thread"])
    answer = await registry.renew(manifest_digest=changed.digest())
    assert (answer.status_code, problem(answer)) == (409, "manifest-changed")
    again = await registry.register(**registration(manifest=changed))
    assert again.status_code == 200
    assert (await registry.instances(capability="forum.thread"))["items"][0]["id"] == "forum-main"


@pytest.mark.parametrize(
    "wrong", [{"health": "happy"}, {"epoch": "soon"}, {"manifest_digest": 1}, {"load": 3}], ids=str
)
async def test_a_wrong_renewal_names_the_field(registry: Registry, wrong: dict[str, Any]) -> None:
    await registry.register()
    answer = await registry.renew(**wrong)
    assert (answer.status_code, pointers(answer)) == (422, [f"/{name}" for name in wrong])


async def test_health_shows_in_the_list_and_draining_is_a_state(registry: Registry) -> None:
    await registry.register()
    await registry.renew(health="critical")
    (found,) = (await registry.instances())["items"]
    assert (found["state"], found["health"], found["revision"]) == ("passing", "critical", 3)
    assert (await registry.renew(health="draining")).json()["state"] == "draining"


async def test_saying_goodbye_ends_the_lease_at_once_and_twice_is_once(registry: Registry) -> None:
    await registry.register()
    for _ in range(2):
        answer = await registry.client.delete("/instances/forum-main?epoch=1", headers=registry.owner)
        assert answer.status_code == 204
    assert (await registry.instances())["items"] == []
    assert await registry.state() == "archived"
    assert await registry.events() == ["instance.registered.v1", "instance.deregistered.v1"]


async def test_goodbye_needs_an_owner_an_epoch_and_somebody_to_go(registry: Registry) -> None:
    path, delete = "/instances/forum-main", registry.client.delete
    assert (await delete(f"{path}?epoch=1")).status_code == 401
    assert (await delete(path, headers=registry.owner)).status_code == 422
    assert (await delete(f"{path}?epoch=1", headers=registry.owner)).status_code == 404


async def test_who_said_goodbye_can_come_back(registry: Registry) -> None:
    await registry.register()
    await registry.client.delete("/instances/forum-main?epoch=1", headers=registry.owner)
    assert (await registry.register(epoch=2)).status_code == 201
    assert await registry.state() == "passing"
