"""Support: once per person, and the count is exact."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from interlinkers.ideation.tests.calling import Service, problem


async def test_support_counts_once_per_person(service: Service) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign)
    path = f"/campaigns/{campaign}/ideas/{idea}/support"
    counts = [(await service.call("PUT", path, who=who)).json()["support"] for who in ("ana", "ana", "bea")]
    assert counts == [1, 1, 2]


async def test_support_can_be_taken_back(service: Service) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign)
    path = f"/campaigns/{campaign}/ideas/{idea}/support"
    await service.call("PUT", path)
    answers = [(await service.call("DELETE", path)).json() for _ in range(2)]
    assert answers == [{"idea": idea, "supported": False, "support": 0}] * 2


async def test_support_needs_an_account_and_an_idea(service: Service) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign)
    for method in ("PUT", "DELETE"):
        assert (await service.call(method, f"/campaigns/{campaign}/ideas/{idea}/support", who=None)).status_code == 401
        assert (await service.call(method, f"/campaigns/{campaign}/ideas/{uuid4()}/support")).status_code == 404
        assert (await service.call(method, f"/campaigns/{campaign}/ideas/nothing/support")).status_code == 422


async def test_closed_campaign_takes_no_support(service: Service) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign)
    await service.close(campaign)
    for method in ("PUT", "DELETE"):
        answer = await service.call(method, f"/campaigns/{campaign}/ideas/{idea}/support")
        assert problem(answer) == (409, "asset-closed")


async def test_two_hundred_at_once_are_counted_exactly(service: Service) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign)
    path = f"/campaigns/{campaign}/ideas/{idea}/support"
    await asyncio.gather(*(service.call("PUT", path, who=f"person-{number % 50}") for number in range(200)))
    assert (await service.call("GET", f"/campaigns/{campaign}/ideas/{idea}")).json()["support"] == 50
    assert len(await service.events("support.given.v1")) == 50


async def test_first_support_is_a_contribution_and_the_second_is_not(service: Service) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign, who="ana")
    for _ in range(2):
        await service.call("PUT", f"/campaigns/{campaign}/ideas/{idea}/support", who="bea")
    made = [event for event in await service.events("contribution.made.v1") if event["data"]["action"] == "support"]
    assert [(event["actor"], event["data"]["items"]) for event in made] == [("bea", [idea])]
