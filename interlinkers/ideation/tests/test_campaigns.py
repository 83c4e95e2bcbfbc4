"""What a campaign can be set to, and what it takes over from an earlier step."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest
from interlinkers.ideation.tests.calling import Service, pointers, problem

from interlinker_shared.events import Envelope

SOURCE = {"interlinker": "survey", "asset": "s1", "item": "a1"}


async def hand_over(service: Service, campaign: str, *items: dict[str, Any]) -> dict[str, Any]:
    answer = await service.staff("POST", f"/campaigns/{campaign}/imports", {"handover": "h1", "items": items})
    assert answer.status_code == 200, answer.text
    taken: dict[str, Any] = answer.json()
    return taken


async def ideas_of(service: Service, campaign: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = (await service.call("GET", f"/campaigns/{campaign}/ideas")).json()["items"]
    return listed[::-1]


@pytest.mark.parametrize(
    ("config", "pointer"),
    [
        ({"budget": -1}, "/config/budget"),
        ({"budget": 1.5}, "/config/budget"),
        ({"budget": "100"}, "/config/budget"),
        ({"currency": "euro"}, "/config/currency"),
        ({"ballot": {"min": 3, "max": 2}}, "/config/ballot"),
        ({"ballot": {"max": 0}}, "/config/ballot/max"),
        ({"guests": "perhaps"}, "/config/guests"),
        ({"voting": "ajar"}, "/config/voting"),
        ({"colour": "red"}, "/config/colour"),
    ],
)
async def test_wrong_setting_is_named(service: Service, config: dict[str, object], pointer: str) -> None:
    answer = await service.staff("POST", "/campaigns", {"title": "x", "config": config})
    assert answer.status_code == 422
    assert pointers(answer) == [pointer]


async def test_gates_can_be_moved_while_the_campaign_is_open(service: Service) -> None:
    campaign = await service.create_campaign(voting="closed", budget=5)
    idea = await service.create_idea(campaign)
    now = await service.staff("GET", f"/campaigns/{campaign}")
    config = now.json()["config"] | {"voting": "open", "submissions": "closed"}
    changed = await service.staff(
        "PATCH", f"/campaigns/{campaign}", {"config": config}, headers={"If-Match": now.headers["etag"]}
    )
    assert changed.status_code == 200
    assert (await service.vote(campaign, idea)).status_code == 200


async def change(service: Service, campaign: str, **config: Any) -> httpx.Response:
    now = await service.staff("GET", f"/campaigns/{campaign}")
    body, match = {"config": now.json()["config"] | config}, {"If-Match": now.headers["etag"]}
    return await service.staff("PATCH", f"/campaigns/{campaign}", body, headers=match)


async def test_budget_and_secrecy_are_fixed_while_the_campaign_is_open(service: Service) -> None:
    campaign = await service.create_campaign(budget=5)
    for config in ({"budget": 6}, {"results_hidden": False}):
        assert problem(await change(service, campaign, **config)) == (409, "campaign-fixed")


WAYS: list[dict[str, Any]] = [
    {"ballot": {"min": 0}},
    {"method": {"type": "points"}},
    {"rule": {"type": "greedy", "overrun": "stop"}},
    {"ties": ["lot"]},
    {"seed": "another"},
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: next(iter(way)))
async def test_the_way_to_vote_is_fixed_by_the_first_ballot(service: Service, way: dict[str, Any]) -> None:
    campaign = await service.create_campaign(budget=5)
    idea = await service.create_idea(campaign)
    back = {"method": {"type": "approval"}, "ballot": {"min": 1}, "rule": None, "ties": None, "seed": None}
    assert (await change(service, campaign, **way)).status_code == 200
    assert (await change(service, campaign, **back)).status_code == 200
    assert (await service.vote(campaign, idea)).status_code == 200
    assert problem(await change(service, campaign, **way)) == (409, "campaign-fixed")


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"method": {"type": "coin"}}, "/config/method"),
    ({"method": {"type": "points", "total": 0}}, "/config/method/total"),
    ({"method": {"type": "points", "total": 3, "most_each": 4}}, "/config/method"),
    ({"method": {"type": "rating", "levels": 99}}, "/config/method/levels"),
    ({"method": {"type": "knapsack"}}, "/config/method"),
    ({"method": {"type": "support"}}, "/config/method"),
    ({"method": {"type": "ranked", "count": "irv", "seats": 2}}, "/config/method"),
    ({"method": {"type": "ranked", "count": "stv"}, "budget": 5}, "/config/method"),
    ({"rule": {"type": "greedy"}}, "/config/rule"),
    ({"rule": {"type": "phragmen"}, "budget": 5, "results_hidden": False}, "/config/rule"),
    ({"rule": {"type": "equal-shares"}, "budget": 5, "method": {"type": "points"}}, "/config/rule"),
    ({"rule": {"type": "equal-shares", "utility": "joy"}, "budget": 5}, "/config/rule/utility"),
    ({"ties": ["cheaper"]}, "/config/ties"),
]


@pytest.mark.parametrize(("config", "pointer"), WRONG, ids=lambda one: one if isinstance(one, str) else None)
async def test_ways_to_vote_that_do_not_go_together_are_refused(
    service: Service, config: dict[str, Any], pointer: str
) -> None:
    answer = await service.staff("POST", "/campaigns", {"title": "A town", "config": config})
    assert (answer.status_code, pointers(answer)) == (422, [pointer])


async def test_items_become_ideas_without_an_author(service: Service) -> None:
    campaign = await service.create_campaign(opened=False)
    items: list[dict[str, Any]] = [
        {"id": "1", "title": "A park", "text": "Green.", "language": "de", "cost": 500, "source": SOURCE},
        {"id": "2", "text": "Benches\nin the shade"},
        {"id": "3", "cost": "dear"},
    ]
    taken = await hand_over(service, campaign, *items)
    await service.staff("POST", f"/campaigns/{campaign}/open")
    ideas = await ideas_of(service, campaign)
    assert [entry["item"] for entry in taken["items"]] == [idea["id"] for idea in ideas]
    assert [idea["title"] for idea in ideas] == ["A park", "Benches", "3"]
    assert [idea["cost"] for idea in ideas] == [500, None, None]
    assert [idea["language"] for idea in ideas] == ["de", "en", "en"]
    assert ideas[0]["source"] == SOURCE


async def test_handing_over_again_makes_no_second_idea(service: Service) -> None:
    campaign = await service.create_campaign()
    for _ in range(2):
        await hand_over(service, campaign, {"id": "1", "title": "A park"})
    assert len(await ideas_of(service, campaign)) == 1
    assert len(await service.events("idea.submitted.v1")) == 1
    assert await service.events("contribution.made.v1") == []


async def test_source_stays_with_the_idea_into_the_result(service: Service) -> None:
    campaign = await service.create_campaign()
    await hand_over(service, campaign, {"id": "1", "title": "A park", "source": SOURCE})
    (item,) = (await service.close(campaign))["items"]
    assert item["source"] == SOURCE


async def test_item_withdrawn_at_its_source_leaves_the_campaign(service: Service) -> None:
    campaign = await service.create_campaign()
    source = SOURCE | {"asset": str(uuid4())}
    await hand_over(service, campaign, {"id": "1", "title": "A park", "source": source})
    kit = service.app.state.kit
    handler = next(one for one in kit.handlers if one.takes("interlink.others.item.withdrawn.v1"))
    payload = handler.reader(asset=source["asset"], item=source["item"])
    envelope = Envelope(
        id=uuid4(), source="/survey/main", type="item.withdrawn.v1", subject="s", time=kit.clock(), aggseq=1, data={}
    )
    await kit.db.write(handler.fn, payload, envelope)
    assert await ideas_of(service, campaign) == []
    assert len(await service.events("item.withdrawn.v1")) == 1


async def test_changes_tell_a_mirror_what_ideas_look_like_now(service: Service) -> None:
    campaign = await service.create_campaign()
    kept, gone = await service.create_idea(campaign, "kept"), await service.create_idea(campaign, "gone")
    await service.call("PUT", f"/campaigns/{campaign}/ideas/{kept}/support")
    await service.call("DELETE", f"/campaigns/{campaign}/ideas/{gone}")
    feed = (await service.staff("GET", "/changes")).json()["items"]
    bodies = {entry["id"]: entry["body"] for entry in feed if entry["kind"] == "idea"}
    assert bodies[gone] is None
    assert bodies[kept]["support"] == 1


async def test_deleted_campaign_takes_its_ideas_out_of_the_feed(service: Service) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign)
    assert (await service.staff("DELETE", f"/campaigns/{campaign}")).status_code == 204
    feed = (await service.staff("GET", "/changes")).json()["items"]
    assert {entry["body"] is None for entry in feed if entry["id"] in (idea, campaign)} == {True}
    assert (await service.call("GET", f"/campaigns/{campaign}/ideas/{idea}")).status_code == 404


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[1,2]", b'"text"', b"null"])
@pytest.mark.parametrize("path", ["ideas", "ballots"])
async def test_malformed_bodies_are_refused_without_a_trace(service: Service, path: str, body: bytes) -> None:
    campaign = await service.create_campaign()
    headers = service.token(audience="ideation") | {"Content-Type": "application/json"}
    answer = await service.client.post(f"/campaigns/{campaign}/{path}", content=body, headers=headers)
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert await ideas_of(service, campaign) == []


async def test_erasing_an_author_brings_no_withdrawn_idea_back(service: Service) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign, "Ana's garden", who="ana")
    await service.call("DELETE", f"/campaigns/{campaign}/ideas/{idea}", who="ana")
    assert (await service.call("DELETE", "/subjects/ana", who="ana")).status_code == 204
    feed = (await service.staff("GET", "/changes")).json()["items"]
    assert [entry["body"] for entry in feed if entry["id"] == idea] == [None]
    assert (await service.call("GET", "/subjects/ana", who="ana")).json()["data"]["ideas"] == []
