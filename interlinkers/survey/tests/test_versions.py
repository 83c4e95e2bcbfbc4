"""Changing what an open survey asks: versions are frozen, responses keep theirs, results merge what means the same."""

from __future__ import annotations

import asyncio
import copy
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from interlinkers.survey.tests.conftest import CreateSurvey, Headers

from interlinker_shared.auth import Role
from interlinker_shared.manifest import canonical_json, digest_of
from interlinker_shared.testing import recorded

Client = httpx.AsyncClient
Json = dict[str, Any]

ASKED: Json = {
    "elements": [
        {"type": "radiogroup", "name": "place", "title": "Where?", "choices": ["park", "school"]},
        {"type": "comment", "name": "why"},
        {"type": "rating", "name": "mood"},
    ]
}


@pytest.fixture
async def survey(create_survey: CreateSurvey) -> str:
    """The path of an open survey with three questions."""
    return await create_survey(definition=ASKED)


def changed(**questions: Json | None) -> Json:
    """What is asked, with these questions changed, or gone where None."""
    elements = [element | (questions.get(element["name"]) or {}) for element in copy.deepcopy(ASKED["elements"])]
    return {"elements": [one for one in elements if questions.get(one["name"], {}) is not None]}


async def publish(client: Client, path: str, headers: Json, definition: Json, **more: Any) -> httpx.Response:
    """Publish a version."""
    tag = (await client.get(path, headers=headers)).headers["ETag"]
    body = {"config": {"definition": definition}, **more}
    return await client.post(f"{path}/versions", json=body, headers=headers | {"If-Match": tag})


async def answer(client: Client, path: str, headers: Json, answers: Json, **more: Any) -> httpx.Response:
    """Send a response."""
    return await client.post(f"{path}/responses", json={"answers": answers, **more}, headers=headers)


async def closed_counts(client: Client, path: str, owner: Json) -> Json:
    """Close a survey; gives the counts of its result."""
    await client.post(f"{path}/close", headers=owner)
    counts: Json = (await client.get(f"{path}/result")).json()["counts"]
    return counts


def problem(found: httpx.Response) -> tuple[int, str]:
    """Status and slug."""
    return found.status_code, found.json()["type"].rpartition(":")[2]


async def test_opening_freezes_what_is_asked_by_its_hash(client: Client, survey: str) -> None:
    (first,) = (await client.get(f"{survey}/versions")).json()["items"]
    whole = (await client.get(f"{survey}/versions/1")).json()
    assert whole["definition"] == ASKED
    assert first["hash"] == digest_of(canonical_json({"definition": ASKED, "consent": None}))
    assert (first["number"], first["superseded_at"], first["changes"]) == (1, None, [])


async def test_a_new_version_takes_effect_and_the_former_one_stays(client: Client, survey: str, owner: Json) -> None:
    new = changed(place={"title": "Which place?"})
    made = await publish(client, survey, owner, new)
    assert (made.status_code, made.json()["number"]) == (201, 2)
    assert made.headers["Location"] == f"{survey.removeprefix('/')}/versions/2"
    assert (await client.get(survey)).json()["config"]["definition"] == new
    assert (await client.get(f"{survey}/versions/1")).json()["definition"] == ASKED
    assert made.json()["changes"] == [{"question": "place", "kind": "reworded", "former": "place"}]


async def test_versions_are_told_to_others(client: Client, app: FastAPI, survey: str, owner: Json) -> None:
    made = (await publish(client, survey, owner, changed(why=None))).json()
    (told,) = await recorded(app, "version.published.v1")
    assert told["data"] == {"survey": survey.rpartition("/")[2], "number": 2, "hash": made["hash"]}


async def test_who_looks_after_a_survey_publishes_and_nobody_else(client: Client, survey: str, as_: Headers) -> None:
    tag = {"If-Match": '"2"'}
    body = {"config": {"definition": changed(why=None)}}
    assert (await client.post(f"{survey}/versions", json=body, headers=tag)).status_code == 401
    assert (await client.post(f"{survey}/versions", json=body, headers=as_("ana") | tag)).status_code == 403
    moderator = as_("mo", Role.MODERATOR)
    assert (await client.post(f"{survey}/versions", json=body, headers=moderator)).status_code == 428
    assert (
        await client.post(f"{survey}/versions", json=body, headers=moderator | {"If-Match": '"1"'})
    ).status_code == 412
    assert (await client.post(f"{survey}/versions", json=body, headers=moderator | tag)).status_code == 201


async def test_of_two_who_publish_at_once_one_is_told(client: Client, survey: str, owner: Json) -> None:
    tag = owner | {"If-Match": '"2"'}
    bodies = [{"config": {"definition": changed(why={"title": f"{number}?"})}} for number in range(5)]
    found = await asyncio.gather(*(client.post(f"{survey}/versions", json=body, headers=tag) for body in bodies))
    assert sorted(one.status_code for one in found) == [201, 412, 412, 412, 412]


