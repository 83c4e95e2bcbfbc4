"""Who is told whose a response is, what of that can change, and that the database itself holds on to it."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from interlinkers.survey.tests.conftest import DEFINITION, CreateSurvey, Headers
from sqlalchemy.exc import DBAPIError

from interlinker_shared.auth import Role

Client = httpx.AsyncClient
Json = dict[str, Any]
MODES = ["identified", "pseudonymous", "anonymous"]


@pytest.fixture
def test_settings(test_settings: dict[str, Any], database_url: str | None) -> dict[str, Any]:
    """On both databases."""
    return test_settings | {"database_url": database_url}


async def answer(client: Client, path: str, headers: Json) -> httpx.Response:
    """Answer the one question that must be answered."""
    return await client.post(f"{path}/responses", json={"answers": {"place": "park"}}, headers=headers)


async def sql(app: FastAPI, statement: str) -> None:
    """Run a statement past all rules of the program."""
    await app.state.kit.db.write(lambda session: session.connection().exec_driver_sql(statement))


@pytest.mark.parametrize("mode", MODES)
async def test_people_are_named_to_those_who_run_it_where_it_says_so(
    client: Client, create_survey: CreateSurvey, as_: Headers, owner: Json, mode: str
) -> None:
    path = await create_survey(anonymity=mode)
    assert (await answer(client, path, as_("ana"))).status_code == 201
    await client.post(f"{path}/close", headers=owner)
    (listed,) = (await client.get(f"{path}/responses", headers=owner)).json()["items"]
    assert listed["respondent"] == ("ana" if mode == "identified" else None)


async def test_the_page_says_who_sees_whose_answers(client: Client, create_survey: CreateSurvey, as_: Headers) -> None:
    path = await create_survey(anonymity="identified")
    for language, words in {"en": "not anonymous", "es": "no son anónimas", "de": "nicht anonym"}.items():
        page = await client.get(f"{path}/view", headers=as_("ana") | {"Accept-Language": language})
        assert words in page.text


async def test_nobody_is_named_after_her_erasure(
    client: Client, create_survey: CreateSurvey, as_: Headers, owner: Json
) -> None:
    path = await create_survey(anonymity="identified")
    await answer(client, path, as_("ana"))
    await client.delete("/subjects/ana", headers=owner)
    (listed,) = (await client.get(f"{path}/responses", headers=owner)).json()["items"]
    assert (listed["respondent"], listed["answers"]) == (None, {"place": "park"})


@pytest.mark.parametrize("mode", MODES)
async def test_the_mode_is_fixed_once_people_can_answer(
    client: Client, create_survey: CreateSurvey, owner: Json, mode: str
) -> None:
    path = await create_survey(anonymity=mode)
    for other in MODES:
        tag = (await client.get(path)).headers["ETag"]
        config = {"definition": DEFINITION, "anonymity": other, "smallest_count": 1}  # all else as it was created
        changed = await client.patch(path, json={"config": config}, headers=owner | {"If-Match": tag})
        assert changed.status_code == (200 if other == mode else 409)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("other", MODES)
async def test_raw_sql_cannot_change_the_mode_after_the_first_response(
    client: Client, app: FastAPI, create_survey: CreateSurvey, as_: Headers, mode: str, other: str
) -> None:
    if mode == other:
        pytest.skip("no change")
    path = await create_survey(anonymity=mode)
    change = _statement((await client.get(path)).json()["config"] | {"anonymity": other}, path, app)
    await answer(client, path, as_("ana"))
    with pytest.raises(DBAPIError, match="fixed with its first response"):
        await sql(app, change)
    assert (await client.get(path)).json()["config"]["anonymity"] == mode


async def test_raw_sql_can_change_what_nobody_has_answered(
    client: Client, app: FastAPI, create_survey: CreateSurvey
) -> None:
    path = await create_survey()
    await sql(app, _statement((await client.get(path)).json()["config"] | {"anonymity": "identified"}, path, app))
    past_what_is_kept = {"Origin": "http://test"}
    assert (await client.get(path, headers=past_what_is_kept)).json()["config"]["anonymity"] == "identified"


def _statement(config: Json, path: str, app: FastAPI) -> str:
    key = path.rpartition("/")[2]
    key = key if app.state.settings.database_url else key.replace("-", "")
    return f"UPDATE assets SET config = '{json.dumps(config)}' WHERE id = '{key}'"  # noqa: S608 - ours


@pytest.mark.parametrize("table", ["participations", "responses"])
async def test_raw_sql_cannot_put_a_name_beside_an_anonymous_survey(
    client: Client, app: FastAPI, create_survey: CreateSurvey, as_: Headers, table: str
) -> None:
    named, secret = await create_survey(), await create_survey(anonymity="anonymous")
    await answer(client, named, as_("ana"))
    to, where = [path.rpartition("/")[2] for path in (secret, named)]
    if not app.state.settings.database_url:
        to, where = to.replace("-", ""), where.replace("-", "")
    columns = {
        "participations": f"'{to}', subject, response_id",
        "responses": f"id, '{to}', answers, language, channel, revision, submitted_at, version",
    }[table]
    with pytest.raises(DBAPIError, match="keeps nobody beside a response"):
        await sql(app, f"INSERT INTO {table} SELECT {columns} FROM {table} WHERE survey_id = '{where}'")  # noqa: S608 - ours


@pytest.mark.parametrize(
    "config",
    [
        {"anonymity": "anonymous", "edits": "until_close"},
        {"anonymity": "anonymous", "live_result": True},
        {"anonymity": "identified", "access": "open"},
        {"anonymity": "secret"},
        {"access": "everybody"},
        {"access": "open", "guests": True},
        {"guests": "perhaps"},
    ],
    ids=str,
)
async def test_promises_that_take_each_other_back_are_refused(client: Client, owner: Json, config: Json) -> None:
    body = {"title": "Needs", "config": {"definition": DEFINITION, **config}}
    assert (await client.post("/surveys", json=body, headers=owner)).status_code == 422


@pytest.mark.parametrize(
    ("former", "present"),
    [
        ({}, ("account", "pseudonymous", "until_close")),
        ({"guests": True}, ("open", "pseudonymous", "until_close")),
        ({"guests": False, "anonymous": True}, ("account", "anonymous", "never")),
        ({"guests": True, "anonymous": False}, ("open", "pseudonymous", "until_close")),
    ],
    ids=str,
)
async def test_templates_that_say_it_in_former_words_are_understood(
    client: Client, owner: Json, former: Json, present: tuple[str, ...]
) -> None:
    body = {"title": "Needs", "config": {"definition": DEFINITION, **former}}
    config = (await client.post("/surveys", json=body, headers=owner)).json()["config"]
    assert tuple(config[word] for word in ("access", "anonymity", "edits")) == present
    assert not config.keys() & {"guests", "anonymous"}


async def test_final_answers_are_final(client: Client, create_survey: CreateSurvey, as_: Headers, owner: Json) -> None:
    path = await create_survey(edits="never")
    await answer(client, path, as_("ana"))
    mine = f"{path}/responses/mine"
    refused = await client.put(mine, json={"answers": {"place": "school"}}, headers=as_("ana"))
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (403, "edits-over")
    assert (await client.get(mine, headers=as_("ana"))).json()["answers"] == {"place": "park"}
    assert (await answer(client, path, as_("mo", Role.MODERATOR))).status_code == 201
