"""Assessments, steps, answers, archives; and that everybody whom an idea concerns is told."""

from __future__ import annotations

from itertools import pairwise

import pytest
from interlinkers.ideation.tests.calling import Service, problem

from interlinker_ideation.statuses import NEXT, Status
from interlinker_shared.auth import Role
from interlinker_shared.testing_reads import NOWHERE

ANSWER = {"office": "Parks", "text": "**Yes**, in spring.", "language": "en"}
ASSESSED = {"feasibility": "feasible", "department": "Parks", "note": "Ask Ms Rana.", "cost": 900}


async def an_idea(service: Service, who: str = "ana") -> tuple[str, str]:
    campaign = await service.create_campaign()
    return campaign, f"/campaigns/{campaign}/ideas/{await service.create_idea(campaign, who=who)}"


async def test_an_answer_is_public_and_can_be_corrected(service: Service) -> None:
    _, idea = await an_idea(service)
    first = await service.staff("PUT", f"{idea}/answer", ANSWER)
    assert (first.status_code, first.json()["html"]) == (200, "<p><strong>Yes</strong>, in spring.</p>\n")
    await service.staff("PUT", f"{idea}/answer", ANSWER | {"text": "In autumn."})
    told = (await service.call("GET", f"{idea}/history", who=None)).json()["answer"]
    assert (told["office"], told["text"]) == ("Parks", "In autumn.")
    assert len(await service.events("idea.answered.v1")) == 2


async def test_the_note_is_for_colleagues_and_the_rest_for_all(service: Service) -> None:
    _, idea = await an_idea(service)
    assert (await service.staff("GET", f"{idea}/assessment")).status_code == 404
    assert (await service.staff("PUT", f"{idea}/assessment", ASSESSED)).status_code == 200
    told = await service.call("GET", f"{idea}/history", who=None)
    assert (told.json()["feasibility"], told.json()["department"], "Rana" in told.text) == ("feasible", "Parks", False)
    assert (await service.call("GET", f"{idea}/assessment")).status_code == 403
    assert (await service.staff("GET", f"{idea}/assessment")).json()["note"] == "Ask Ms Rana."
    assert (await service.call("GET", idea)).json()["cost"] == 900


async def test_the_cost_is_fixed_at_the_close_and_the_rest_is_not(service: Service) -> None:
    campaign, idea = await an_idea(service)
    await service.staff("PUT", f"{idea}/assessment", ASSESSED)
    await service.close(campaign)
    assert problem(await service.staff("PUT", f"{idea}/assessment", ASSESSED | {"cost": 1})) == (409, "asset-closed")
    assert (await service.staff("PUT", f"{idea}/assessment", ASSESSED | {"department": "Roads"})).status_code == 200


async def test_an_idea_goes_step_by_step(service: Service) -> None:
    _, idea = await an_idea(service)
    way = ["in-review", "accepted", "planned", "in-progress", "done"]
    for status in way:
        step = await service.staff("POST", f"{idea}/steps", {"status": status, "reason": "As agreed"})
        assert step.status_code == 201, step.text
    told = (await service.call("GET", f"{idea}/history", who=None)).json()["steps"]
    assert [step["status"] for step in told] == way
    assert (await service.call("GET", idea)).json()["status"] == "done"
    assert [event["data"]["status"] for event in await service.events("idea.advanced.v1")] == way


@pytest.mark.parametrize("status", [status for status in Status if status not in NEXT[Status.SUBMITTED]])
async def test_a_step_that_does_not_follow_is_refused(service: Service, status: str) -> None:
    _, idea = await an_idea(service)
    assert problem(await service.staff("POST", f"{idea}/steps", {"status": status})) == (409, "step-refused")
    assert (await service.call("GET", idea)).json()["status"] == "submitted"


def test_every_status_can_be_reached_and_left() -> None:
    reached = {after for afters in NEXT.values() for after in afters}
    assert reached == set(Status) == set(NEXT)
    assert all(NEXT.values())
    assert all(before not in NEXT[before] for before in Status)


async def test_all_whom_an_idea_concerns_find_it_in_their_news_and_nobody_else(service: Service) -> None:
    campaign, idea = await an_idea(service, who="ana")
    await service.call("PUT", f"{idea}/support", who="ben")
    for _ in range(2):
        await service.call("PUT", f"{idea}/following", who="cleo")
    await service.staff("PUT", f"{idea}/answer", ANSWER)
    told = {
        who: (await service.call("GET", f"/campaigns/{campaign}/news", who=who)).json()
        for who in ("ana", "ben", "cleo", "dan")
    }
    assert {who: [news["answered"] for news in one["items"]] for who, one in told.items()} == {
        "ana": [True],
        "ben": [True],
        "cleo": [True],
        "dan": [],
    }
    follows = [event for event in await service.events("contribution.made.v1") if event["data"]["action"] == "follow"]
    assert [event["actor"] for event in follows] == ["cleo"]


