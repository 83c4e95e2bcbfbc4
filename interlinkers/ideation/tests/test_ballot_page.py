"""The page to vote on: each method's own ballot, without JavaScript, with errors beside their ideas."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from interlinkers.ideation.tests.calling import Service
from interlinkers.ideation.tests.ways import KINDS, Way

Fields = dict[str, Any]
FORMS: dict[str, Callable[[list[str]], Fields]] = {
    "approval": lambda ideas: {"approvals": ideas},
    "knapsack": lambda ideas: {"approvals": ideas},
    "points": lambda ideas: {f"points/{idea}": "4" for idea in ideas},
    "stv": lambda ideas: {f"ranking/{idea}": str(place) for place, idea in enumerate(ideas, start=1)},
    "rating": lambda ideas: {f"ratings/{idea}": "3" for idea in ideas},
    "up and down": lambda ideas: {f"votes/{idea}": "1" for idea in ideas},
}
every_kind = pytest.mark.parametrize("way", KINDS, ids=lambda way: way.name)


async def begun(service: Service, way: Way, **config: Any) -> tuple[str, list[str]]:
    campaign = await service.create_campaign(**(way.config | {"currency": "EUR"} | config))
    ideas = [await service.create_idea(campaign, f"Idea {cost}", cost=cost) for cost in (40, 30, 80)]
    return campaign, ideas


async def send(service: Service, campaign: str, query: str = "", **form: Any) -> httpx.Response:
    headers = {"Accept": "text/html"} | service.token(subject="ana", audience="ideation")
    return await service.client.post(f"/campaigns/{campaign}/view/ballot{query}", data=form, headers=headers)


@every_kind
async def test_ballot_of_any_kind_is_cast_and_changed_by_form(service: Service, way: Way) -> None:
    campaign, ideas = await begun(service, way)
    shown = await service.call("GET", f"/campaigns/{campaign}/view/vote")
    names = set(re.findall(r'name="([^"]+)"', shown.text))
    form = FORMS[way.name](ideas[:1])
    assert form.keys() <= names
    cast = await send(service, campaign, **form)
    (receipt,) = re.findall(r"<code>([\w-]{43})</code>", cast.text)
    changed = await send(service, campaign, **FORMS[way.name](ideas[1:2]), receipt=receipt)
    assert changed.status_code == 303, changed.text
    await service.close(campaign)
    result = (await service.call("GET", f"/campaigns/{campaign}/result/progress")).json()
    assert result["state"] in {"done", "waiting", "counting"}


@every_kind
async def test_ballot_page_speaks_three_languages_and_needs_no_script(service: Service, way: Way) -> None:
    campaign, _ = await begun(service, way)
    pages = [
        (await service.call("GET", f"/campaigns/{campaign}/view/vote?lang={it}")).text for it in ("en", "de", "es")
    ]
    assert len(set(pages)) == 3
    assert all("<script" not in text for text in pages)
    assert all(word in text for word, text in zip(("Vote", "Abstimmen", "Votar"), pages, strict=True))


async def test_basket_is_added_up_without_being_cast(service: Service) -> None:
    campaign, ideas = await begun(service, KINDS[1])
    answer = await send(service, campaign, approvals=ideas[:2], step="total")
    assert "What you have chosen costs 70\xa0EUR of 100\xa0EUR." in answer.text
    assert answer.text.count(" checked") == 2
    assert (await service.call("GET", f"/campaigns/{campaign}/ballot")).json() == {"voted": False}


async def test_basket_that_is_too_full_comes_back_as_it_was(service: Service) -> None:
    campaign, ideas = await begun(service, KINDS[1])
    answer = await send(service, campaign, "?lang=de", approvals=ideas)
    assert (answer.status_code, answer.text.count(" checked")) == (422, 3)
    assert "Zusammen kosten diese Ideen mehr" in answer.text


async def test_points_are_added_up_and_refused_beyond_what_there_is(service: Service) -> None:
    campaign, ideas = await begun(service, KINDS[2])
    form = FORMS["points"](ideas)
    assert "You have given 12 of 10 points." in (await send(service, campaign, **form, step="total")).text
    answer = await send(service, campaign, **form)
    assert answer.status_code == 422
    assert "These are more points than there are to give." in answer.text
    assert answer.text.count('value="4"') == 3


async def test_two_ideas_in_one_place_are_named(service: Service) -> None:
    campaign, ideas = await begun(service, KINDS[3])
    answer = await send(service, campaign, **{f"ranking/{idea}": "1" for idea in ideas[:2]})
    assert answer.status_code == 422
    assert "Another idea has this place already." in answer.text


async def test_what_is_wrong_stands_beside_its_idea(service: Service) -> None:
    campaign, ideas = await begun(service, KINDS[2], method={"type": "points", "total": 10, "most_each": 3})
    answer = await send(service, campaign, **{f"points/{ideas[0]}": "2", f"points/{ideas[1]}": "4"})
    assert answer.status_code == 422
    (wrong,) = re.findall(r'name="points/([^"]+)"[^>]*aria-invalid="true"', answer.text)
    assert wrong == ideas[1]


async def test_support_campaign_has_no_ballot(service: Service) -> None:
    campaign = await service.create_campaign(method={"type": "support"}, results_hidden=False)
    await service.create_idea(campaign)
    assert "view/vote" not in (await service.call("GET", f"/campaigns/{campaign}/view")).text
    assert "Cast ballot</button>" not in (await service.call("GET", f"/campaigns/{campaign}/view/vote")).text


async def test_result_page_says_that_ballots_are_being_counted(service: Service) -> None:
    campaign, ideas = await begun(service, KINDS[0], budget=100, rule={"type": "phragmen"})
    await service.vote(campaign, ideas[0])
    await service.staff("POST", f"/campaigns/{campaign}/close")
    assert "The ballots are being counted" in (await service.call("GET", f"/campaigns/{campaign}/view")).text
