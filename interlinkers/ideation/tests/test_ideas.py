"""Submitting, reading, assessing and withdrawing ideas."""

from __future__ import annotations

from uuid import uuid4

import pytest
from interlinkers.ideation.tests.calling import Service, pointers, problem

from interlinker_shared.auth import Role

DRAFT = {"title": "A pond", "text": "With **frogs**.", "language": "en"}


async def test_submitted_idea_can_be_read(service: Service) -> None:
    campaign = await service.create_campaign()
    submitted = await service.call("POST", f"/campaigns/{campaign}/ideas", DRAFT)
    assert submitted.status_code == 201
    read = await service.call("GET", f"/campaigns/{campaign}/ideas/{submitted.json()['id']}", who=None)
    assert read.json() == submitted.json()
    assert read.json()["html"] == "<p>With <strong>frogs</strong>.</p>\n"
    assert read.json()["support"] == 0


async def test_idea_never_tells_who_submitted_it(service: Service) -> None:
    campaign = await service.create_campaign()
    answer = await service.call("POST", f"/campaigns/{campaign}/ideas", DRAFT, who="citizen-4711")
    assert "citizen-4711" not in answer.text


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "[x](javascript:alert(1))", "<img src=x onerror=alert(1)>"]
)
async def test_text_is_made_safe_when_it_is_written(service: Service, text: str) -> None:
    campaign = await service.create_campaign()
    answer = await service.call("POST", f"/campaigns/{campaign}/ideas", DRAFT | {"text": text})
    html = answer.json()["html"]
    assert "<script" not in html
    assert "<img" not in html
    assert "href" not in html


async def test_guest_needs_a_campaign_that_takes_guests(service: Service) -> None:
    closed, welcome = await service.create_campaign(), await service.create_campaign(guests=True)
    refused = await service.call("POST", f"/campaigns/{closed}/ideas", DRAFT, who=None)
    assert problem(refused) == (401, "guests-refused")
    taken = await service.call("POST", f"/campaigns/{welcome}/ideas", DRAFT, who=None)
    assert taken.status_code == 201


async def test_unknown_campaign_and_idea_are_not_found(service: Service) -> None:
    campaign = await service.create_campaign()
    missing = await service.call("GET", f"/campaigns/{campaign}/ideas/{uuid4()}")
    assert problem(missing) == (404, "not-found")
    assert (await service.call("POST", f"/campaigns/{uuid4()}/ideas", DRAFT)).content == missing.content


async def test_idea_of_another_campaign_is_not_found(service: Service) -> None:
    one, other = await service.create_campaign(), await service.create_campaign()
    idea = await service.create_idea(one)
    assert (await service.call("GET", f"/campaigns/{other}/ideas/{idea}")).status_code == 404


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"title": ""}, "/title"),
        ({"title": "two\nlines"}, "/title"),
        ({"text": "nul\x00"}, "/text"),
        ({"language": "klingon!"}, "/language"),
        ({"colour": "red"}, "/colour"),
        ({"cost": -1}, "/cost"),
        ({"cost": 10**13}, "/cost"),
        ({"cost": 1.5}, "/cost"),
        ({"cost": True}, "/cost"),
    ],
)
async def test_wrong_field_is_named(service: Service, change: dict[str, object], pointer: str) -> None:
    campaign = await service.create_campaign()
    answer = await service.staff("POST", f"/campaigns/{campaign}/ideas", DRAFT | change)
    assert answer.status_code == 422
    assert pointers(answer) == [pointer]
    assert (await service.call("GET", f"/campaigns/{campaign}/ideas")).json()["items"] == []


async def test_only_moderators_set_a_cost(service: Service) -> None:
    campaign = await service.create_campaign()
    refused = await service.call("POST", f"/campaigns/{campaign}/ideas", DRAFT | {"cost": 5})
    assert problem(refused) == (403, "cost-reserved")
    taken = await service.staff("POST", f"/campaigns/{campaign}/ideas", DRAFT | {"cost": 5})
    assert taken.json()["cost"] == 5


async def test_assessment_sets_and_clears_the_cost(service: Service) -> None:
    campaign = await service.create_campaign()
    path = f"/campaigns/{campaign}/ideas/{await service.create_idea(campaign)}"
    assert (await service.staff("PATCH", path, {"cost": 900})).json()["cost"] == 900
    assert (await service.staff("PATCH", path, {"cost": None})).json()["cost"] is None


async def test_assessment_is_for_moderators_and_existing_ideas(service: Service) -> None:
    campaign = await service.create_campaign()
    path = f"/campaigns/{campaign}/ideas/{await service.create_idea(campaign)}"
    assert (await service.call("PATCH", path, {"cost": 1}, who=None)).status_code == 401
    assert (await service.call("PATCH", path, {"cost": 1})).status_code == 403
    assert (await service.staff("PATCH", f"/campaigns/{campaign}/ideas/{uuid4()}", {"cost": 1})).status_code == 404
    assert pointers(await service.staff("PATCH", path, {})) == ["/cost"]