async def test_news_come_page_by_page_the_latest_first(service: Service) -> None:
    campaign = await service.create_campaign()
    ideas = [await service.create_idea(campaign, f"Idea {number}") for number in range(5)]
    for idea in ideas:
        await service.staff("PUT", f"/campaigns/{campaign}/ideas/{idea}/answer", ANSWER)
    await service.staff("POST", f"/campaigns/{campaign}/ideas/{ideas[0]}/steps", {"status": "accepted"})
    found, path = [], f"/campaigns/{campaign}/news?limit=2"
    query = path
    while query:
        page = (await service.call("GET", query)).json()
        found += [(news["at"], news["idea"]) for news in page["items"]]
        query = f"{path}&cursor={page['next']}" if page["next"] else ""
    assert [idea for _, idea in found] == [ideas[0], *ideas[:0:-1]]
    assert all(one[0] >= other[0] for one, other in pairwise(found))
    assert (await service.call("GET", f"{path}&cursor=WzEsMl0")).status_code == 422


async def test_who_follows_no_longer_is_told_no_longer(service: Service) -> None:
    campaign, idea = await an_idea(service)
    assert (await service.call("PUT", f"{idea}/following", who="ben")).json()["following"] is True
    assert (await service.call("GET", f"{idea}/following", who="ben")).json()["following"] is True
    assert (await service.call("DELETE", f"{idea}/following", who="ben")).json()["following"] is False
    await service.staff("PUT", f"{idea}/answer", ANSWER)
    assert (await service.call("GET", f"/campaigns/{campaign}/news", who="ben")).json()["items"] == []


async def test_a_campaign_with_unanswered_ideas_is_archived_only_with_a_reason(service: Service) -> None:
    campaign, idea = await an_idea(service)
    await service.create_idea(campaign, "A tree")
    path = f"/campaigns/{campaign}/archive"
    assert problem(await service.staff("POST", path, {"reason": "No"})) == (409, "not-archivable")
    await service.close(campaign)
    await service.staff("PUT", f"{idea}/answer", ANSWER)
    assert problem(await service.staff("POST", path, {})) == (409, "unanswered-ideas")
    put_away = await service.staff("POST", path, {"reason": "A joke"})
    assert (put_away.status_code, put_away.json()["unanswered"]) == (201, 1)
    assert (await service.call("GET", path, who=None)).json() == put_away.json()
    assert problem(await service.staff("PUT", f"{idea}/answer", ANSWER)) == (409, "campaign-archived")
    assert problem(await service.staff("POST", path, {})) == (409, "campaign-archived")


async def test_a_campaign_with_every_answer_is_archived_without_a_reason(service: Service) -> None:
    campaign, idea = await an_idea(service)
    await service.staff("PUT", f"{idea}/answer", ANSWER)
    await service.close(campaign)
    assert (await service.call("GET", f"/campaigns/{campaign}/archive")).status_code == 404
    assert (await service.staff("POST", f"/campaigns/{campaign}/archive", {})).json()["unanswered"] == 0
    (event,) = await service.events("campaign.archived.v1")
    assert event["data"] == {"campaign": campaign, "unanswered": 0}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "assessment", ASSESSED),
        ("PUT", "answer", ANSWER),
        ("POST", "steps", {"status": "accepted"}),
        ("POST", "merge", {"into": NOWHERE[:-1] + "1"}),
        ("POST", "separate", None),
    ],
    ids=["assessment", "answer", "steps", "merge", "separate"],
)
async def test_the_desk_is_for_moderators_and_ideas_that_are_there(
    service: Service, method: str, path: str, body: object
) -> None:
    campaign, idea = await an_idea(service)
    assert (await service.call(method, f"{idea}/{path}", body, who=None)).status_code == 401
    assert (await service.call(method, f"{idea}/{path}", body, who="ben")).status_code == 403
    missing = f"/campaigns/{campaign}/ideas/{NOWHERE}/{path}"
    assert (await service.call(method, missing, body, who="mo", role=Role.MODERATOR)).status_code == 404


async def test_an_author_changes_her_idea_and_the_former_words_stay(service: Service) -> None:
    campaign, idea = await an_idea(service)
    body = {"title": "A large pond", "text": "A pond with frogs, please.", "version": 1}
    assert problem(await service.call("PUT", idea, body, who="ben")) == (403, "not-yours")
    assert (await service.call("PUT", idea, body)).json()["version"] == 2
    assert problem(await service.call("PUT", idea, body)) == (409, "newer-version")
    (former,) = (await service.call("GET", f"{idea}/history", who=None)).json()["versions"]
    assert (former["title"], former["text"]) == ("A pond", "A pond, please.")
    told = [(piece["kind"], piece["words"]) for piece in former["changes"]]
    assert ("in", " large") in told
    assert "".join(words for kind, words in told if kind != "out") == "A large pond\n\nA pond with frogs, please."
    found = await service.client.get(f"/campaigns/{campaign}/ideas/similar", params={"q": "large pond"})
    assert [item["title"] for item in found.json()["items"]] == ["A large pond"]


@pytest.mark.parametrize("way", ["erase", "remove"])
async def test_former_words_go_with_an_idea(service: Service, way: str) -> None:
    _, idea = await an_idea(service)
    await service.call("PUT", idea, {"title": "B", "text": "C", "version": 1})
    kept = (await service.staff("GET", "/subjects/ana")).text
    assert "A pond, please." in kept
    if way == "erase":
        await service.staff("DELETE", "/subjects/ana")
        assert (await service.call("GET", f"{idea}/history", who=None)).json()["versions"] == []
    else:
        await service.call("POST", f"{idea}/remove", {"reason": "Spam"}, who="mo", role=Role.MODERATOR)
    assert "A pond, please." not in (await service.staff("GET", "/subjects/ana")).text
