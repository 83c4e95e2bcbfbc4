"""Reading the directory: queries, revisions, long polls, many readers."""

from __future__ import annotations

import asyncio

from interlinkers.registry.tests.calling import NOON, Registry, problem

from interlinker_registry.directory import Directory
from interlinker_shared.testing import eventually


async def test_instances_are_found_by_service_capability_and_state(registry: Registry) -> None:
    for id in ("forum-main", "forum-two", "survey-main"):
        await registry.register(id)
    await registry.renew("forum-two", health="draining")
    queries = ({"service": "forum"}, {"capability": "survey"}, {"state": "draining"}, {"capability": "none"})
    found = [[item["id"] for item in (await registry.instances(**query))["items"]] for query in queries]
    assert found == [["forum-main", "forum-two"], ["survey-main"], ["forum-two"], []]


async def test_an_item_says_all_that_a_caller_needs(registry: Registry) -> None:
    await registry.register()
    (item,) = (await registry.instances())["items"]
    assert item["manifest"]["name"] == {"en": "Forum", "es": "El forum"}
    assert item.pop("manifest")
    assert item == {
        "id": "forum-main",
        "service": "forum",
        "base_url": "http://127.0.0.1:8002",
        "state": "passing",
        "health": "passing",
        "version": "1.2.3",
        "capabilities": ["forum"],
        "epoch": 1,
        "expires_at": "2026-01-01T12:00:30Z",
        "revision": 2,
    }


async def test_one_instance_is_read_by_its_id(registry: Registry) -> None:
    await registry.register()
    assert (await registry.client.get("/instances/forum-main")).json()["service"] == "forum"
    missing = await registry.client.get("/instances/nobody")
    assert (missing.status_code, problem(missing)) == (404, "unknown-instance")


async def test_wrong_queries_are_refused(registry: Registry) -> None:
    wrong = ("state=happy", "after=-1", "after=9999999999999999999", "wait=31", "wait=x", f"service={'a' * 201}")
    answers = [await registry.client.get(f"/instances?{query}") for query in wrong]
    assert {answer.status_code for answer in answers} == {422}


async def test_an_unchanged_list_is_not_sent_again(registry: Registry) -> None:
    await registry.register()
    tag = (await registry.client.get("/instances")).headers["etag"]
    unchanged = await registry.client.get("/instances", headers={"If-None-Match": tag})
    assert (unchanged.status_code, unchanged.content, unchanged.headers["etag"]) == (304, b"", tag)
    await registry.register(epoch=2)
    assert (await registry.client.get("/instances", headers={"If-None-Match": tag})).status_code == 200


async def test_a_long_poll_ends_with_the_next_change(registry: Registry) -> None:
    known = (await registry.instances())["revision"]
    async with asyncio.timeout(5):
        polls = [asyncio.create_task(registry.instances(after=known, wait=30)) for _ in range(20)]
        await eventually(lambda: _are_waiting(registry.app.state.directory, 20))
        await registry.register()
        answers = await asyncio.gather(*polls)
    assert [(answer["revision"], len(answer["items"])) for answer in answers] == [(known + 1, 1)] * 20


async def test_a_long_poll_behind_the_directory_answers_at_once(registry: Registry) -> None:
    await registry.register()
    async with asyncio.timeout(5):
        assert (await registry.instances(after=1, wait=30))["revision"] == 2
        assert (await registry.instances(after=77, wait=30))["revision"] == 2, "a registry that began anew"


async def test_a_long_poll_without_a_change_ends_with_its_wait(registry: Registry) -> None:
    async with asyncio.timeout(5):
        answer = await registry.instances(after=1, wait=1)
    assert answer == {"items": [], "revision": 1}


async def test_a_renewal_wakes_nobody(registry: Registry) -> None:
    await registry.register()
    poll = asyncio.create_task(registry.instances(after=2, wait=30))
    await eventually(lambda: _are_waiting(registry.app.state.directory, 1))
    await registry.renew()
    assert await _are_waiting(registry.app.state.directory, 1)
    await registry.renew(health="warning")
    assert (await poll)["revision"] == 3


async def test_a_stopping_registry_lets_everybody_go_at_once(registry: Registry) -> None:
    polls = [asyncio.create_task(registry.instances(after=1, wait=30)) for _ in range(3)]
    await eventually(lambda: _are_waiting(registry.app.state.directory, 3))
    registry.app.state.kit.stopping.set()
    async with asyncio.timeout(5):
        assert [answer["revision"] for answer in await asyncio.gather(*polls)] == [1, 1, 1]
        assert (await registry.instances(after=1, wait=30))["revision"] == 1


async def test_a_change_between_look_and_wait_is_not_missed() -> None:
    directory, numbers = Directory(started_at=NOON), iter([1, 2])

    async def revision() -> int:
        number = next(numbers)
        directory._ring()  # a commit right after the read
        return number

    async with asyncio.timeout(5):
        await directory.wait_past(1, 30, revision=revision)
    assert next(numbers, None) is None


async def test_256_readers_at_once_all_get_the_list(registry: Registry) -> None:
    for number in range(8):
        await registry.register(f"forum-{number}")
    answers = await asyncio.gather(*(registry.instances() for _ in range(256)))
    assert {(len(answer["items"]), answer["revision"]) for answer in answers} == {(8, 9)}


async def _are_waiting(directory: Directory, count: int) -> bool:
    return len(directory._bell._waiters) == count  # asyncio keeps who waits
