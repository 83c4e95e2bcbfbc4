"""What a campaign asks of an idea: category, district, its own fields, a place."""

from __future__ import annotations

from typing import Any

import pytest
from interlinkers.ideation.tests.calling import Service, pointers

IDEA = {"title": "A pond", "text": "With frogs.", "language": "en"}
ASKED: dict[str, Any] = {
    "categories": [{"id": "green", "title": "Parks"}, {"id": "roads", "title": "Roads"}],
    "districts": [{"id": "north", "title": "North"}],
    "fields": [
        {"id": "who", "title": "For whom?", "required": True},
        {"id": "size", "title": "Size", "type": "number"},
        {"id": "by", "title": "By when", "type": "date"},
        {"id": "own", "title": "Will you help?", "type": "yes-no"},
        {"id": "age", "title": "Age", "type": "choice", "choices": [{"id": "young", "title": "Young"}]},
    ],
    "location": "optional",
}
FULL = {
    "category": "green",
    "district": "north",
    "fields": {"who": "Frogs", "size": 3.5, "by": "2027-05-01", "own": True, "age": "young"},
    "location": {"type": "Point", "coordinates": [-5.98, 37.39]},
}


async def test_details_are_read_as_they_were_sent(service: Service) -> None:
    campaign = await service.create_campaign(**ASKED)
    sent = await service.call("POST", f"/campaigns/{campaign}/ideas", IDEA | FULL)
    assert sent.status_code == 201, sent.text
    (listed,) = (await service.call("GET", f"/campaigns/{campaign}/ideas", who=None)).json()["items"]
    read = (await service.call("GET", f"/campaigns/{campaign}/ideas/{sent.json()['id']}", who=None)).json()
    assert {name: listed[name] for name in FULL} == {name: read[name] for name in FULL} == FULL


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"category": None}, ["/category"]),
        ({"category": "sport"}, ["/category"]),
        ({"district": "south"}, ["/district"]),
        ({"fields": {}}, ["/fields/who"]),
        ({"fields": {"who": ""}}, ["/fields/who"]),
        ({"fields": {"who": 3}}, ["/fields/who"]),
        ({"fields": {"who": "x" * 2001}}, ["/fields/who"]),
        ({"fields": {"who": "x", "size": "3"}}, ["/fields/size"]),
        ({"fields": {"who": "x", "size": True}}, ["/fields/size"]),
        ({"fields": {"who": "x", "by": "May"}}, ["/fields/by"]),
        ({"fields": {"who": "x", "own": "yes"}}, ["/fields/own"]),
        ({"fields": {"who": "x", "age": "old"}}, ["/fields/age"]),
        ({"fields": {"who": "x", "age": ["young"]}}, ["/fields/age"]),
        ({"fields": {"who": "x", "shoe": 1}}, ["/fields/shoe"]),
        ({"location": {"type": "Point", "coordinates": [0, 91]}}, ["/location/coordinates/1"]),
        ({"category": None, "district": None}, ["/category", "/district"]),
    ],
    ids=[str(number) for number in range(16)],
)
async def test_what_does_not_fit_is_named(service: Service, change: dict[str, Any], wrong: list[str]) -> None:
    campaign = await service.create_campaign(**ASKED)
    answer = await service.call("POST", f"/campaigns/{campaign}/ideas", IDEA | FULL | change)
    assert (answer.status_code, pointers(answer)) == (422, wrong)


async def test_a_campaign_that_asks_nothing_takes_no_details(service: Service) -> None:
    campaign = await service.create_campaign()
    answer = await service.call("POST", f"/campaigns/{campaign}/ideas", IDEA | FULL)
    assert set(pointers(answer)) >= {"/category", "/district", "/location", "/fields/who"}


async def test_a_place_may_be_demanded(service: Service) -> None:
    campaign = await service.create_campaign(location="required")
    assert pointers(await service.call("POST", f"/campaigns/{campaign}/ideas", IDEA)) == ["/location"]


@pytest.mark.parametrize(
    "config",
    [
        {"categories": [{"id": "a", "title": "A"}, {"id": "a", "title": "B"}]},
        {"fields": [{"id": "a", "title": "A", "type": "choice"}]},
        {"fields": [{"id": "a", "title": "A", "choices": [{"id": "b", "title": "B"}]}]},
        {"districts": [{"id": "Not a slug", "title": "A"}]},
        {"location": "perhaps"},
    ],
    ids=["twice", "no choices", "choices for text", "id", "location"],
)
async def test_a_wrong_question_is_refused(service: Service, config: dict[str, Any]) -> None:
    answer = await service.staff("POST", "/campaigns", {"title": "A greener town", "config": config})
    assert answer.status_code == 422, answer.text


async def test_erasure_takes_fields_and_place_too(service: Service) -> None:
    campaign = await service.create_campaign(**ASKED)
    idea = (await service.call("POST", f"/campaigns/{campaign}/ideas", IDEA | FULL)).json()["id"]
    await service.staff("DELETE", "/subjects/ana")
    left = (await service.call("GET", f"/campaigns/{campaign}/ideas/{idea}", who=None)).json()
    assert (left["fields"], left["location"], left["title"]) == ({}, None, "[erased]")
