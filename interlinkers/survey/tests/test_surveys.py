"""What is a survey's own in the asset contract: its config, imports, results, exports and a person's data."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator

from interlinker_shared.auth import Role
from interlinker_shared.clock import utc_now
from interlinker_shared.events import Envelope
from interlinker_shared.ids import new_id
from interlinker_shared.testing import later, recorded

Client = httpx.AsyncClient
Headers = Callable[..., dict[str, str]]
CreateSurvey = Callable[..., Awaitable[str]]
Json = dict[str, Any]

VOTE: Json = {"elements": [{"type": "checkbox", "name": "best", "choices": []}, {"type": "comment", "name": "why"}]}
SOURCE = {"interlinker": "ideation", "asset": "a1", "item": "i1"}
ITEMS: list[Json] = [
    {"id": "i1", "title": "A bench", "language": "en", "source": SOURCE},
    {"id": "i2", "text": "Un árbol", "language": "es"},
]


def pointers(answer: httpx.Response) -> list[str]:
    """Where a problem document points."""
    assert answer.status_code == 422, answer.text
    return [error["pointer"] for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("config", "pointer"),
    [
        ({}, "/config/definition"),
        ({"definition": {}}, "/config/definition"),
        ({"definition": {"elements": [{"type": "txt", "name": "a"}]}}, "/config/definition/elements/0/type"),
        ({"definition": {"pages": [{"elements": [{"type": "text"}]}]}}, "/config/definition/pages/0/elements/0/name"),
        ({"definition": VOTE}, "/config/definition/elements/0/choices"),
        ({"definition": {"elements": VOTE["elements"][1:]}, "imports_into": "why"}, "/config/imports_into"),
        ({"definition": VOTE, "imports_into": "best", "guest": True}, "/config/guest"),
    ],
    ids=str,
)
async def test_a_config_that_makes_no_sense_is_refused(
    client: Client, owner: dict[str, str], config: Json, pointer: str
) -> None:
    answer = await client.post("/surveys", json={"title": "T", "config": config}, headers=owner)
    assert pointer in pointers(answer)
    assert (await client.get("/surveys", headers=owner)).json()["items"] == []


async def test_the_config_of_a_draft_can_change_and_that_of_an_open_survey_cannot(
    client: Client, create_survey: CreateSurvey, owner: dict[str, str], definition: Json
) -> None:
    path = await create_survey("draft")
    body = {"config": {"definition": definition, "access": "open"}}
    changed = await client.patch(path, json=body, headers=owner | {"If-Match": '"1"'})
    assert changed.json()["config"]["access"] == "open"
    await client.post(f"{path}/open", headers=owner)
    later = {"config": {"definition": definition, "access": "account"}}
    refused = await client.patch(path, json=later, headers=owner | {"If-Match": '"3"'})
    assert refused.status_code == 409
    assert (await client.get(path)).json()["config"]["access"] == "open"


async def test_the_definition_stays_as_it_was_written(
    client: Client, create_survey: CreateSurvey, definition: Json
) -> None:
    assert (await client.get(await create_survey())).json()["config"]["definition"] == definition


async def test_the_published_schema_takes_what_the_service_takes(client: Client, definition: Json) -> None:
    schema = (await client.get("/schemas/config.json")).json()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    assert validator.is_valid({"definition": definition, "access": "open"})
    assert not validator.is_valid({"definition": {"elements": [{"type": "text", "nam": "a"}]}})


async def test_imported_items_become_choices_once(
    client: Client, create_survey: CreateSurvey, owner: dict[str, str]
) -> None:
    path = await create_survey("draft", VOTE, imports_into="best")
    body = {"handover": "h1", "items": ITEMS}
    first = (await client.post(f"{path}/imports", json=body, headers=owner)).json()
    again = (await client.post(f"{path}/imports", json=body, headers=owner)).json()
    choices = (await client.get(path, headers=owner)).json()["config"]["definition"]["elements"][0]["choices"]
    assert (first["created"], again["created"], again["known"]) == (2, 0, 2)
    assert [choice["text"]["default"] for choice in choices] == ["A bench", "Un árbol"]
    assert [choice["value"] for choice in choices] == [entry["item"] for entry in first["items"]]


async def test_a_result_counts_imported_choices_with_their_source(
    client: Client, create_survey: CreateSurvey, owner: dict[str, str], as_: Headers
) -> None:
    path = await create_survey("draft", VOTE, imports_into="best")
    imported = await client.post(f"{path}/imports", json={"handover": "h1", "items": ITEMS}, headers=owner)
    bench, tree = (entry["item"] for entry in imported.json()["items"])
    await client.post(f"{path}/open", headers=owner)
    for person, best in (("ana", [bench, tree]), ("ben", [bench])):
        await client.post(f"{path}/responses", json={"answers": {"best": best}}, headers=as_(person))
    await client.post(f"{path}/close", headers=owner)
    items = (await client.get(f"{path}/result")).json()["items"]
    assert [(item["id"], item["responses"]) for item in items] == [(bench, 2), (tree, 1)]
    assert items[0]["source"] == SOURCE
    assert items[0]["question"] == "best"


async def test_a_survey_that_awaits_choices_cannot_open_without_them(
    client: Client, create_survey: CreateSurvey, owner: dict[str, str]
) -> None:
    path = await create_survey("draft", VOTE, imports_into="best")
    answer = await client.post(f"{path}/open", headers=owner)
    assert pointers(answer) == ["/config/definition/elements/0/choices"]
    assert (await client.get(path, headers=owner)).json()["state"] == "draft"


async def test_imports_need_a_question_words_and_a_draft(
    client: Client, create_survey: CreateSurvey, owner: dict[str, str]
) -> None:
    body = {"handover": "h1", "items": ITEMS}
    nowhere = await client.post(f"{await create_survey('draft')}/imports", json=body, headers=owner)
    assert pointers(nowhere) == ["/config/imports_into"]
    draft = await create_survey("draft", VOTE, imports_into="best")
    mute = {"handover": "h1", "items": [{"id": "i3"}]}
    assert pointers(await client.post(f"{draft}/imports", json=mute, headers=owner)) == ["/items"]
    opened = await create_survey(imports_into="place")
    late = await client.post(f"{opened}/imports", json=body, headers=owner)
    assert (late.status_code, late.json()["type"].rpartition(":")[2]) == (409, "asset-open")


async def test_a_clone_keeps_imported_choices_as_its_own(
    client: Client, create_survey: CreateSurvey, owner: dict[str, str]
) -> None:
    path = await create_survey("draft", VOTE, imports_into="best")
    await client.post(f"{path}/imports", json={"handover": "h1", "items": ITEMS}, headers=owner)
    clone = (await client.post(f"{path}/clone", json={}, headers=owner)).json()
    for step in ("open", "close"):
        assert (await client.post(f"/surveys/{clone['id']}/{step}", headers=owner)).status_code == 200
    result = (await client.get(f"/surveys/{clone['id']}/result")).json()
    assert list(result["counts"]["questions"]["best"]["choices"].values()) == [0, 0]


async def answered(client: Client, path: str, as_: Headers, answers: Json) -> str:
    """Ana and Ben answer; the id of Ana's response."""
    receipt = await client.post(f"{path}/responses", json={"answers": answers, "language": "es"}, headers=as_("ana"))
    other = {"answers": {"place": "school", "mood": 1}}
    assert (await client.post(f"{path}/responses", json=other, headers=as_("ben"))).status_code == 201
    return str(receipt.json()["id"])


