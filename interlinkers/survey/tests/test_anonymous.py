"""Anonymous surveys: one response each, final, and nothing that says whose it is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from interlinker_shared.auth import Role
from interlinker_shared.testing import later, recorded

Client = httpx.AsyncClient
Headers = Callable[..., dict[str, str]]
CreateSurvey = Callable[..., Awaitable[str]]
Json = dict[str, Any]


@pytest.fixture
async def survey(create_survey: CreateSurvey) -> str:
    """The path of an open anonymous survey."""
    return await create_survey(anonymity="anonymous")


async def answer(client: Client, path: str, headers: Json, place: str = "park", **more: Any) -> httpx.Response:
    """Answer the one question that must be answered."""
    body = {"answers": {"place": place, **more.pop("answers", {})}, **more}
    return await client.post(f"{path}/responses", json=body, headers=headers)


def problem(found: httpx.Response) -> tuple[int, str]:
    """Status and slug."""
    return found.status_code, found.json()["type"].rpartition(":")[2]


async def close(client: Client, path: str, owner: Json) -> Json:
    """Close a survey; gives its result."""
    assert (await client.post(f"{path}/close", headers=owner)).status_code == 200
    result: Json = (await client.get(f"{path}/result")).json()
    return result


async def test_receipt_does_not_lead_to_the_response(client: Client, survey: str, as_: Headers) -> None:
    sent = await answer(client, survey, as_("ana"))
    assert sent.status_code == 201
    assert sent.json() == {"id": None, "survey": survey.rpartition("/")[2], "revision": 1, "submitted_at": None}


async def test_one_account_is_one_response_also_when_many_come_at_once(
    client: Client, survey: str, as_: Headers, owner: Json
) -> None:
    found = await asyncio.gather(*(answer(client, survey, as_("ana")) for _ in range(50)))
    assert sorted(one.status_code for one in found) == [201] + [409] * 49
    assert problem(await answer(client, survey, as_("ana"))) == (409, "already-answered")
    assert (await close(client, survey, owner))["counts"]["responses"] == 1


async def test_refused_second_response_leaves_nothing(client: Client, survey: str, as_: Headers, owner: Json) -> None:
    await answer(client, survey, as_("ana"), "park")
    await answer(client, survey, as_("ana"), "school")
    counts = (await close(client, survey, owner))["counts"]["questions"]["place"]["choices"]
    assert counts == {"park": 1, "school": 0, "3": 0}


async def test_nobody_reads_or_changes_the_answers_of_one_person(client: Client, survey: str, as_: Headers) -> None:
    await answer(client, survey, as_("ana"))
    mine = f"{survey}/responses/mine"
    assert problem(await client.get(mine, headers=as_("ana"))) == (403, "answers-sealed")
    changed = await client.put(mine, json={"answers": {"place": "school"}}, headers=as_("ana"))
    assert problem(changed) == (403, "answers-sealed")


async def test_answers_are_read_only_after_the_close(client: Client, survey: str, as_: Headers, owner: Json) -> None:
    await answer(client, survey, as_("ana"))
    reads = [f"{survey}/responses", f"{survey}/export?format=csv", f"{survey}/export?format=jsonl"]
    for path in reads:
        assert problem(await client.get(path, headers=owner)) == (403, "answers-sealed"), path
    assert problem(await client.get(f"{survey}/result", headers=owner)) == (403, "result-hidden")
    await close(client, survey, owner)
    listed, as_csv, as_jsonl = [await client.get(path, headers=owner) for path in reads]
    assert [(one["channel"], one["submitted_at"]) for one in listed.json()["items"]] == [(None, None)]
    assert as_csv.text.splitlines()[1].split(",")[1:6] == ["", "en", "", "", "park"]
    assert json.loads(as_jsonl.text)["answers"] == {"place": "park"}


async def test_result_that_grows_cannot_be_anonymous(client: Client, owner: Json) -> None:
    config = {
        "definition": {"elements": [{"type": "boolean", "name": "q"}]},
        "anonymity": "anonymous",
        "live_result": True,
    }
    refused = await client.post("/surveys", json={"title": "Needs", "config": config}, headers=owner)
    assert refused.status_code == 422
    assert "live_result" in refused.text


async def test_the_one_event_names_the_person_and_no_response(
    client: Client, app: FastAPI, survey: str, as_: Headers, owner: Json
) -> None:
    await answer(client, survey, as_("ana"), answers={"suggestion": "More benches"})
    item = (await close(client, survey, owner))["items"][0]
    assert item["text"] == "More benches"
    events = [event for event in await recorded(app) if event.get("actor") == "ana" or "response" in event["type"]]
    assert [(event["type"].rpartition(".")[0][-17:], event["data"]["items"]) for event in events] == [
        ("contribution.made", [])
    ]
    assert item["id"].partition(".")[0] not in json.dumps(await recorded(app))


async def test_guests_take_part_where_they_may(client: Client, create_survey: CreateSurvey, owner: Json) -> None:
    path = await create_survey(anonymity="anonymous", access="open")
    for _ in range(2):
        assert (await answer(client, path, {})).status_code == 201
    assert (await close(client, path, owner))["counts"]["responses"] == 2


async def test_staff_enter_one_response_for_each_respondent(
    client: Client, survey: str, as_: Headers, owner: Json
) -> None:
    moderator = as_("mo", Role.MODERATOR)
    entries = [await answer(client, survey, moderator, channel="paper", respondent="p-1") for _ in range(2)]
    assert [one.status_code for one in entries] == [201, 409]
    assert (await close(client, survey, owner))["counts"]["responses"] == 1


async def test_erasing_a_person_changes_no_tally_and_gives_no_second_response(
    client: Client, survey: str, as_: Headers, owner: Json
) -> None:
    await answer(client, survey, as_("ana"))
    assert (await client.delete("/subjects/ana", headers=owner)).status_code == 204
    assert problem(await answer(client, survey, as_("ana"))) == (409, "already-answered")
    assert (await close(client, survey, owner))["counts"]["responses"] == 1


async def test_where_somebody_has_answered_is_told_her_until_the_close(
    client: Client, survey: str, as_: Headers, owner: Json
) -> None:
    await answer(client, survey, as_("ana"))
    export = (await client.get("/subjects/ana", headers=owner)).json()
    assert survey.rpartition("/")[2] in json.dumps(export)
    await close(client, survey, owner)
    assert survey.rpartition("/")[2] not in json.dumps((await client.get("/subjects/ana", headers=owner)).json())


async def test_page_says_what_is_secret_in_three_languages(client: Client, survey: str, as_: Headers) -> None:
    for language, words in {"en": "are anonymous", "es": "son anónimas", "de": "sind anonym"}.items():
        page = await client.get(f"{survey}/view", headers=as_("ana") | {"Accept-Language": language})
        assert words in page.text


async def test_page_takes_one_form_and_then_says_that_one_has_taken_part(
    client: Client, survey: str, as_: Headers, owner: Json
) -> None:
    page = await client.get(f"{survey}/view", headers=as_("ana"))
    key = page.text.partition('name="key" value="')[2].partition('"')[0]
    form = {"key": key, "answers/place": "park"}
    for _ in range(2):  # a form that is sent twice is one response, and no complaint
        sent = await client.post(f"{survey}/view", data=form, headers=as_("ana") | {"Accept": "text/html"})
        assert sent.status_code == 303
    again = await client.get(f"{survey}/view", headers=as_("ana"))
    assert "You have taken part" in again.text
    assert "Send answers" not in again.text
    assert (await close(client, survey, owner))["counts"]["responses"] == 1


async def test_deleted_survey_forgets_its_key_at_once_and_its_responses_a_month_later(
    client: Client, app: FastAPI, survey: str, as_: Headers
) -> None:
    await answer(client, survey, as_("ana"))
    gone = await client.delete(survey, headers=as_("owner", Role.OWNER))
    assert gone.status_code == 204
    assert await app.state.kit.db.read(_count, "survey_keys") == 0
    await later(app, timedelta(days=30))
    for table in ("anonymous_responses", "answered"):
        assert await app.state.kit.db.read(_count, table) == 0


def _count(session: Any, table: str) -> int:
    found: int = session.connection().exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()  # noqa: S608 - ours
    return found
