"""What a campaign can be set to, and what it takes over from an earlier step."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

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


async def test_rules_of_the_vote_are_fixed_while_the_campaign_is_open(service: Service) -> None:
    campaign = await service.create_campaign(budget=5)
    now = await service.staff("GET", f"/campaigns/{campaign}")
    for change in ({"budget": 6}, {"ballot": {"min": 2}}, {"results_hidden": False}):
        config = now.json()["config"] | change
        answer = await service.staff(
            "PATCH", f"/campaigns/{campaign}", {"config": config}, headers={"If-Match": now.headers["etag"]}
        )
        assert problem(answer) == (409, "campaign-fixed")


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
