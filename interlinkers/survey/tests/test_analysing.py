"""Statistics and tables for those who run a survey: every count, nothing held back, for nobody else."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from interlinkers.survey.tests.conftest import CreateSurvey, Headers

Client = httpx.AsyncClient
Json = dict[str, Any]
DEFINITION: Json = {
    "elements": [
        {"type": "radiogroup", "name": "district", "choices": ["north", "south"]},
        {"type": "rating", "name": "nps", "rateMin": 0, "rateMax": 10},
        {"type": "checkbox", "name": "wish", "choices": ["shade", "benches"]},
        {"type": "text", "name": "age", "inputType": "number"},
        {"type": "ranking", "name": "order", "choices": ["a", "b"]},
        {"type": "matrix", "name": "days", "columns": ["good", "bad"], "rows": ["mon", "tue"]},
        {"type": "comment", "name": "why", "isRequired": True},
    ]
}
FULL: Json = {
    "district": "north",
    "nps": 10,
    "wish": ["shade", "benches"],
    "age": 40,
    "order": ["b", "a"],
    "days": {"mon": "good", "tue": "bad"},
    "why": "so",
}


@pytest.fixture
async def survey(client: Client, create_survey: CreateSurvey) -> str:
    """An open survey with four answers, one of them from the south."""
    survey = await create_survey(definition=DEFINITION, access="open")
    for more in ({}, {"nps": 0}, {"age": 20}, {"district": "south", "wish": ["shade"]}):
        sent = await client.post(f"{survey}/responses", json={"answers": FULL | more})
        assert sent.status_code == 201, sent.text
    return survey


async def variables(client: Client, survey: str, owner: Json, query: str = "") -> dict[str, Json]:
    found = await client.get(f"{survey}/statistics{query}", headers=owner)
    assert found.status_code == 200, found.text
    return {one["name"]: one for one in found.json()["variables"]}


async def test_every_type_has_its_figures(client: Client, survey: str, owner: Json) -> None:
    found = await variables(client, survey, owner)
    assert found["age"]["numbers"]["mean"] == 35
    assert [share["count"] for share in found["wish"]["shares"]] == [4, 3]
    assert [(one["key"], one["first"], one["mean"]) for one in found["order"]["ranks"]] == [("a", 0, 2), ("b", 4, 1)]
    assert found["nps"]["promoter_score"]["score"] == 0.5
    assert [share["count"] for share in found["days.mon"]["shares"]] == [4, 0]
    share = found["district"]["shares"][0]
    assert share["low"] < share["share"] == 0.75 < share["high"]


async def test_answers_can_be_weighted_to_a_population(client: Client, survey: str, owner: Json) -> None:
    query = "?population=district:north:500&population=district:south:500"
    found = await variables(client, survey, owner, query)
    assert [share["share"] for share in found["district"]["shares"]] == pytest.approx([0.5, 0.5])
    assert found["wish"]["shares"][1]["share"] == pytest.approx(0.5)  # three of four people, half of the population


@pytest.mark.parametrize("population", ["district:west:5", "nowhere:a:5", "district:north", "district:north:-1"])
async def test_a_population_that_cannot_be_is_refused(
    client: Client, survey: str, owner: Json, population: str
) -> None:
    found = await client.get(f"{survey}/statistics", params={"population": population}, headers=owner)
    assert found.status_code == 422


async def test_two_questions_at_once(client: Client, survey: str, owner: Json) -> None:
    found = (await client.get(f"{survey}/crosstabs?rows=district&columns=nps", headers=owner)).json()
    assert (found["row_totals"], found["size"], found["test"]["freedom"]) == ([3, 1], 4, 1)
    assert found["test"]["reliable"] is False
    several = (await client.get(f"{survey}/crosstabs?rows=district&columns=wish", headers=owner)).json()
    assert (several["cells"], several["test"]) == ([[3, 3], [1, 0]], None)


@pytest.mark.parametrize("path", ["statistics", "crosstabs?rows=district&columns=nps"])
async def test_nobody_else_sees_every_count(client: Client, survey: str, as_: Headers, path: str) -> None:
    assert (await client.get(f"{survey}/{path}")).status_code == 401
    assert (await client.get(f"{survey}/{path}", headers=as_("ana"))).status_code == 403


async def test_anonymous_answers_are_counted_after_the_close(
    client: Client, create_survey: CreateSurvey, owner: Json
) -> None:
    survey = await create_survey(definition=DEFINITION, access="open", anonymity="anonymous", edits="never")
    assert (await client.get(f"{survey}/statistics", headers=owner)).status_code == 403
    await client.post(f"{survey}/close", headers=owner)
    assert (await client.get(f"{survey}/statistics", headers=owner)).json()["by_day"] == {}
