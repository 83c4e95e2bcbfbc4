"""The pages: complete without JavaScript, with errors that name their field, in three languages."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from interlinkers.ideation.tests.calling import Service

from interlinker_ideation.reasons import LANGUAGES
from interlinker_shared.pages.i18n import missing, unused


async def post(service: Service, path: str, who: str | None = "ana", **form: Any) -> httpx.Response:
    headers = {"Accept": "text/html"} | ({} if who is None else service.token(subject=who, audience="ideation"))
    return await service.client.post(path, data=form, headers=headers)


async def page(service: Service, campaign: str, who: str | None = "ana", query: str = "", below: str = "") -> str:
    answer = await service.call("GET", f"/campaigns/{campaign}/view{below}{query}", who=who)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_page_shows_ideas_costs_and_support(service: Service) -> None:
    campaign = await service.create_campaign(budget=1000, currency="EUR", description="For **all**.")
    idea = await service.create_idea(campaign, "A <pond>", cost=400)
    await service.call("PUT", f"/campaigns/{campaign}/ideas/{idea}/support")
    text = await page(service, campaign)
    assert "A &lt;pond&gt;" in text
    assert "1 person supports this." in text
    assert "Cost: 400\xa0EUR." in text
    assert "<strong>all</strong>" in text
    assert "There are 1,000\xa0EUR to give." in text


async def test_page_needs_no_script_and_no_absolute_address(service: Service) -> None:
    campaign = await service.create_campaign(guests=True)
    await service.create_idea(campaign)
    text = await page(service, campaign)
    assert "<script" not in text
    assert not re.search(r'(href|action|src)="(/|https?:)', text)


async def test_idea_is_submitted_by_form_and_shown_after_a_redirect(service: Service) -> None:
    campaign = await service.create_campaign()
    path = f"/campaigns/{campaign}/view/ideas"
    answer = await post(service, path, title="A pond", text="With frogs.", language="en")
    assert answer.status_code == 303
    shown = await service.client.get(httpx.URL(f"http://test{path}").join(answer.headers["location"]))
    assert "Your idea is published" in shown.text
    assert "A pond" in shown.text
    (made,) = await service.events("contribution.made.v1")
    assert made["data"]["channel"] == "web"


async def test_wrong_idea_comes_back_with_what_was_typed(service: Service) -> None:
    campaign = await service.create_campaign()
    answer = await post(service, f"/campaigns/{campaign}/view/ideas", title="", text="Keep me", language="en")
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert 'href="#f-title"' in answer.text
    assert "Keep me" in answer.text


async def test_guest_sees_a_form_only_where_guests_are_welcome(service: Service) -> None:
    closed, welcome = await service.create_campaign(), await service.create_campaign(guests=True)
    assert "Submit idea</button>" not in await page(service, closed, who=None)
    assert "Submit idea</button>" in await page(service, welcome, who=None)
    refused = await post(service, f"/campaigns/{closed}/view/ideas", who=None, title="x", text="y", language="en")
    assert refused.status_code == 401
    assert "Sign in to submit an idea to this campaign." in refused.text


async def test_support_by_form_counts(service: Service) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign)
    path = f"/campaigns/{campaign}/view/ideas/{idea}/support"
    assert (await post(service, path, who=None)).status_code == 401
    assert (await post(service, path)).status_code == 303
    assert "1 person supports this." in await page(service, campaign, query="?done=support")


async def test_ballot_by_form_gives_its_receipt_once(service: Service) -> None:
    campaign = await service.create_campaign()
    pond, path = await service.create_idea(campaign), await service.create_idea(campaign, "A path")
    form = f"/campaigns/{campaign}/view/ballot"
    cast = await post(service, form, approvals=[pond])
    (receipt,) = re.findall(r"<code>([\w-]{43})</code>", cast.text)
    again = await post(service, form, approvals=[path])
    assert (again.status_code, "You have voted in this campaign." in again.text) == (409, True)
    changed = await post(service, form, approvals=[path], receipt=receipt)
    assert changed.status_code == 303, changed.text
    result = await service.close(campaign)
    assert {item["id"]: item["votes"] for item in result["items"]} == {path: 1, pond: 0}


async def test_ballot_with_too_many_ideas_comes_back_with_them_ticked(service: Service) -> None:
    campaign = await service.create_campaign(ballot={"max": 1})
    ideas = [await service.create_idea(campaign, title) for title in ("pond", "path")]
    answer = await post(service, f"/campaigns/{campaign}/view/ballot?lang=de", approvals=ideas)
    assert answer.status_code == 422
    assert answer.text.count(" checked") == 2
    assert "Wählen Sie höchstens 1" in answer.text or "höchstens 1" in answer.text


async def test_ballot_form_is_for_people_with_an_account(service: Service) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign)
    assert "Cast ballot</button>" not in await page(service, campaign, who=None, below="/vote")
    assert "Cast ballot</button>" in await page(service, campaign, below="/vote")
    assert f'href="{campaign}/vote"' in await page(service, campaign) or "view/vote" in await page(service, campaign)
    assert (await post(service, f"/campaigns/{campaign}/view/ballot", who=None, approvals=[idea])).status_code == 401


async def test_closed_gates_leave_no_forms(service: Service) -> None:
    campaign = await service.create_campaign(guests=True, voting="closed", submissions="closed")
    assert "Cast ballot</button>" not in await page(service, campaign, below="/vote")
    text = await page(service, campaign)
    assert "view/vote" not in text
    assert "Submit idea</button>" not in text


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Not funded: rank 1"), ("es", "No financiada: puesto 1"), ("de", "Nicht gefördert: Rang 1")],
)
async def test_result_says_why_in_the_readers_language(service: Service, language: str, words: str) -> None:
    campaign = await service.create_campaign(budget=10)
    idea = await service.create_idea(campaign, cost=20)
    await service.vote(campaign, idea)
    await service.close(campaign)
    text = await page(service, campaign, who=None, query=f"?lang={language}")
    assert words in text
    assert f'<html lang="{language}"' in text
    assert "<svg" in text


async def test_result_of_an_empty_campaign_says_so(service: Service) -> None:
    campaign = await service.create_campaign()
    await service.close(campaign)
    assert "There were no ideas." in await page(service, campaign, who=None)


async def test_draft_and_missing_pages_are_alike_to_the_public(service: Service) -> None:
    draft = await service.create_campaign(opened=False)
    assert (await service.call("GET", f"/campaigns/{draft}/view", who=None)).status_code == 404
    assert "Draft" in (await service.staff("GET", f"/campaigns/{draft}/view")).text


async def test_long_lists_have_pages(service: Service) -> None:
    campaign = await service.create_campaign(voting="closed")
    for number in range(4):
        await service.create_idea(campaign, f"Idea {number}")
    first = await page(service, campaign, query="?limit=3")
    assert "Idea 0" not in first
    (following,) = re.findall(r'rel="next" href="([^"]+)"', first)
    assert "Idea 0" in await page(service, campaign, query=following.replace("&amp;", "&"))


def test_catalogues_are_complete_and_hold_nothing_old() -> None:
    assert missing("interlinker_ideation", LANGUAGES) == {"es": [], "de": []}
    assert unused("interlinker_ideation", LANGUAGES) == {"en": [], "es": [], "de": []}