async def test_the_result_counts_every_question_and_hands_on_free_texts(
    client: Client, survey: str, as_: Headers, owner: dict[str, str], answers: Json
) -> None:
    response = await answered(client, survey, as_, answers)
    await client.post(f"{survey}/close", headers=owner)
    result = (await client.get(f"{survey}/result")).json()
    questions = result["counts"]["questions"]
    assert result["status"] == "final"
    assert result["counts"]["responses"] == 2
    assert questions["place"] == {"of": 2, "responses": 2, "skipped": 0, "choices": {"park": 1, "school": 1, "3": 0}}
    assert (questions["mood"]["mean"], questions["age"]["responses"], questions["mail"]["skipped"]) == (2.5, 1, 1)
    assert [(item["id"], item["text"], item["language"]) for item in result["items"]] == [
        (f"{response}.suggestion", "More benches", "es"),
        (f"{response}.street", "=Long street", "es"),
    ]
    assert "ana" not in str(result)


async def test_nobody_watches_a_result_grow_unless_the_survey_says_so(
    client: Client, create_survey: CreateSurvey, owner: dict[str, str]
) -> None:
    hidden = await client.get(f"{await create_survey()}/result", headers=owner)
    assert (hidden.status_code, hidden.json()["type"].rpartition(":")[2]) == (403, "result-hidden")
    shown = await client.get(f"{await create_survey(live_result=True)}/result")
    assert shown.json()["status"] == "provisional"