async def test_closed_campaign_takes_neither_ideas_nor_costs(service: Service) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign)
    await service.close(campaign)
    path = f"/campaigns/{campaign}/ideas"
    assert problem(await service.call("POST", path, DRAFT)) == (409, "asset-closed")
    assert problem(await service.staff("PATCH", f"{path}/{idea}", {"cost": 1})) == (409, "asset-closed")
    assert problem(await service.call("DELETE", f"{path}/{idea}")) == (409, "asset-closed")


async def test_closed_submissions_refuse_ideas(service: Service) -> None:
    campaign = await service.create_campaign(submissions="closed")
    assert problem(await service.call("POST", f"/campaigns/{campaign}/ideas", DRAFT)) == (409, "submissions-closed")


async def test_draft_is_hidden_from_the_public(service: Service) -> None:
    campaign = await service.create_campaign(opened=False)
    assert (await service.call("GET", f"/campaigns/{campaign}/ideas")).status_code == 404
    assert (await service.staff("GET", f"/campaigns/{campaign}/ideas")).status_code == 200


@pytest.mark.parametrize("sort", ["newest", "support"])
async def test_list_pages_through_every_idea_once(service: Service, sort: str) -> None:
    campaign = await service.create_campaign()
    ideas = [await service.create_idea(campaign, f"idea {number}") for number in range(7)]
    for idea in ideas[2:4]:
        await service.call("PUT", f"/campaigns/{campaign}/ideas/{idea}/support")
    found, path = [], f"/campaigns/{campaign}/ideas?sort={sort}&limit=3"
    query = path
    while query:
        page = (await service.call("GET", query)).json()
        found += [idea["id"] for idea in page["items"]]
        query = f"{path}&cursor={page['next']}" if page["next"] else ""
    newest = ideas[::-1]
    most = [*ideas[2:4][::-1], *[idea for idea in newest if idea not in ideas[2:4]]]
    assert found == (newest if sort == "newest" else most)


@pytest.mark.parametrize("query", ["cursor=eA", "cursor=WyJ4Il0", "cursor=WzEsMiwzXQ", "sort=votes", "limit=0"])
async def test_wrong_query_is_refused(service: Service, query: str) -> None:
    campaign = await service.create_campaign()
    assert (await service.call("GET", f"/campaigns/{campaign}/ideas?{query}")).status_code == 422


async def test_author_withdraws_her_idea(service: Service) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign, who="ana")
    path = f"/campaigns/{campaign}/ideas/{idea}"
    assert problem(await service.call("DELETE", path, who="bea")) == (403, "not-yours")
    assert (await service.call("DELETE", path, who=None)).status_code == 401
    assert (await service.call("DELETE", path, who="ana")).status_code == 204
    assert (await service.call("GET", path)).status_code == 404
    (event,) = await service.events("item.withdrawn.v1")
    assert event["data"] == {"asset": campaign, "item": idea}


async def test_a_moderator_removes_somebodys_idea_with_a_reason_or_not_at_all(service: Service) -> None:
    campaign = await service.create_campaign()
    path = f"/campaigns/{campaign}/ideas/{await service.create_idea(campaign)}"
    assert problem(await service.call("DELETE", path, who="mo", role=Role.MODERATOR)) == (403, "not-yours")
    assert (await service.call("POST", f"{path}/remove", {}, who="mo", role=Role.MODERATOR)).status_code == 422
    removed = await service.call("POST", f"{path}/remove", {"reason": "Spam"}, who="mo", role=Role.MODERATOR)
    assert (removed.status_code, removed.json()["clause"]) == (201, "Spam")
    assert (await service.call("GET", path)).status_code == 404


async def test_submitting_tells_the_gateway_who_took_part(service: Service) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign, who="ana")
    (submitted,) = await service.events("idea.submitted.v1")
    assert (submitted["actor"], submitted["data"]["idea"]) == ("ana", idea)
    (contribution,) = await service.events("contribution.made.v1")
    assert contribution["actor"] == "ana"
    assert (contribution["data"]["action"], contribution["data"]["items"]) == ("idea", [idea])


async def test_repeating_a_submission_with_its_key_makes_one_idea(service: Service) -> None:
    campaign = await service.create_campaign()
    path, key = f"/campaigns/{campaign}/ideas", {"Idempotency-Key": "once"}
    first, second = [await service.call("POST", path, DRAFT, headers=key) for _ in range(2)]
    assert first.json() == second.json()
    assert len((await service.call("GET", path)).json()["items"]) == 1
