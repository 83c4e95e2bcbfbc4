"""What a closed campaign tells, what an open one keeps to itself, and what leaves as open data."""

from __future__ import annotations

import csv
import json
import time
from random import Random
from typing import Any
from uuid import UUID

import pytest
from interlinkers.ideation.tests.calling import Service, problem
from sqlalchemy.orm import Session

from interlinker_ideation import store
from interlinker_ideation.formats import pabulib
from interlinker_ideation.methods.greedy import allocate
from interlinker_ideation.methods.placement import Contender
from interlinker_shared.auth import Role


async def decided(service: Service, **config: Any) -> tuple[str, dict[str, str], dict[str, Any]]:
    """A closed campaign: ballots for a park (3), a pond (2), a path (1) and a dream without votes."""
    campaign = await service.create_campaign(**config)
    costs = {"park": 70, "pond": 50, "path": 30, "dream": 0}
    ideas = {title: await service.create_idea(campaign, title, cost=cost) for title, cost in costs.items()}
    for voter, titles in enumerate((["park"], ["park", "pond"], ["park", "pond", "path"])):
        await service.vote(campaign, *(ideas[title] for title in titles), who=f"voter-{voter}")
    return campaign, ideas, await service.close(campaign)


async def test_result_says_rank_cost_outcome_and_why(service: Service) -> None:
    _, ideas, result = await decided(service, budget=100, currency="EUR")
    _, pond, path, dream = result["items"]
    assert [item["id"] for item in result["items"]] == [ideas[title] for title in ("park", "pond", "path", "dream")]
    assert [item["rank"] for item in result["items"]] == [1, 2, 3, 4]
    assert [item["outcome"] for item in result["items"]] == ["funded", "not-funded", "funded", "not-funded"]
    assert [item["funded"] for item in result["items"]] == [True, False, True, False]
    assert (pond["votes"], pond["cost"], pond["support"]) == (2, 50, 0)
    assert pond["reason"]["en"] == (
        "Not funded: rank 2 with 2 votes. It costs 50\xa0EUR; only 30\xa0EUR were left. "
        "1 more ballot for it alone would have been enough. So would a cost of 30\xa0EUR."
    )
    assert pond["enough"] == {"ballots": 1, "cost": 30}
    assert path["reason"]["de"].startswith("Gefördert: Rang 3 mit 1 Stimme.")
    assert dream["reason"]["es"].startswith("No financiada: puesto 4. Nadie la votó.")


async def test_counts_say_what_was_given_out_and_by_which_rule(service: Service) -> None:
    _, _, result = await decided(service, budget=100)
    expected = {"ballots": 3, "ideas": 4, "support": 0, "budget": 100, "spent": 100, "rule": "greedy/votes"}
    assert result["counts"] == expected


async def test_campaign_without_a_budget_only_ranks(service: Service) -> None:
    _, _, result = await decided(service)
    assert {item["outcome"] for item in result["items"]} == {"no-budget"}
    assert result["counts"]["rule"] == "ranking/votes-support"
    assert "budget" not in result["counts"]


async def test_reasons_write_numbers_as_the_language_does(service: Service) -> None:
    campaign = await service.create_campaign(budget=1_000_000)
    idea = await service.create_idea(campaign, cost=30_000)
    await service.vote(campaign, idea)
    (item,) = (await service.close(campaign))["items"]
    assert "30,000" in item["reason"]["en"]
    assert "30.000" in item["reason"]["de"]


async def test_erasing_a_voter_and_author_changes_no_count(service: Service) -> None:
    campaign = await service.create_campaign(budget=100)
    idea = await service.create_idea(campaign, "Ana's garden", who="ana", cost=10)
    await service.call("PUT", f"/campaigns/{campaign}/ideas/{idea}/support", who="ana")
    await service.vote(campaign, idea, who="ana")
    held = (await service.call("GET", "/subjects/ana", who="ana")).json()["data"]
    assert (held["supports"], held["voted"], held["ideas"][0]["title"]) == ([idea], [campaign], "Ana's garden")
    assert (await service.call("DELETE", "/subjects/ana", who="ana")).status_code == 204
    empty = {"ideas": [], "follows": [], "former_versions": [], "supports": [], "voted": [campaign]}
    assert (await service.call("GET", "/subjects/ana", who="ana")).json()["data"] == empty
    assert problem(await service.vote(campaign, idea, who="ana")) == (409, "already-voted")
    (item,) = (await service.close(campaign))["items"]
    assert (item["votes"], item["support"], item["title"]) == (1, 1, "[erased]")


