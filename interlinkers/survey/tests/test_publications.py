"""What everybody may see of counts: publications, and nothing beside them."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from interlinkers.survey.tests.conftest import CreateSurvey, Headers

from interlinker_shared.testing import recorded

Client = httpx.AsyncClient
Json = dict[str, Any]
DEFINITION: Json = {
    "elements": [
        {"type": "radiogroup", "name": "place", "choices": ["park", "school", "river"]},
        {"type": "boolean", "name": "again"},
        {"type": "checkbox", "name": "wish", "choices": ["shade", "benches", "water"]},
        {"type": "rating", "name": "mood"},
        {"type": "text", "name": "age", "inputType": "number"},
        {"type": "comment", "name": "why"},
    ]
}
MANY = (
    [("park", True)] * 9 + [("school", True)] * 2 + [("school", False)] * 6 + [("park", False)] * 7 + [("river", False)]
)


@pytest.fixture
async def survey(create_survey: CreateSurvey) -> str:
    """An open survey that holds small counts back."""
    return await create_survey(definition=DEFINITION, guests=True, smallest_count=5, classes={"age": [18, 65]})


async def answer(client: Client, survey: str, answers: list[tuple[str, bool]], **more: Any) -> None:
    """So many guests answer."""
    for place, again in answers:
        body = {"answers": {"place": place, "again": again, **more}}
        assert (await client.post(f"{survey}/responses", json=body)).status_code == 201


async def publish(client: Client, survey: str, owner: Json, *crosstabs: tuple[str, str]) -> httpx.Response:
    return await client.post(f"{survey}/publications", json={"crosstabs": crosstabs}, headers=owner)


async def close(client: Client, survey: str, owner: Json) -> Json:
    assert (await client.post(f"{survey}/close", headers=owner)).status_code == 200
    return dict((await client.get(f"{survey}/result")).json()["counts"])


def problem(found: httpx.Response) -> tuple[int, str]:
    return found.status_code, found.json()["type"].rpartition(":")[2]


def groups(tables: Json, name: str) -> list[tuple[list[str], bool, int]]:
    """What a publication tells of a variable."""
    (found,) = (one for one in tables["variables"] if one["name"] == name)
    return [(group["answers"], group["no_answer"], group["count"]) for group in found["groups"]]


async def test_small_counts_are_told_with_others(client: Client, survey: str, owner: Json) -> None:
    await answer(client, survey, MANY)
    counts = await close(client, survey, owner)
    assert counts["responses"] == 25
    place = counts["questions"]["place"]
    assert place["choices"] == {"park": 16, "school": None, "river": None}
    assert place["together"] == [{"answers": ["school", "river"], "no_answer": False, "count": 9}]
    assert counts["questions"]["again"]["choices"] == {"true": 11, "false": 14}


async def test_of_too_few_nothing_is_told(client: Client, survey: str, owner: Json) -> None:
    await answer(client, survey, MANY[:4], wish=["shade"])
    counts = await close(client, survey, owner)
    assert counts["responses"] is None
    assert all(one == {"responses": None, "skipped": None} for one in counts["questions"].values())
    assert (await client.get(f"{survey}/publications")).json()["items"] == []
    assert "Nothing is told of so few" in (await client.get(f"{survey}/view")).text


async def test_that_all_agree_is_not_told(client: Client, survey: str, owner: Json) -> None:
    await answer(client, survey, [("park", True)] * 20)
    place = (await close(client, survey, owner))["questions"]["place"]
    assert place["choices"] == dict.fromkeys(["park", "school", "river"])


async def test_choices_of_a_few_are_left_out(client: Client, survey: str, owner: Json) -> None:
    await answer(client, survey, MANY[:14], wish=["shade", "benches"])
    await answer(client, survey, MANY[:2], wish=["water"])
    await answer(client, survey, MANY[:9], wish=["benches"])
    wish = (await close(client, survey, owner))["questions"]["wish"]
    assert (wish["responses"], wish["choices"]) == (25, {"shade": 14, "benches": None, "water": None})


async def test_numbers_are_told_in_classes(client: Client, survey: str, owner: Json) -> None:
    for age in (12, 18, 40, 70):
        await answer(client, survey, MANY[:6], age=age)
    await answer(client, survey, MANY[:6])
    published = (await publish(client, survey, owner)).json()
    told = [(["< 18"], False, 6), (["18 – < 65"], False, 12), (["≥ 65"], False, 6), ([], True, 6)]
    assert groups(published["tables"], "age") == told


async def test_a_table_of_two_questions_hides_its_small_cells(client: Client, survey: str, owner: Json) -> None:
    await answer(client, survey, MANY)
    published = await publish(client, survey, owner, ("place", "again"))
    assert published.status_code == 201, published.text
    (table,) = published.json()["tables"]["crosstabs"]
    assert table["cells"] == [[None, None, 0], [None, None, 0], [0, 0, 0]]
    csv_text = (await client.get(f"{survey}/publications/1/csv")).text
    lines = list(csv.DictReader(io.StringIO(csv_text)))
    assert {"variable": "place", "answers": "park", "and": "", "count": "16", "of": "25"} in lines
    assert [line["count"] for line in lines if line["variable"] == "place × again"][:2] == ["", ""]


async def test_a_later_publication_tells_nobody_apart(client: Client, survey: str, owner: Json) -> None:
    await answer(client, survey, MANY)
    first = (await publish(client, survey, owner)).json()
    await answer(client, survey, [("park", True)])
    assert problem(await publish(client, survey, owner)) == (409, "nothing-to-publish")
    await answer(client, survey, [("park", True)] * 4 + [("school", False)] * 5)
    second = (await publish(client, survey, owner)).json()
    assert (first["number"], second["number"], second["tables"]["responses"]) == (1, 2, 35)
    assert groups(second["tables"], "place")[:2] == [(["park"], False, 21), (["school", "river"], False, 14)]
    assert groups(second["tables"], "again")[:2] == [(["true"], False, 16), (["false"], False, 19)]
    assert (await client.get(f"{survey}/publications/1")).json() == first


async def test_the_result_at_the_close_does_not_tell_who_came_last(client: Client, survey: str, owner: Json) -> None:
    await answer(client, survey, MANY)
    await publish(client, survey, owner)
    await answer(client, survey, [("park", False)])
    counts = await close(client, survey, owner)
    assert counts["responses"] == 26
    assert counts["questions"]["again"] == {
        "of": 25,
        "responses": 25,
        "skipped": 0,
        "choices": {"true": 11, "false": 14},
    }


async def test_tables_form_no_circle(client: Client, survey: str, owner: Json) -> None:
    await answer(client, survey, MANY, mood=3)
    pairs = [("place", "again"), ("again", "mood"), ("place", "mood")]
    refused = await publish(client, survey, owner, *pairs)
    assert problem(refused) == (422, "circle-of-tables")


@pytest.mark.parametrize("pair", [("place", "wish"), ("place", "place"), ("nothing", "place")], ids="-".join)
async def test_pairs_that_cannot_be_are_refused(
    client: Client, survey: str, owner: Json, pair: tuple[str, str]
) -> None:
    await answer(client, survey, MANY)
    assert (await publish(client, survey, owner, pair)).status_code == 422


async def test_moderators_publish_and_nobody_else(client: Client, survey: str, as_: Headers) -> None:
    assert (await publish(client, survey, {})).status_code == 401
    assert (await publish(client, survey, as_("ana"))).status_code == 403
    missing = "/surveys/01890000-0000-7000-8000-000000000000"
    assert (await client.get(f"{missing}/publications")).status_code == 404
    assert (await client.get(f"{survey}/publications/1")).status_code == 404


async def test_a_live_result_is_the_latest_publication(
    client: Client, create_survey: CreateSurvey, owner: Json
) -> None:
    survey = await create_survey(definition=DEFINITION, guests=True, smallest_count=5, live_result=True)
    await answer(client, survey, MANY)
    before = (await client.get(f"{survey}/result")).json()["counts"]
    assert before["responses"] is None
    await publish(client, survey, owner)
    await answer(client, survey, [("park", True)])
    after = (await client.get(f"{survey}/result")).json()
    assert (after["status"], after["counts"]["responses"]) == ("provisional", 25)


async def test_anonymous_answers_are_published_after_the_close(
    client: Client, create_survey: CreateSurvey, owner: Json
) -> None:
    survey = await create_survey(definition=DEFINITION, guests=True, anonymous=True, smallest_count=5)
    await answer(client, survey, MANY)
    assert problem(await publish(client, survey, owner)) == (403, "answers-sealed")
    assert (await close(client, survey, owner))["questions"]["again"]["choices"] == {"true": 11, "false": 14}
    assert (await publish(client, survey, owner, ("place", "again"))).status_code == 201


PUBLIC = ("", "/result", "/publications", "/responses", "/responses/mine", "/statistics", "/view", "/export?format=csv")


async def test_nothing_that_everybody_may_read_changes_with_an_answer(
    client: Client, create_survey: CreateSurvey
) -> None:
    survey = await create_survey(definition=DEFINITION, guests=True, smallest_count=5, live_result=True)
    await answer(client, survey, MANY)
    before = await seen(client, survey)
    await answer(client, survey, [("river", True)], wish=["water"], mood=1, age=99)
    assert await seen(client, survey) == before


async def seen(client: Client, survey: str) -> list[tuple[object, ...]]:
    """Status, ETag, size and text of all that is there without a token; a form is each reader's own, so only its size counts.

    When a result was computed tells that something has changed, and so its ETag; nothing else may.
    """
    found: list[tuple[object, ...]] = []
    for path in [survey + one for one in PUBLIC] + ["/surveys", "/changes", "/events"]:
        got = await client.get(path)
        told: tuple[object, ...] = (path, got.status_code, len(got.content))
        if path.endswith("/result"):
            told += ({name: value for name, value in got.json().items() if name != "computed_at"},)
        elif not path.endswith("/view"):
            told += (got.headers.get("etag"), got.text)
        found.append(told)
    return found


async def test_no_event_tells_a_count(client: Client, survey: str, owner: Json, app: FastAPI) -> None:
    await answer(client, survey, MANY)
    await publish(client, survey, owner)
    (event,) = await recorded(app, "tables.published.v1")
    assert set(event["data"]) == {"survey", "number", "hash"}


async def test_what_is_held_back_is_in_no_answer(client: Client, survey: str, owner: Json) -> None:
    await answer(client, survey, MANY)
    published = (await publish(client, survey, owner)).json()
    listed = (await client.get(f"{survey}/publications")).json()["items"]
    assert listed == [published]
    assert set(published) == {"survey", "number", "hash", "published_at", "tables"}


async def test_the_page_shows_a_chart_and_its_table_for_each_question(client: Client, survey: str, owner: Json) -> None:
    await answer(client, survey, MANY, wish=["shade"])
    await publish(client, survey, owner, ("place", "again"))
    await client.post(f"{survey}/close", headers=owner)
    page = (await client.get(f"{survey}/view")).text
    assert page.count("<figure") == page.count('role="img"')
    assert "school / river" in page
    assert "left out" in page
    assert f"{survey}/publications/" in page