async def test_the_result_is_what_its_schema_says(
    client: Client, create_survey: CreateSurvey, as_: Headers, owner: dict[str, str], answers: Json
) -> None:
    survey = await create_survey(live_result=True)
    await answered(client, survey, as_, answers)
    schema = (await client.get("/schemas/result.json")).json()
    for _ in range(2):
        Draft202012Validator(schema).validate((await client.get(f"{survey}/result")).json())
        await client.post(f"{survey}/close", headers=owner)


async def test_the_csv_can_be_opened_by_a_spreadsheet_safely(
    client: Client, survey: str, as_: Headers, owner: dict[str, str], answers: Json
) -> None:
    await answered(client, survey, as_, answers | {"suggestion": "@SUM(A1)\n2", "age": 0})
    export = await client.get(f"{survey}/export?format=csv", headers=owner)
    first, second = csv.DictReader(io.StringIO(export.text))
    assert export.headers["content-type"].startswith("text/csv")
    assert (first["street"], first["suggestion"]) == ("'=Long street", "'@SUM(A1)\n2")
    assert (first["who[old]"], first["who[young]"], first["again"], first["age"]) == ("1", "0", "true", "0")
    assert (second["place"], second["street"]) == ("school", "")


async def test_json_lines_hold_the_answers_as_they_are(
    client: Client, survey: str, as_: Headers, owner: dict[str, str], answers: Json
) -> None:
    await answered(client, survey, as_, answers)
    export = await client.get(f"{survey}/export?format=jsonl", headers=owner)
    first, _ = (json.loads(line) for line in export.text.splitlines())
    assert first["answers"] == answers
    assert 'ana"' not in export.text


async def test_exports_are_for_moderators_in_formats_that_exist(
    client: Client, survey: str, as_: Headers, owner: dict[str, str]
) -> None:
    assert (await client.get(f"{survey}/export?format=csv")).status_code == 401
    assert (await client.get(f"{survey}/export?format=csv", headers=as_("ana"))).status_code == 403
    assert (await client.get(f"{survey}/export?format=docx", headers=owner)).status_code == 422


async def test_a_person_gets_all_that_is_held_of_her(client: Client, survey: str, as_: Headers, answers: Json) -> None:
    response = await answered(client, survey, as_, answers)
    data = (await client.get("/subjects/ana", headers=as_("ana"))).json()["data"]
    assert [(entry["id"], entry["answers"]) for entry in data["responses"]] == [(response, answers)]
    assert (await client.get("/subjects/ana", headers=as_("ben"))).status_code == 403


async def test_erasing_a_person_leaves_the_counts_and_none_of_her_words(
    client: Client, create_survey: CreateSurvey, as_: Headers, answers: Json, app: FastAPI
) -> None:
    survey = await create_survey(live_result=True)
    response = await answered(client, survey, as_, answers)
    before = (await client.get(f"{survey}/result")).json()
    for _ in range(2):
        assert (await client.delete("/subjects/ana", headers=as_("ana"))).status_code == 204
    after = (await client.get(f"{survey}/result")).json()
    assert after["counts"] == before["counts"]
    assert after["items"] == []
    assert (await client.get("/subjects/ana", headers=as_("ana"))).json()["data"]["responses"] == []
    withdrawn = [event["data"]["item"] for event in await recorded(app, "item.withdrawn.v1")]
    assert withdrawn == [f"{response}.suggestion", f"{response}.street"]


async def test_no_file_holds_the_words_of_an_erased_person(
    client: Client, survey: str, as_: Headers, owner: dict[str, str], answers: Json
) -> None:
    headers = as_("ana") | {"Idempotency-Key": "k1"}
    await client.post(f"{survey}/responses", json={"answers": answers}, headers=headers)
    await client.delete("/subjects/ana", headers=as_("ana"))
    for export in ("csv", "jsonl"):
        text = (await client.get(f"{survey}/export?format={export}", headers=owner)).text
        assert not any(word in text for word in ("benches", "Long street", "example.org", "2001-05-06"))