@pytest.mark.parametrize("who", ["ana", None])
async def test_open_campaign_tells_no_votes(service: Service, who: str | None) -> None:
    """Two campaigns that differ only in how people voted answer everything alike."""
    answers = []
    for choice in (0, 1):
        campaign = await service.create_campaign(budget=100)
        ideas = [await service.create_idea(campaign, title, cost=5) for title in ("park", "pond")]
        for voter in range(5):
            await service.vote(campaign, ideas[choice], who=f"voter-{voter}")
        seen = [await everything(service, campaign, who)]
        answers.append([text.replace(campaign, "C").replace(ideas[0], "A").replace(ideas[1], "B") for text in seen[0]])
    assert answers[0] == answers[1]


async def everything(service: Service, campaign: str, who: str | None) -> list[str]:
    """Every reading answer about a campaign, without ids and times."""
    paths = ["", "/ideas", "/ideas?sort=support", "/result", "/view", "/export?format=csv", "/export?format=jsonl"]
    texts = []
    for path in paths:
        answer = await service.call("GET", f"/campaigns/{campaign}{path}", who=who)
        texts.append(f"{answer.status_code} {without_times(answer.text)}")
    owner = await service.staff("GET", f"/campaigns/{campaign}/result")
    return [*texts, f"{owner.status_code} {owner.text}"]


def without_times(text: str) -> str:
    words = text.replace('"', " ").replace(",", " ").split()
    return " ".join(word for word in words if not (word.startswith("20") and "T" in word))


async def test_result_is_hidden_from_moderators_too(service: Service) -> None:
    campaign = await service.create_campaign()
    answer = await service.call("GET", f"/campaigns/{campaign}/result", who="mo", role=Role.MODERATOR)
    assert problem(answer) == (403, "result-hidden")


async def test_campaign_may_show_its_votes_while_open(service: Service) -> None:
    campaign = await service.create_campaign(results_hidden=False)
    idea = await service.create_idea(campaign)
    await service.vote(campaign, idea)
    result = (await service.call("GET", f"/campaigns/{campaign}/result")).json()
    assert (result["status"], result["items"][0]["votes"]) == ("provisional", 1)


async def test_ballots_are_not_exported_before_the_close(service: Service) -> None:
    campaign = await service.create_campaign(budget=100)
    await service.vote(campaign, await service.create_idea(campaign, cost=1))
    assert problem(await service.staff("GET", f"/campaigns/{campaign}/export?format=pb")) == (409, "not-yet-closed")


async def test_closed_election_leaves_as_a_pb_file_that_decides_the_same(service: Service) -> None:
    campaign, _, result = await decided(service, budget=100, currency="EUR")
    answer = await service.call("GET", f"/campaigns/{campaign}/export?format=pb", who=None)
    election = pabulib.parse(answer.content)
    assert "voter-" not in answer.text
    assert (len(election.votes), election.budget, election.rule) == (3, 100, "greedy")
    again = allocate([Contender(int(one.id), one.votes or 0, one.cost) for one in election.projects], election.budget)
    assert {int(one.id) for one in election.projects if one.selected} == again.funded
    assert sum(item["funded"] for item in result["items"]) == len(again.funded)


async def test_ideas_leave_as_csv_and_json_lines(service: Service) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign, "=1+1", cost=5)
    table = await service.call("GET", f"/campaigns/{campaign}/export?format=csv", who=None)
    (row,) = csv.DictReader(table.text.splitlines())
    assert (row["id"], row["title"], row["cost"]) == (idea, "'=1+1", "5")
    lines = await service.call("GET", f"/campaigns/{campaign}/export?format=jsonl", who=None)
    assert json.loads(lines.text)["title"] == "=1+1"


def cast_many(session: Session, campaign: UUID, voters: int, ideas: int) -> None:
    rng = Random(7)
    for voter in range(voters):
        numbers = sorted(rng.sample(range(1, ideas + 1), rng.randint(1, 8)))
        store.add_ballot(session, campaign, numbers, f"receipt-{voter}")


async def large_campaign(service: Service) -> str:
    campaign: str = await service.create_campaign(budget=1_000_000)
    items = [{"id": str(number), "title": f"Idea {number}", "cost": number * 1000} for number in range(1, 65)]
    await service.staff("POST", f"/campaigns/{campaign}/imports", {"handover": "h1", "items": items})
    await service.app.state.kit.db.write(cast_many, UUID(campaign), 6586, 64)
    return campaign


async def test_large_election_is_decided(service: Service) -> None:
    result = await service.close(await large_campaign(service))
    assert (result["counts"]["ballots"], len(result["items"])) == (6586, 64)


@pytest.mark.slow  # wall-clock: it means something only on a machine that does nothing else
async def test_large_election_is_decided_within_a_second(service: Service) -> None:
    campaign = await large_campaign(service)
    started = time.perf_counter()
    await service.close(campaign)
    assert time.perf_counter() - started < 1
