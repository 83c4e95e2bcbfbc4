"""A person's data across the family: taken away as one, and erased in every block, also in one that is away for a while."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from gateway.tests.conftest import Block, World
from sqlalchemy import select

from interlinker_gateway.store.calls import CallStatus
from interlinker_gateway.store.tables import CallRow
from interlinker_shared.auth import Role
from interlinker_shared.db import compact
from interlinker_shared.state import Kit
from interlinker_shared.testing import eventually

Template = dict[str, Any]


async def took_part(world: World, template: Template, *people: str) -> tuple[str, str]:
    """A process, and the asset that these people have entered something into."""
    process = await world.begin(template, inputs={"question": "Why?"}, roles={"coordinator": ["ann"]})
    asset = (await world.task(process, "needs", "active"))["asset"]
    for who in people:
        await world.enter(world.asks, asset, who, f"{who} wants a pool")
    await world.pull("asks")
    return process, str(asset)


async def erase(world: World, who: str = "ann", role: Role = Role.MEMBER) -> str:
    answer = await world.ask("DELETE", f"/subjects/{who}", headers=world.token(role, who))
    assert answer.status_code == 204, answer.text
    return str(answer.headers["Location"])


async def waiting(world: World, place: str) -> dict[str, str | None]:
    """Which services have not erased her, and why."""
    answer = await world.ask("GET", place)
    assert answer.status_code == 200, answer.text
    return {one["service"]: one["waiting_for"] for one in answer.json()["services"] if one["done_at"] is None}


async def held(world: World, who: str = "ann") -> dict[str, Any]:
    answer = await world.ask("GET", f"/subjects/{who}", headers=world.token(Role.MEMBER, who))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def row_count(world: World, text: str) -> int:
    """How often a text stands in the gateway's database file, in the log too."""
    return sum(one.read_bytes().count(text.encode()) for one in world.folder.glob("gateway.sqlite3*"))


def erased_in(block: Block) -> list[str]:
    return block.erased


async def _is_waiting(world: World, text: str) -> bool:
    """Whether a call waits that brings these words."""
    kit: Kit = world.app.state.kit
    query = select(CallRow.body).where(CallRow.status == CallStatus.PENDING, CallRow.step == "import")
    return text in str(await kit.db.read(lambda session: list(session.scalars(query))))


class TestExport:
    async def test_it_holds_what_every_service_holds(self, world: World, template: Template) -> None:
        await took_part(world, template, "ann")
        found = await held(world)
        assert (found["service"], found["missing"]) == ("gateway", [])
        assert {name: one["subject"] for name, one in found["services"].items()} == {"asks": "ann", "ideas": "ann"}
        assert [one["action"] for one in found["data"]["processes"]["contributions"]] == ["entered"]
        assert found["data"]["processes"]["roles"][0]["roles"] == ["coordinator"]

    async def test_a_block_that_is_away_is_named(self, world: World) -> None:
        world.away.add("asks")
        found = await held(world)
        assert sorted(found["services"]) == ["ideas"]
        (missing,) = found["missing"]
        assert (missing["service"], missing["address"]) == ("asks", "/i/asks/subjects/ann")

    async def test_it_is_hers_and_the_owners(self, world: World) -> None:
        for who, role, status in (("ben", Role.MEMBER, 403), ("owner", Role.OWNER, 200)):
            answer = await world.ask("GET", "/subjects/ann", headers=world.token(role, who))
            assert answer.status_code == status

    async def test_it_holds_the_decisions_she_took(self, world: World, template: Template) -> None:
        process, asset = await took_part(world, template)
        await world.close(process, "needs")
        await world.task(process, "ideas", "active")
        await world.close(process, "ideas")
        await world.task(process, "approve", "active")
        assert (await world.decide(process, "approve", "accept", "ann", Role.MEMBER)).status_code < 300
        processes = (await held(world))["data"]["processes"]
        assert [(one["task"], one["option"], one["reason"]) for one in processes["votes"]] == [
            ("approve", "accept", "Because I think so.")
        ]
        assert asset


