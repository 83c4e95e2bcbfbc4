"""Reporting ideas, taking them down and bringing them back."""

from __future__ import annotations

from typing import Any

import pytest
from interlinkers.ideation.tests.calling import Service, problem

from interlinker_shared.auth import Role

REMOVE = {"outcome": "remove", "ground": "privacy", "clause": "Art. 6 GDPR", "facts": "It names a neighbour."}


async def report(service: Service, idea: str) -> str:
    said = {"kind": "idea", "item": idea, "ground": "privacy", "reason": "It names me.", "good_faith": True}
    answer = await service.call("POST", "/notices", said, who=None)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def remove(service: Service, idea: str) -> str:
    """The id of the statement of reasons."""
    path = f"/notices/{await report(service, idea)}/decision"
    answer = await service.call("POST", path, REMOVE, who="mo", role=Role.MODERATOR)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def bring_back(service: Service, statement: str) -> None:
    appeal = (await service.call("POST", f"/statements/{statement}/appeal", {"text": "It does not."})).json()["id"]
    body = {"outcome": "reversed", "explanation": "Right."}
    answer = await service.call("POST", f"/appeals/{appeal}/outcome", body, who="max", role=Role.MODERATOR)
    assert answer.status_code == 200, answer.text


async def public(service: Service, campaign: str) -> dict[str, str]:
    paths = ("ideas", "view", "export?format=csv", "export?format=jsonl", "result", "export?format=pb")
    return {path: (await service.call("GET", f"/campaigns/{campaign}/{path}", who=None)).text for path in paths}


async def test_a_removed_idea_is_gone_everywhere_and_comes_back_by_appeal(service: Service) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign, "Neighbour Max")
    before = await public(service, campaign)
    statement = await remove(service, idea)
    assert "Max" not in str(await public(service, campaign))
    await bring_back(service, statement)
    assert await public(service, campaign) == before
    assert [event["data"]["idea"] for event in await service.events("idea.restored.v1")] == [idea]


async def test_after_the_count_it_loses_its_words_and_nothing_else(service: Service) -> None:
    campaign = await service.create_campaign(budget=100)
    idea = await service.create_idea(campaign, "Neighbour Max", cost=50)
    await service.vote(campaign, idea)
    result = await service.close(campaign)
    statement = await remove(service, idea)
    after = (await service.call("GET", f"/campaigns/{campaign}/result", who=None)).json()
    same = ("rank", "votes", "funded", "id")
    assert [after["items"][0][name] for name in same] == [result["items"][0][name] for name in same]
    assert "Max" not in str(await public(service, campaign))
    await bring_back(service, statement)
    again = (await service.call("GET", f"/campaigns/{campaign}/result", who=None)).json()
    assert (again["items"], again["hash"]) == (result["items"], result["hash"])


@pytest.mark.parametrize(("who", "status"), [(None, 401), ("ana", 403)])
async def test_only_moderators_remove(service: Service, who: str | None, status: int) -> None:
    campaign = await service.create_campaign()
    path = f"/campaigns/{campaign}/ideas/{await service.create_idea(campaign)}/remove"
    assert (await service.call("POST", path, {"reason": "Spam"}, who=who)).status_code == status


async def test_an_idea_of_another_campaign_is_not_found(service: Service) -> None:
    here, there = [await service.create_campaign() for _ in range(2)]
    path = f"/campaigns/{here}/ideas/{await service.create_idea(there)}/remove"
    answer = await service.call("POST", path, {"reason": "Spam"}, who="mo", role=Role.MODERATOR)
    assert problem(answer) == (404, "not-found")


async def test_an_erased_author_leaves_no_words_to_bring_back(service: Service) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign, "Neighbour Max")
    await remove(service, idea)
    held: dict[str, Any] = (await service.call("GET", "/subjects/ana")).json()["data"]["moderation"]
    assert held["statements"][0]["words"]["title"] == "Neighbour Max"
    await service.call("DELETE", "/subjects/ana")
    assert "moderation" not in (await service.call("GET", "/subjects/ana")).json()["data"]


async def test_an_erased_author_leaves_the_final_result_with_rank_and_count(service: Service) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign, "Neighbour Max")
    await service.vote(campaign, idea)
    before = await service.close(campaign)
    await service.call("DELETE", "/subjects/ana")
    after = (await service.call("GET", f"/campaigns/{campaign}/result", who=None)).json()
    same = ("rank", "votes", "funded", "id", "support")
    assert [after["items"][0][name] for name in same] == [before["items"][0][name] for name in same]
    assert (after["counts"], after["version"]) == (before["counts"], 2)
    assert "Max" not in str(await public(service, campaign))
    assert [event["data"]["item"] for event in await service.events("item.withdrawn.v1")] == [idea]