@pytest.mark.parametrize(("state", "slug"), [("draft", "asset-draft"), ("closed", "asset-closed")])
async def test_only_an_open_survey_has_new_versions(
    client: Client, create_survey: CreateSurvey, owner: Json, state: str, slug: str
) -> None:
    path = await create_survey(state, ASKED)
    assert problem(await publish(client, path, owner, changed(why=None))) == (409, slug)


async def test_what_is_no_version_is_refused(client: Client, survey: str, owner: Json) -> None:
    assert problem(await publish(client, survey, owner, ASKED)) == (409, "version-refused")
    broken = await publish(client, survey, owner, {"elements": [{"type": "txt", "name": "a"}]})
    assert [error["pointer"] for error in broken.json()["errors"]] == ["/config/definition/elements/0/type"]
    assert (await client.get(f"{survey}/versions/2")).status_code == 404
    assert len((await client.get(f"{survey}/versions")).json()["items"]) == 1


async def test_each_response_carries_its_version(client: Client, survey: str, as_: Headers, owner: Json) -> None:
    await answer(client, survey, as_("ana"), {"place": "park"})
    await publish(client, survey, owner, changed(why=None))
    await answer(client, survey, as_("ben"), {"place": "park"})
    listed = (await client.get(f"{survey}/responses", headers=owner)).json()["items"]
    assert [one["version"] for one in listed] == [1, 2]


async def test_a_response_is_judged_by_the_version_that_was_read(
    client: Client, survey: str, as_: Headers, owner: Json
) -> None:
    await publish(client, survey, owner, changed(why=None))
    old = {"place": "park", "why": "Shade"}
    assert (await answer(client, survey, as_("ana"), old)).status_code == 422
    assert (await answer(client, survey, as_("ana"), old, version=1)).status_code == 201
    assert (await client.get(f"{survey}/responses/mine", headers=as_("ana"))).json()["version"] == 1
    assert (await answer(client, survey, as_("ben"), old, version=3)).status_code == 404


async def test_an_old_version_is_taken_until_its_grace_is_over(
    client: Client, app: FastAPI, create_survey: CreateSurvey, as_: Headers, owner: Json
) -> None:
    path = await create_survey(definition=ASKED, grace_hours=1)
    made = (await publish(client, path, owner, changed(why=None))).json()
    kit, start = app.state.kit, app.state.kit.clock()
    kit.clock = lambda: start + timedelta(minutes=59)
    assert (await answer(client, path, as_("ana"), {"why": "a"}, version=1)).status_code == 201
    kit.clock = lambda: start + timedelta(minutes=61)
    late = await answer(client, path, as_("ben"), {"why": "b"}, version=1)
    assert problem(late) == (409, "version-superseded")
    assert (await answer(client, path, as_("ben"), {"place": "park"}, version=made["number"])).status_code == 201


async def test_results_merge_what_means_the_same_and_show_the_rest_apart(
    client: Client, survey: str, as_: Headers, owner: Json
) -> None:
    await answer(client, survey, as_("ana"), {"place": "park", "why": "Shade", "mood": 2})
    new = changed(place={"title": "Which?"}, mood={"rateMax": 10}, why=None)
    await publish(client, survey, owner, new)
    await answer(client, survey, as_("ben"), {"place": "park", "mood": 9})
    counts = await closed_counts(client, survey, owner)
    place, mood = counts["questions"]["place"], counts["questions"]["mood"]
    assert (counts["responses"], place["choices"], place["skipped"]) == (2, {"park": 2, "school": 0}, 0)
    assert (mood["responses"], mood["skipped"], mood["not_asked"], mood["mean"]) == (1, 0, 1, 9.0)
    first, second = counts["versions"]
    assert (first["responses"], second["responses"]) == (1, 1)
    assert {name: one["responses"] for name, one in first["apart"].items()} == {"why": 1, "mood": 1}
    assert [(one["question"], one["kind"]) for one in second["changes"]] == [
        ("place", "reworded"),
        ("mood", "changed"),
        ("why", "removed"),
    ]


async def test_texts_of_a_question_that_is_gone_are_still_items(
    client: Client, survey: str, as_: Headers, owner: Json
) -> None:
    receipt = (await answer(client, survey, as_("ana"), {"why": "Shade"})).json()
    await publish(client, survey, owner, changed(why=None))
    await client.post(f"{survey}/close", headers=owner)
    (item,) = (await client.get(f"{survey}/result")).json()["items"]
    assert (item["id"], item["text"]) == (f"{receipt['id']}.why", "Shade")


async def test_a_declared_mapping_leads_answers_on(client: Client, survey: str, as_: Headers, owner: Json) -> None:
    await answer(client, survey, as_("ana"), {"place": "school"})
    site = {"type": "dropdown", "name": "site", "choices": ["green", "yard", "none"]}
    new = {"elements": [site, *ASKED["elements"][1:]]}
    merges = {"site": {"question": "place", "values": {"park": "green", "school": "yard"}}}
    made = await publish(client, survey, owner, new, merges=merges)
    assert made.json()["changes"] == [{"question": "site", "kind": "mapped", "former": "place"}]
    assert (await closed_counts(client, survey, owner))["questions"]["site"]["choices"] == {
        "green": 0,
        "yard": 1,
        "none": 0,
    }


