"""Files of responses over HTTP: for moderators, in the form asked for, while others go on answering."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from interlinker_shared.assets import require
from interlinker_survey import exports
from interlinker_survey.exports import MEDIA_TYPES, Format, Wanted

Client = httpx.AsyncClient
Headers = Callable[..., dict[str, str]]
CreateSurvey = Callable[..., Awaitable[str]]
Json = dict[str, Any]
ALL = [(f"exports/responses?format={format}", media) for format, media in MEDIA_TYPES.items()]


async def answered(client: Client, survey: str, as_: Headers, answers: Json, who: str = "ana") -> None:
    answer = await client.post(f"{survey}/responses", json={"answers": answers}, headers=as_(who))
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("path", "media_type"), [*ALL, ("exports/codebook", "text/csv"), ("exports/bundle", "application/zip")]
)
async def test_files_are_for_moderators(
    path: str, media_type: str, client: Client, survey: str, as_: Headers, owner: Json
) -> None:
    assert (await client.get(f"{survey}/{path}")).status_code == 401
    assert (await client.get(f"{survey}/{path}", headers=as_("ana"))).status_code == 403
    file = await client.get(f"{survey}/{path}", headers=owner)
    assert (file.status_code, file.headers["content-type"].partition(";")[0]) == (200, media_type)
    assert file.headers["content-disposition"].startswith('attachment; filename="survey-')


@pytest.mark.parametrize("path", ["exports/responses", "exports/codebook", "exports/bundle"])
async def test_a_survey_that_is_not_there_has_no_files(path: str, client: Client, owner: Json) -> None:
    missing = "/surveys/00000000-0000-7000-8000-000000000000"
    assert (await client.get(f"{missing}/{path}", headers=owner)).status_code == 404


@pytest.mark.parametrize("query", ["format=docx", "layout=round", "values=none", "language=!", "bom=perhaps"])
async def test_a_form_that_does_not_exist_is_refused(query: str, client: Client, survey: str, owner: Json) -> None:
    assert (await client.get(f"{survey}/exports/responses?{query}", headers=owner)).status_code == 422


@pytest.mark.parametrize("path", [*(path for path, _ in ALL), "exports/bundle"])
async def test_anonymous_answers_leave_only_after_the_end(
    path: str, client: Client, create_survey: CreateSurvey, as_: Headers, owner: Json, answers: Json
) -> None:
    survey = await create_survey(anonymous=True)
    await answered(client, survey, as_, answers)
    assert (await client.get(f"{survey}/{path}", headers=owner)).status_code == 403
    assert (await client.get(f"{survey}/exports/codebook", headers=owner)).status_code == 200
    await client.post(f"{survey}/close", headers=owner)
    assert (await client.get(f"{survey}/{path}", headers=owner)).status_code == 200


async def test_labels_and_language_are_those_asked_for(
    client: Client, survey: str, as_: Headers, owner: Json, answers: Json
) -> None:
    await answered(client, survey, as_, answers | {"place": "school"})
    file = await client.get(f"{survey}/exports/responses?values=labels&language=es&bom=true", headers=owner)
    (row,) = csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"), newline=""))
    assert file.content.startswith(b"\xef\xbb\xbf")
    assert (row["¿Dónde?"], row["who [old]"]) == ("En la escuela", "1")


async def test_the_workbook_of_the_contract_is_one(
    client: Client, survey: str, as_: Headers, owner: Json, answers: Json
) -> None:
    await answered(client, survey, as_, answers)
    file = await client.get(f"{survey}/export?format=xlsx", headers=owner)
    names = zipfile.ZipFile(io.BytesIO(file.content)).namelist()
    assert names[:2] == ["xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"]
    again = await client.get(f"{survey}/export?format=xlsx", headers=owner)
    assert again.content == file.content


async def test_a_file_that_is_being_read_shows_one_moment_and_holds_nobody_up(
    app: FastAPI, client: Client, survey: str, as_: Headers, answers: Json
) -> None:
    db = app.state.kit.db
    await answered(client, survey, as_, answers)
    asset = await db.read(require, UUID(survey.rpartition("/")[2]))
    chunks = db.stream(exports.write_responses, asset, Format.CSV, Wanted())
    first = await anext(chunks)
    await answered(client, survey, as_, answers, "ben")
    rest = b"".join([chunk async for chunk in chunks])
    assert len((first + rest).splitlines()) == 2


async def test_who_leaves_early_lets_the_snapshot_go(
    app: FastAPI, client: Client, survey: str, as_: Headers, answers: Json
) -> None:
    db = app.state.kit.db
    asset = await db.read(require, UUID(survey.rpartition("/")[2]))
    ended: list[bool] = []

    def endless(session: Any, _survey: Any) -> Any:
        try:
            while True:
                yield b"x" * 100_000
        finally:
            ended.append(session.is_active)

    chunks = db.stream(endless, asset)
    await anext(chunks)
    await chunks.aclose()
    assert ended == [True]


def with_place(choices: list[str], kind: str = "radiogroup") -> Json:
    return {"elements": [{"type": kind, "name": "place", "choices": choices}]}


async def test_what_does_not_go_on_in_a_later_version_has_columns_of_its_own(
    client: Client, create_survey: CreateSurvey, as_: Headers, owner: Json
) -> None:
    survey = await create_survey(definition=with_place(["park", "school"]))
    await answered(client, survey, as_, {"place": "park"})
    tag = (await client.get(survey)).headers["etag"]
    new = {"config": {"definition": with_place(["park", "school"], "checkbox")}}
    published = await client.post(f"{survey}/versions", json=new, headers=owner | {"If-Match": tag})
    assert published.status_code == 201, published.text
    await answered(client, survey, as_, {"place": ["school"]}, "ben")
    file = await client.get(f"{survey}/exports/responses", headers=owner)
    former, latter = csv.DictReader(io.StringIO(file.text, newline=""))
    assert (former["version"], former["place@1"], former["place[school]"]) == ("1", "park", "")
    assert (latter["version"], latter["place@1"], latter["place[school]"]) == ("2", "", "1")


async def test_whose_a_response_is_is_told_only_where_people_are_identified(
    client: Client, create_survey: CreateSurvey, as_: Headers, owner: Json, answers: Json
) -> None:
    for anonymity, told in (("identified", True), ("pseudonymous", False)):
        survey = await create_survey(anonymity=anonymity)
        await answered(client, survey, as_, answers)
        for format in ("csv", "jsonl"):
            file = await client.get(f"{survey}/exports/responses?format={format}", headers=owner)
            assert ("respondent" in file.text) is told
