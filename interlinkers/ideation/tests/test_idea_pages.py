"""Pages of ideas and of the officials' desk, without JavaScript: what people find, send and read."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from interlinkers.ideation.tests.calling import Service

from interlinker_ideation.store.browsing import shuffled
from interlinker_shared.auth import Role

ASKED: dict[str, Any] = {
    "categories": [{"id": "green", "title": "Parks"}, {"id": "roads", "title": "Roads"}],
    "fields": [
        {"id": "size", "title": "Size in metres", "type": "number"},
        {"id": "own", "title": "Will you help?", "type": "yes-no"},
    ],
    "location": "optional",
}


async def get(service: Service, path: str, *, who: str | None = None, role: Role = Role.MEMBER) -> str:
    headers = {} if who is None else service.token(role, who, audience="ideation")
    answer = await service.client.get(path, headers=headers, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.text


async def post(service: Service, path: str, role: Role = Role.MEMBER, /, **form: str) -> httpx.Response:
    headers = service.token(role, "ana", audience="ideation")
    return await service.client.post(path, data=form, headers=headers)


def titles(page: str) -> list[str]:
    return re.findall(r'<h2 id="idea-\d+"><a [^>]*>([^<]+)</a>', page)


async def test_an_idea_has_a_page_with_all_that_happened_to_it(service: Service) -> None:
    campaign = await service.create_campaign()
    path = f"/campaigns/{campaign}/ideas/{await service.create_idea(campaign)}"
    await service.call("PUT", path, {"title": "A lake", "text": "A pond, please.", "version": 1})
    await service.staff("POST", f"{path}/steps", {"status": "accepted", "reason": "We have room"})
    await service.staff("PUT", f"{path}/answer", {"office": "Parks", "text": "**Yes**"})
    shown = await get(service, f"{path}/view")
    for words in (
        "<h1>A lake</h1>",
        "<del>pond</del><ins>lake</ins>",
        "We have room",
        "<strong>Yes</strong>",
        "Accepted",
    ):
        assert words in shown
    assert "Follow this" not in shown
    assert "Follow this" in await get(service, f"{path}/view", who="ben")


@pytest.mark.parametrize(
    ("language", "words"), [("de", "Noch gibt es keine Antwort."), ("es", "Todavía no hay respuesta.")]
)
async def test_pages_come_in_the_readers_language(service: Service, language: str, words: str) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign)
    assert words in await get(service, f"/campaigns/{campaign}/ideas/{idea}/view?lang={language}")


async def test_the_page_of_a_merged_idea_leads_to_the_other(service: Service) -> None:
    campaign = await service.create_campaign()
    one, other = [await service.create_idea(campaign, title) for title in ("A pond", "The pond")]
    await service.staff("POST", f"/campaigns/{campaign}/ideas/{one}/merge", {"into": other})
    shown = await get(service, f"/campaigns/{campaign}/ideas/{one}/view")
    assert "<h1>The pond</h1>" in shown
    assert "A pond" in shown


async def test_a_follower_is_one_by_a_button(service: Service) -> None:
    campaign = await service.create_campaign()
    path = f"/campaigns/{campaign}/ideas/{await service.create_idea(campaign, who='ben')}"
    sent = await post(service, f"{path}/view/following")
    assert (sent.status_code, sent.headers["location"].endswith("/view?done=follow")) == (303, True)
    assert (await service.call("GET", f"{path}/following")).json()["following"] is True


async def test_similar_ideas_are_shown_before_anything_is_sent(service: Service) -> None:
    campaign = await service.create_campaign()
    await service.create_idea(campaign, "A pond with frogs")
    path = f"/campaigns/{campaign}/ideas/new/view"
    form = {"title": "Pond with frogs!", "text": "Near the school.", "language": "en"}
    asked = await post(service, path, **form)
    assert (asked.status_code, "Is your idea there already?" in asked.text) == (200, True)
    assert 'value="Pond with frogs!"' in asked.text
    assert len((await service.call("GET", f"/campaigns/{campaign}/ideas")).json()["items"]) == 1
    sent = await post(service, path, **form, confirmed="yes")
    assert sent.status_code == 303
    assert len((await service.call("GET", f"/campaigns/{campaign}/ideas")).json()["items"]) == 2


async def test_what_a_campaign_asks_is_on_the_page_and_is_taken_as_what_it_is(service: Service) -> None:
    campaign = await service.create_campaign(**ASKED)
    path = f"/campaigns/{campaign}/ideas/new/view"
    assert "Size in metres" in await get(service, path, who="ana")
    form = {"title": "A pond", "text": "Please.", "language": "en", "category": "green", "fields/size": "3.5"}
    more = {"fields/own": "yes", "latitude": "37.39", "longitude": "-5.98"}
    assert (await post(service, path, **form, **more)).status_code == 303
    (idea,) = (await service.call("GET", f"/campaigns/{campaign}/ideas")).json()["items"]
    assert (idea["category"], idea["fields"]) == ("green", {"size": 3.5, "own": True})
    assert idea["location"]["coordinates"] == [-5.98, 37.39]


async def test_a_wrong_field_comes_back_named_with_what_was_typed(service: Service) -> None:
    campaign = await service.create_campaign(**ASKED)
    form = {"title": "A pond", "text": "Please.", "language": "en", "category": "green", "fields/size": "large"}
    answer = await post(service, f"/campaigns/{campaign}/ideas/new/view", **form)
    assert answer.status_code == 422
    assert "Size in metres: This must be a number." in answer.text
    assert 'value="large"' in answer.text


async def test_ideas_are_filtered_searched_and_paged(service: Service) -> None:
    campaign = await service.create_campaign(**ASKED)
    for number in range(5):
        body = {"title": f"Idea {number}", "text": "x", "category": ("green", "roads")[number % 2]}
        await service.call("POST", f"/campaigns/{campaign}/ideas", body)
    path = f"/campaigns/{campaign}/ideas/view"
    assert titles(await get(service, f"{path}?order=newest&category=roads")) == ["Idea 3", "Idea 1"]
    assert titles(await get(service, f"{path}?order=newest&status=done")) == []
    blank = "q=&category=roads&status=&order=newest&seed=1"  # what a browser sends of a form with empty fields
    assert titles(await get(service, f"{path}?{blank}")) == ["Idea 3", "Idea 1"]
    assert titles(await get(service, f"{path}?order=newest&q=idae+4"))[:1] == ["Idea 4"]
    first = await get(service, f"{path}?order=random&seed=7&limit=3")
    (following,) = re.findall(r'rel="next" href="([^"]+)"', first)
    second = await get(service, str(httpx.URL(f"http://test{path}").join(following.replace("&amp;", "&"))))
    assert sorted(titles(first) + titles(second)) == [f"Idea {number}" for number in range(5)]


async def test_everybody_gets_a_random_order_of_her_own_while_support_is_open(service: Service) -> None:
    campaign = await service.create_campaign()
    path = f"/campaigns/{campaign}/ideas/view"
    seeds = [(await service.call("GET", path, who=who)).headers["location"] for who in ("ana", "ana", "ben")]
    assert seeds[0] == seeds[1] != seeds[2]
    assert "order=random" in seeds[0]
    await service.close(campaign)
    assert (await service.call("GET", path)).status_code == 200


def test_random_orders_differ_and_favour_nobody() -> None:
    numbers, first = range(1, 51), [0] * 51
    for seed in range(1, 1001):
        first[max(numbers, key=lambda number: (shuffled(number, seed), number))] += 1
    assert min(first[1:]) >= 5
    assert max(first) <= 50


async def test_two_or_three_ideas_stand_side_by_side(service: Service) -> None:
    campaign = await service.create_campaign()
    ideas = [await service.create_idea(campaign, title) for title in ("A pond", "A path", "A tree", "A bench")]
    path = f"/campaigns/{campaign}/compare/view"
    shown = await get(service, f"{path}?idea={ideas[0]}&idea={ideas[2]}")
    assert all(words in shown for words in ("<p>A pond, please.</p>", "<p>A tree, please.</p>", "side by side"))
    assert (await service.call("GET", f"{path}?idea={ideas[0]}")).status_code == 422
    assert (await service.call("GET", path + "?" + "&".join(f"idea={one}" for one in ideas))).status_code == 422


async def test_officials_do_all_at_their_desk(service: Service) -> None:
    campaign = await service.create_campaign()
    one, other = [await service.create_idea(campaign, title) for title in ("A pond", "The pond")]
    desk = f"/campaigns/{campaign}/desk"
    assert "2 ideas have no answer." in await get(service, f"{desk}/view", who="mo", role=Role.MODERATOR)
    forms = {
        "assessment": {"feasibility": "feasible", "cost": "900", "department": "Parks"},
        "steps": {"status": "accepted"},
        "answer": {"office": "Parks", "text": "Yes.", "language": "en"},
        "merge": {"into": one},
    }
    for verb, form in forms.items():
        sent = await post(service, f"{desk}/{other}/view/{verb}", Role.MODERATOR, **form)
        assert sent.status_code == 303, sent.text
    assert "Let it stand alone again" in await get(service, f"{desk}/{one}/view", who="mo", role=Role.MODERATOR)
    assert (await post(service, f"{desk}/{other}/view/separate", Role.MODERATOR)).status_code == 303
    idea = (await service.call("GET", f"/campaigns/{campaign}/ideas/{other}")).json()
    assert (idea["cost"], idea["status"]) == (900, "accepted")


async def test_a_wrong_form_at_the_desk_comes_back(service: Service) -> None:
    campaign = await service.create_campaign()
    desk = f"/campaigns/{campaign}/desk/{await service.create_idea(campaign)}/view"
    for verb, form in (
        ("assessment", {"cost": "-1"}),
        ("answer", {"office": "Parks"}),
        ("steps", {"status": ""}),
        ("merge", {"into": ""}),
    ):
        answer = await post(service, f"{desk}/{verb}", Role.MODERATOR, **form)
        assert (answer.status_code, "There is a problem" in answer.text) == (422, True), verb


async def test_a_campaign_is_archived_at_the_desk_with_a_reason(service: Service) -> None:
    campaign = await service.create_campaign()
    await service.create_idea(campaign)
    await service.close(campaign)
    desk = f"/campaigns/{campaign}/desk/view"
    assert (await post(service, f"{desk}/archive", Role.MODERATOR, reason="")).status_code == 409
    assert (await post(service, f"{desk}/archive", Role.MODERATOR, reason="A joke")).status_code == 303
    assert "This campaign is archived." in await get(service, desk, who="mo", role=Role.MODERATOR)


@pytest.mark.parametrize("path", ["desk/view", "desk/{idea}/view"])
async def test_the_desk_is_for_moderators(service: Service, path: str) -> None:
    campaign = await service.create_campaign()
    address = f"/campaigns/{campaign}/{path.format(idea=await service.create_idea(campaign))}"
    assert [(await service.call("GET", address, who=who)).status_code for who in (None, "ana")] == [401, 403]