async def test_erasing_finds_the_words_of_every_version(client: Client, survey: str, as_: Headers, owner: Json) -> None:
    await answer(client, survey, as_("ana"), {"place": "park", "why": "Shade"})
    await publish(client, survey, owner, changed(why=None))
    assert (await client.delete("/subjects/ana", headers=owner)).status_code == 204
    (left,) = (await client.get(f"{survey}/responses", headers=owner)).json()["items"]
    assert left["answers"] == {"place": "park", "why": None}


async def test_replacing_answers_the_version_in_force(client: Client, survey: str, as_: Headers, owner: Json) -> None:
    await answer(client, survey, as_("ana"), {"why": "Shade"})
    await publish(client, survey, owner, changed(why=None))
    mine = f"{survey}/responses/mine"
    assert (await client.put(mine, json={"answers": {"why": "Sun"}}, headers=as_("ana"))).status_code == 422
    assert (await client.put(mine, json={"answers": {"mood": 5}}, headers=as_("ana"))).status_code == 200
    assert (await client.get(mine, headers=as_("ana"))).json()["version"] == 2


async def test_an_anonymous_survey_can_be_reworded_and_not_changed(
    client: Client, create_survey: CreateSurvey, as_: Headers, owner: Json
) -> None:
    path = await create_survey(definition=ASKED, anonymity="anonymous")
    await answer(client, path, as_("ana"), {"place": "park"})
    assert problem(await publish(client, path, owner, changed(why=None))) == (409, "version-refused")
    assert (await publish(client, path, owner, changed(why={"title": "Why there?"}))).status_code == 201
    await answer(client, path, as_("ben"), {"place": "school"})
    assert (await closed_counts(client, path, owner))["questions"]["place"]["choices"] == {"park": 1, "school": 1}
    listed = (await client.get(f"{path}/responses", headers=owner)).json()["items"]
    assert [one["version"] for one in listed] == [None, None]


async def test_imported_choices_stay_to_be_chosen(client: Client, create_survey: CreateSurvey, owner: Json) -> None:
    path = await create_survey("draft", ASKED, imports_into="place")
    body = {"handover": "h", "items": [{"id": "i", "title": "A bench"}]}
    (entry,) = (await client.post(f"{path}/imports", json=body, headers=owner)).json()["items"]
    await client.post(f"{path}/open", headers=owner)
    refused = await publish(client, path, owner, ASKED)
    assert problem(refused) == (422, "imported-choice-missing")
    bench = {"value": entry["item"], "text": "A bench"}
    kept = changed(place={"choices": ["park", bench]})
    assert (await publish(client, path, owner, kept)).status_code == 201


async def test_a_hidden_survey_hides_its_versions(client: Client, create_survey: CreateSurvey, owner: Json) -> None:
    draft = await create_survey("draft")
    nowhere = "/surveys/00000000-0000-7000-8000-000000000000"
    for path in ("versions", "versions/1"):
        hidden, missing = [await client.get(f"{where}/{path}") for where in (draft, nowhere)]
        assert (hidden.status_code, hidden.content) == (404, missing.content)
    assert (await client.get(f"{draft}/versions", headers=owner)).json()["items"] == []


async def test_a_form_of_a_former_version_is_taken_and_then_comes_back_with_what_was_typed(
    client: Client, app: FastAPI, create_survey: CreateSurvey, as_: Headers, owner: Json
) -> None:
    path = await create_survey(definition=ASKED, grace_hours=1)
    await publish(client, path, owner, changed(why=None, place={"choices": ["park", "yard"]}))
    form = {"key": "k1", "answers/place": "school", "answers/mood": "4"}
    page = as_("ana") | {"Accept": "text/html"}
    taken = await client.post(f"{path}/view?version=1", data=form, headers=page)
    assert taken.status_code == 303
    kit, start = app.state.kit, app.state.kit.clock()
    kit.clock = lambda: start + timedelta(hours=2)
    late = await client.post(f"{path}/view?version=1", data=form, headers=as_("ben") | {"Accept": "text/html"})
    assert (late.status_code, "The questions were changed after you began" in late.text) == (422, True)
    assert "version=2" in late.text
    assert 'value="4" checked' in late.text
    assert len((await client.get(f"{path}/responses", headers=owner)).json()["items"]) == 1


async def test_the_page_of_final_answers_shows_no_form_again(
    client: Client, create_survey: CreateSurvey, as_: Headers
) -> None:
    path = await create_survey(definition=ASKED, edits="never")
    await answer(client, path, as_("ana"), {"place": "park"})
    page = (await client.get(f"{path}/view", headers=as_("ana"))).text
    assert "They are final" in page
    assert "Send answers" not in page