class TestErasure:
    async def test_every_block_is_asked_and_says_when_it_has_done_it(self, world: World) -> None:
        place = await erase(world)

        async def done() -> bool:
            return await waiting(world, place) == {}

        await world.eventually(done)
        assert erased_in(world.asks) == erased_in(world.ideas) == ["ann"]
        assert (await world.ask("GET", place)).json()["done_at"] is not None

    async def test_a_block_that_was_away_is_asked_when_it_comes_back(self, world: World) -> None:
        world.away.add("asks")
        place = await erase(world)

        async def only_asks() -> bool:
            return (await waiting(world, place)).keys() == {"asks"} and (await waiting(world, place))[
                "asks"
            ] is not None

        await world.eventually(only_asks)
        await world.stop()
        world.away.clear()
        await world.start()

        async def done() -> bool:
            return await waiting(world, place) == {}

        await world.eventually(done)
        assert erased_in(world.asks) == ["ann"]

    async def test_the_gateway_forgets_her_id_once_all_have_done_it(self, world: World, template: Template) -> None:
        marked = "ann-the-marked"
        process, _ = await took_part(world, template, marked, "ben")
        assert await row_count(world, marked) > 0
        count = await world.count_contributions(process)
        place = await erase(world, marked)

        async def done() -> bool:
            return await waiting(world, place) == {}

        await world.eventually(done)
        kit: Kit = world.app.state.kit
        await kit.db.write(compact)
        assert await row_count(world, marked) == 0
        assert (count, await world.count_contributions(process)) == (2, 1)

    async def test_late_news_of_what_she_did_before_name_her_no_more(self, world: World, template: Template) -> None:
        process, asset = await took_part(world, template)
        await world.enter(world.asks, asset, "ann", "a pool")
        await erase(world)
        await world.pull("asks")
        assert "contributions" not in (await held(world))["data"].get("processes", {})
        await world.enter(world.asks, asset, "ann", "I am back")
        await world.pull("asks")
        assert len((await held(world))["data"]["processes"]["contributions"]) == 1
        assert process

    async def test_a_decision_stays_without_her_name_and_reason_and_the_trail_holds(
        self, world: World, template: Template
    ) -> None:
        process, _ = await took_part(world, template, "ben")
        await world.close(process, "needs")
        await world.task(process, "ideas", "active")
        await world.close(process, "ideas")
        await world.task(process, "approve", "active")
        await world.decide(process, "approve", "accept", "ann", Role.MEMBER)
        before = (await world.ask("GET", f"/processes/{process}/audit", headers=world.token())).json()
        assert [(one["subject"], one["reason"]) for one in before["items"] if one["action"] == "option.chosen"] == [
            ("ann", "Because I think so.")
        ]
        await erase(world)
        after = (await world.ask("GET", f"/processes/{process}/audit", headers=world.token())).json()
        assert after["holds"]
        assert "Because" not in json.dumps(after)
        assert [one["hash"] for one in after["items"]][: len(before["items"])] == [
            one["hash"] for one in before["items"]
        ]
        task = (await world.tasks(process))["approve"]
        assert (task["option"], task["reason"]) == ("accept", "[erased]")

    async def test_nobody_else_can_follow_it(self, world: World) -> None:
        place = await erase(world)
        path, _, receipt = place.partition("?receipt=")
        other = {"path": path.replace("/ann/", "/ben/"), "query": f"?receipt={receipt}"}
        for address in (path, f"{path}?receipt=x", f"{other['path']}{other['query']}"):
            assert (await world.ask("GET", address)).status_code == 401
        assert (await world.ask("GET", path, headers=world.token(Role.MEMBER, "ben"))).status_code == 403
        assert (await world.ask("GET", path, headers=world.token())).status_code == 200

    async def test_an_item_that_is_withdrawn_leaves_result_and_feedback(self, world: World, template: Template) -> None:
        process, asset = await took_part(world, template, "ann")
        (item,) = world.asks.items[next(iter(world.asks.items))]
        await world.close(process, "needs")
        await world.task(process, "ideas", "active")
        assert await row_count(world, "ann wants a pool") > 0
        await world.tell("eu.interlinkers.asks.item.withdrawn.v1", {"asset": asset, "item": item})
        kit: Kit = world.app.state.kit
        await kit.db.write(compact)
        assert await row_count(world, "ann wants a pool") == 0

    async def test_words_of_a_call_that_waits_are_gone_with_their_item(self, world: World, template: Template) -> None:
        process, asset = await took_part(world, template, "ann", "ben")
        item = next(one.id for one in world.asks.items[UUID(asset)].values() if one.text == "ann wants a pool")
        world.away.add("imports")
        await world.close(process, "needs")
        await eventually(lambda: _is_waiting(world, "ann wants a pool"), within=20)
        await world.tell("eu.interlinkers.asks.item.withdrawn.v1", {"asset": asset, "item": item})
        assert await _is_waiting(world, "ben wants a pool")
        assert not await _is_waiting(world, "ann wants a pool")
        world.away.clear()
        await world.task(process, "ideas", "active")
        taken = [one.text for items in world.ideas.items.values() for one in items.values()]
        assert taken == ["ben wants a pool"]

    async def test_her_page_says_who_has_done_it(self, world: World) -> None:
        receipt = (await erase(world)).partition("?receipt=")[2]
        page = await world.ask("GET", f"/account/erased/view?subject=ann&receipt={receipt}")
        assert page.status_code == 200
        assert "asks: " in page.text
        for wrong in ("subject=ben", "subject=ann&receipt=x"):
            assert (await world.ask("GET", f"/account/erased/view?{wrong}")).status_code == 404