async def test_a_choice_withdrawn_at_its_source_keeps_its_votes_and_loses_its_words(
    client: Client, create_survey: CreateSurvey, owner: dict[str, str], as_: Headers, app: FastAPI
) -> None:
    path = await create_survey("draft", VOTE, imports_into="best", live_result=True)
    imported = await client.post(f"{path}/imports", json={"handover": "h1", "items": ITEMS}, headers=owner)
    bench = imported.json()["items"][0]["item"]
    await client.post(f"{path}/open", headers=owner)
    await client.post(f"{path}/responses", json={"answers": {"best": [bench]}}, headers=as_("ana"))
    await withdraw_at_source(app)
    result = (await client.get(f"{path}/result")).json()
    assert result["counts"]["questions"]["best"]["choices"][bench] == 1
    shown = (await client.get(path)).text
    assert "A bench" not in shown
    assert "Withdrawn" in shown
    assert [event["data"]["item"] for event in await recorded(app, "item.withdrawn.v1")] == [bench]


async def test_a_draft_drops_a_choice_withdrawn_at_its_source(
    client: Client, create_survey: CreateSurvey, owner: dict[str, str], app: FastAPI
) -> None:
    path = await create_survey("draft", VOTE, imports_into="best")
    await client.post(f"{path}/imports", json={"handover": "h1", "items": ITEMS}, headers=owner)
    await withdraw_at_source(app)
    await withdraw_at_source(app)
    choices = (await client.get(path, headers=owner)).json()["config"]["definition"]["elements"][0]["choices"]
    assert [choice["text"]["default"] for choice in choices] == ["Un árbol"]


async def withdraw_at_source(app: FastAPI) -> None:
    """Deliver the event that the item i1 is gone."""
    kit = app.state.kit
    (handler,) = (handler for handler in kit.handlers if handler.takes("interlink.ideation.item.withdrawn.v1"))
    envelope = Envelope(
        id=new_id(),
        source="/ideation/main",
        type="eu.interlinkers.ideation.item.withdrawn.v1",
        subject="a1",
        time=utc_now(),
        aggseq=1,
        data={"asset": "a1", "item": "i1"},
    )
    await kit.db.write(handler.fn, handler.reader.model_construct(asset="a1", item="i1"), envelope)


async def test_deleting_a_survey_deletes_its_responses_a_month_later(
    app: FastAPI, client: Client, survey: str, as_: Headers, owner: dict[str, str], answers: Json
) -> None:
    await answered(client, survey, as_, answers)
    assert (await client.delete(survey, headers=owner)).status_code == 204
    held = []
    for days in (0, 31):
        await later(app, timedelta(days=days))
        held.append(len((await client.get("/subjects/ana", headers=as_("ana"))).json()["data"]["responses"]))
    assert held == [1, 0]


async def test_a_person_is_erased_from_a_deleted_survey_too(
    client: Client, survey: str, as_: Headers, owner: dict[str, str], answers: Json
) -> None:
    await answered(client, survey, as_, answers)
    assert (await client.delete(survey, headers=owner)).status_code == 204
    assert (await client.delete("/subjects/ana", headers=as_("ana"))).status_code == 204
    assert (await client.get("/subjects/ana", headers=as_("ana"))).json()["data"]["responses"] == []


async def test_the_manifest_says_what_this_is(client: Client) -> None:
    manifest = (await client.get("/.well-known/interlinker.json")).json()
    assert (manifest["id"], manifest["capabilities"]) == ("survey", ["survey"])
    assert manifest["assets"]["path"] == "/surveys"
    assert "eu.interlinkers.survey.response.submitted.v1" in manifest["events"]["out"]
    assert set(manifest["name"]) == {"en", "es", "de"}


async def test_moderators_run_surveys_and_members_do_not(client: Client, as_: Headers, definition: Json) -> None:
    body = {"title": "T", "config": {"definition": definition}}
    assert (await client.post("/surveys", json=body)).status_code == 401
    assert (await client.post("/surveys", json=body, headers=as_("ana"))).status_code == 403
    assert (await client.post("/surveys", json=body, headers=as_("mo", Role.MODERATOR))).status_code == 201
