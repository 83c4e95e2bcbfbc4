"""What time does to leases, through the reaper, with a clock that the test turns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from interlinkers.registry.tests.calling import Clock, Registry, problem, running

from interlinker_registry.reaper import ClockWatch, begin_anew
from interlinker_shared.testing import recorded

MOMENT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


async def test_a_silent_instance_is_suspected_expires_and_is_archived(registry: Registry) -> None:
    await registry.register()
    seen = []
    for span in ({"seconds": 29}, {"seconds": 1}, {"seconds": 60}, {"hours": 24}):
        await registry.pass_time(**span)
        seen.append(await registry.state())
    assert seen == ["passing", "suspect", "expired", "archived"]
    assert await registry.events() == ["instance.registered.v1", "instance.suspected.v1", "instance.expired.v1"]
    assert await registry.instances() == {"items": [], "revision": 5}


async def test_events_carry_ids_and_the_revision_that_shows_it(registry: Registry) -> None:
    await registry.register()
    await registry.pass_time(seconds=30)
    (event,) = await recorded(registry.app, "instance.suspected.v1")
    assert event["data"] == {"instance": "forum-main", "service": "forum", "revision": 3}
    assert (event["subject"], event["aggseq"]) == ("forum-main", 2)


async def test_a_suspect_that_renews_has_recovered(registry: Registry) -> None:
    await registry.register()
    await registry.pass_time(seconds=45)
    assert (await registry.renew()).json() == {"state": "passing", "revision": 4, "ttl": 30}
    assert (await registry.events())[-1] == "instance.recovered.v1"
    await registry.pass_time(seconds=29)
    assert await registry.state() == "passing"


async def test_an_expired_lease_must_be_registered_again(registry: Registry) -> None:
    await registry.register()
    await registry.pass_time(seconds=90)
    refused = await registry.renew()
    assert (refused.status_code, problem(refused)) == (404, "unknown-instance")
    assert (await registry.register()).status_code == 201
    assert await registry.state() == "passing"


async def test_a_change_by_time_wakes_long_polls_with_its_revision(registry: Registry) -> None:
    await registry.register()
    await registry.pass_time(seconds=30)
    answer = await registry.instances(after=2, wait=30)
    assert [(item["state"], item["revision"]) for item in answer["items"]] == [("suspect", 3)]


async def test_a_quiet_tick_writes_nothing(registry: Registry) -> None:
    await registry.register()
    for _ in range(5):
        await registry.pass_time(seconds=5)
    assert (await registry.instances())["revision"] == 2


async def test_many_that_fall_silent_at_once_are_held_for_ten_minutes_and_no_longer(registry: Registry) -> None:
    names = [f"forum-{number}" for number in range(6)]
    for name in names:
        await registry.register(name)
    await registry.pass_time(minutes=11)
    assert {await registry.state(name) for name in names} == {"suspect"}
    await registry.pass_time(seconds=30)
    assert {await registry.state(name) for name in names} == {"expired"}


async def test_an_archived_instance_is_forgotten_after_thirty_days_and_its_entry_is_not(registry: Registry) -> None:
    await registry.register()
    await registry.client.delete("/instances/forum-main?epoch=1", headers=registry.owner)
    await registry.pass_time(days=29)
    assert await registry.state() == "archived"
    assert [item["id"] for item in (await registry.instances(state="archived"))["items"]] == ["forum-main"]
    await registry.pass_time(days=1)
    assert (await registry.client.get("/instances/forum-main")).status_code == 404
    assert (await registry.client.get("/catalogue/forum")).json()["instances"] == []


@pytest.mark.parametrize(("after", "state"), [(59, "passing"), (60, "suspect"), (119, "suspect"), (120, "expired")])
async def test_nobody_is_suspected_for_two_ttls_after_a_restart(
    test_settings: dict[str, Any], clock: Clock, owner: dict[str, str], *, after: int, state: str
) -> None:
    async with running(test_settings, clock, owner) as before:
        await before.register()
    clock.forward(hours=3)
    async with running(test_settings, clock, owner) as restarted:
        await restarted.pass_time(seconds=after)
        assert await restarted.state() == state


async def test_a_restart_forgets_nothing_that_readers_have_seen(
    test_settings: dict[str, Any], clock: Clock, owner: dict[str, str]
) -> None:
    async with running(test_settings, clock, owner) as before:
        await before.register(epoch=7)
        seen = await before.instances()
    async with running(test_settings, clock, owner) as restarted:
        known = await restarted.instances()
        assert (await restarted.register(epoch=6)).status_code == 409
        assert (await restarted.register(epoch=7)).json()["revision"] == 2
    seen["items"][0].pop("expires_at")
    known["items"][0].pop("expires_at")
    assert known == seen


async def set_clock(registry: Registry, **by: float) -> None:
    """Set the clock, as somebody does who corrects it, and let the reaper notice."""
    registry.clock.now += timedelta(**by)
    await begin_anew(registry.app.state.kit.db, registry.app.state.directory.beats, registry.clock())


async def test_a_clock_set_back_keeps_no_dead_instance_alive(registry: Registry) -> None:
    await registry.register()
    await set_clock(registry, hours=-1)
    await registry.pass_time(seconds=30)
    assert await registry.state() == "suspect"


async def test_a_clock_set_forward_expires_nobody_who_renews(registry: Registry) -> None:
    await registry.register()
    await set_clock(registry, hours=1)
    await registry.pass_time(seconds=10)
    assert await registry.state() == "passing"
    assert (await registry.renew()).status_code == 200
    await registry.pass_time(seconds=29)
    assert await registry.state() == "passing"


@pytest.mark.parametrize(("set_by", "noticed"), [(0, 0), (1, 0), (3600, 3600), (-3600, -3600)])
def test_a_clock_that_was_set_is_told_from_one_that_went(set_by: float, noticed: float) -> None:
    steady = [50.0]
    watch = ClockWatch(MOMENT, lambda: steady[0])
    steady[0] += 20
    assert watch.jumped(MOMENT + timedelta(seconds=20 + set_by)) == noticed
    assert watch.jumped(MOMENT + timedelta(seconds=20 + set_by)) == 0
