"""Answering: who may, what is kept, what is refused, what the world learns of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from interlinker_shared.auth import Channel, Role
from interlinker_shared.testing import recorded

NOWHERE = "/surveys/00000000-0000-7000-8000-000000000000"
Client = httpx.AsyncClient
Headers = Callable[..., dict[str, str]]
CreateSurvey = Callable[..., Awaitable[str]]
Answers = dict[str, Any]


def problem(answer: httpx.Response) -> str:
    """The slug of a problem document."""
    kind: str = answer.json()["type"]
    return kind.rpartition(":")[2]


async def test_a_member_answers_and_gets_a_receipt_without_answers(
    client: Client, survey: str, as_: Headers, answers: Answers
) -> None:
    answer = await client.post(f"{survey}/responses", json={"answers": answers}, headers=as_("ana"))
    assert answer.status_code == 201
    assert answer.json().keys() == {"id", "survey", "revision", "submitted_at"}
    assert answer.json()["revision"] == 1


async def test_what_one_answered_can_be_read_again(client: Client, survey: str, as_: Headers, answers: Answers) -> None:
    await client.post(f"{survey}/responses", json={"answers": answers, "language": "es"}, headers=as_("ana"))
    mine = (await client.get(f"{survey}/responses/mine", headers=as_("ana"))).json()
    assert mine["answers"] == answers
    assert (mine["language"], mine["channel"]) == ("es", "api")


async def test_wrong_answers_are_named_and_nothing_is_kept(
    client: Client, survey: str, as_: Headers, owner: dict[str, str]
) -> None:
    wrong = {"place": "moon", "mood": 6, "sugestion": "x", "age": "41"}
    answer = await client.post(f"{survey}/responses", json={"answers": wrong}, headers=as_("ana"))
    assert answer.status_code == 422
    found = {error["pointer"]: error["code"] for error in answer.json()["errors"]}
    assert found == {
        "/answers/place": "literal_error",
        "/answers/mood": "literal_error",
        "/answers/sugestion": "extra_forbidden",
        "/answers/age": "float_parsing",
    }
    assert (await client.get(f"{survey}/responses", headers=owner)).json()["items"] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"answers": []},
        {"answers": {"place": "park"}, "extra": 1},
        {"answers": {"place": "park\x00"}},
        {"answers": {"place": "park"}, "language": "not a language"},
        {"answers": {"place": "park"}, "channel": "pigeon"},
        {"answers": {f"q{n}": 1 for n in range(1001)}},
        {"answers": {"place": "park", "age": 10**400}},
    ],
    ids=lambda body: str(body)[:50],
)
async def test_a_malformed_body_is_refused(client: Client, survey: str, as_: Headers, body: dict[str, Any]) -> None:
    answer = await client.post(f"{survey}/responses", json=body, headers=as_("ana"))
    assert answer.status_code == 422
    assert answer.json()["errors"]


async def test_what_cannot_be_read_is_refused(client: Client, survey: str, as_: Headers) -> None:
    headers = as_("ana") | {"Content-Type": "application/json"}
    for content in (b"{", b'{"answers": {"place": "\xff"}}', b"NaN"):
        answer = await client.post(f"{survey}/responses", content=content, headers=headers)
        assert 400 <= answer.status_code < 500, content


async def test_the_second_response_of_an_account_is_a_conflict(
    client: Client, survey: str, as_: Headers, answers: Answers
) -> None:
    await client.post(f"{survey}/responses", json={"answers": answers}, headers=as_("ana"))
    answer = await client.post(f"{survey}/responses", json={"answers": {"place": "park"}}, headers=as_("ana"))
    assert (answer.status_code, problem(answer)) == (409, "already-answered")
    assert (await client.get(f"{survey}/responses/mine", headers=as_("ana"))).json()["answers"] == answers


async def test_of_many_at_once_exactly_one_counts(
    client: Client, survey: str, as_: Headers, owner: dict[str, str], answers: Answers
) -> None:
    sends = (client.post(f"{survey}/responses", json={"answers": answers}, headers=as_("ana")) for _ in range(50))
    statuses = sorted(answer.status_code for answer in await asyncio.gather(*sends))
    assert statuses == [201] + [409] * 49
    assert len((await client.get(f"{survey}/responses", headers=owner)).json()["items"]) == 1


async def test_one_idempotency_key_is_one_response(
    client: Client, open_to_guests: str, owner: dict[str, str], answers: Answers
) -> None:
    headers = {"Idempotency-Key": "k1"}
    first = await client.post(f"{open_to_guests}/responses", json={"answers": answers}, headers=headers)
    second = await client.post(f"{open_to_guests}/responses", json={"answers": answers}, headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert len((await client.get(f"{open_to_guests}/responses", headers=owner)).json()["items"]) == 1


async def test_guests_answer_only_where_they_may(
    client: Client, survey: str, open_to_guests: str, answers: Answers
) -> None:
    refused = await client.post(f"{survey}/responses", json={"answers": answers})
    assert (refused.status_code, problem(refused)) == (401, "guests-not-allowed")
    for _ in range(2):
        assert (await client.post(f"{open_to_guests}/responses", json={"answers": answers})).status_code == 201


async def test_an_observer_does_not_answer_for_members(
    client: Client, survey: str, as_: Headers, answers: Answers
) -> None:
    answer = await client.post(f"{survey}/responses", json={"answers": answers}, headers=as_("eve", Role.OBSERVER))
    assert (answer.status_code, problem(answer)) == (403, "forbidden")


async def test_no_survey_is_not_found(client: Client, as_: Headers, owner: dict[str, str]) -> None:
    body: dict[str, Any] = {"answers": {}}
    assert (await client.post(f"{NOWHERE}/responses", json=body, headers=as_("ana"))).status_code == 404
    assert (await client.put(f"{NOWHERE}/responses/mine", json=body, headers=as_("ana"))).status_code == 404
    assert (await client.get(f"{NOWHERE}/responses/mine", headers=as_("ana"))).status_code == 404
    assert (await client.get(f"{NOWHERE}/responses", headers=owner)).status_code == 404


async def test_a_draft_looks_like_nothing_to_the_public(
    client: Client, create_survey: CreateSurvey, as_: Headers, owner: dict[str, str], answers: Answers
) -> None:
    draft = await create_survey("draft")
    hidden = await client.post(f"{draft}/responses", json={"answers": answers}, headers=as_("ana"))
    missing = await client.post(f"{NOWHERE}/responses", json={"answers": answers}, headers=as_("ana"))
    assert (hidden.status_code, hidden.content) == (404, missing.content)
    known = await client.post(f"{draft}/responses", json={"answers": answers}, headers=owner)
    assert (known.status_code, problem(known)) == (409, "asset-draft")


async def test_a_closed_survey_takes_no_answers(
    client: Client, create_survey: CreateSurvey, as_: Headers, answers: Answers
) -> None:
    closed = await create_survey("closed")
    for answer in (
        await client.post(f"{closed}/responses", json={"answers": answers}, headers=as_("ana")),
        await client.put(f"{closed}/responses/mine", json={"answers": answers}, headers=as_("ana")),
    ):
        assert (answer.status_code, problem(answer)) == (409, "asset-closed")


async def test_answers_can_be_replaced_while_it_is_open(
    client: Client, survey: str, as_: Headers, answers: Answers
) -> None:
    await client.post(f"{survey}/responses", json={"answers": answers}, headers=as_("ana"))
    answer = await client.put(f"{survey}/responses/mine", json={"answers": {"place": 3}}, headers=as_("ana"))
    assert (answer.status_code, answer.json()["revision"]) == (200, 2)
    assert (await client.get(f"{survey}/responses/mine", headers=as_("ana"))).json()["answers"] == {"place": 3}


async def test_replacing_needs_answers_an_account_and_validity(client: Client, survey: str, as_: Headers) -> None:
    body = {"answers": {"place": "park"}}
    assert (await client.put(f"{survey}/responses/mine", json=body)).status_code == 401
    assert (await client.put(f"{survey}/responses/mine", json=body, headers=as_("ana"))).status_code == 404
    assert (await client.get(f"{survey}/responses/mine", headers=as_("ana"))).status_code == 404
    await client.post(f"{survey}/responses", json=body, headers=as_("ana"))
    wrong = await client.put(f"{survey}/responses/mine", json={"answers": {}}, headers=as_("ana"))
    assert [error["pointer"] for error in wrong.json()["errors"]] == ["/answers/place"]


async def test_staff_enter_what_came_on_paper(
    client: Client, survey: str, as_: Headers, app: FastAPI, answers: Answers
) -> None:
    body = {"answers": answers, "channel": "paper", "respondent": "ana"}
    answer = await client.post(f"{survey}/responses", json=body, headers=as_("mo", Role.MODERATOR))
    assert answer.status_code == 201
    assert (await client.get(f"{survey}/responses/mine", headers=as_("ana"))).json()["channel"] == "paper"
    assert (await client.get(f"{survey}/responses/mine", headers=as_("mo", Role.MODERATOR))).status_code == 404
    (made,) = await recorded(app, "contribution.made.v1")
    assert (made["actor"], made["data"]["channel"]) == ("ana", "paper")


async def test_staff_enter_forms_without_a_name(client: Client, survey: str, as_: Headers, answers: Answers) -> None:
    body = {"answers": answers, "channel": "letter"}
    for _ in range(2):
        answer = await client.post(f"{survey}/responses", json=body, headers=as_("mo", Role.MODERATOR))
        assert answer.status_code == 201


@pytest.mark.parametrize(
    "more", [{"respondent": "ben"}, {"channel": "paper"}, {"channel": "desk", "respondent": "ben"}]
)
async def test_only_staff_enter_for_others(
    client: Client, survey: str, as_: Headers, more: dict[str, str], answers: Answers
) -> None:
    answer = await client.post(f"{survey}/responses", json={"answers": answers, **more}, headers=as_("ana"))
    assert (answer.status_code, problem(answer)) == (403, "entry-for-others")


async def test_moderators_list_responses_page_by_page_and_see_no_names(
    client: Client, survey: str, as_: Headers, owner: dict[str, str]
) -> None:
    for number in range(3):
        body = {"answers": {"place": "park", "age": number}}
        await client.post(f"{survey}/responses", json=body, headers=as_(f"person{number}"))
    first = (await client.get(f"{survey}/responses?limit=2", headers=owner)).json()
    rest = (await client.get(f"{survey}/responses?limit=2&cursor={first['next']}", headers=owner)).json()
    assert [entry["answers"]["age"] for entry in first["items"] + rest["items"]] == [0, 1, 2]
    assert rest["next"] is None
    assert "person" not in str(first)


async def test_the_list_is_for_moderators_and_knows_its_cursors(
    client: Client, survey: str, as_: Headers, owner: dict[str, str]
) -> None:
    assert (await client.get(f"{survey}/responses")).status_code == 401
    assert (await client.get(f"{survey}/responses", headers=as_("ana"))).status_code == 403
    for cursor in ("nonsense", "WzFd", "W10"):
        answer = await client.get(f"{survey}/responses?cursor={cursor}", headers=owner)
        assert (answer.status_code, problem(answer)) == (422, "bad-cursor")


async def test_a_response_is_told_without_a_word_of_it(
    client: Client, survey: str, as_: Headers, app: FastAPI, answers: Answers
) -> None:
    headers = as_("ana", channel=Channel.EMBED)
    receipt = (await client.post(f"{survey}/responses", json={"answers": answers}, headers=headers)).json()
    (submitted,) = await recorded(app, "response.submitted.v1")
    (made,) = await recorded(app, "contribution.made.v1")
    assert submitted["data"] == {"survey": receipt["survey"], "response": receipt["id"], "channel": "embed"}
    assert made["actor"] == "ana"
    assert made["data"]["action"] == "response"
    assert made["data"]["items"] == [f"{receipt['id']}.suggestion", f"{receipt['id']}.street"]
    told = str(await recorded(app))
    assert not any(word in told for word in ("benches", "Long street", "example.org"))


async def test_replacing_tells_what_went_and_what_came(client: Client, survey: str, as_: Headers, app: FastAPI) -> None:
    first = {"answers": {"place": "park", "suggestion": "One"}}
    receipt = (await client.post(f"{survey}/responses", json=first, headers=as_("ana"))).json()
    second = {"answers": {"place": "park", "street": "Two"}}
    await client.put(f"{survey}/responses/mine", json=second, headers=as_("ana"))
    (replaced,) = await recorded(app, "response.replaced.v1")
    (withdrawn,) = await recorded(app, "item.withdrawn.v1")
    contributions = await recorded(app, "contribution.made.v1")
    assert replaced["data"]["revision"] == 2
    assert withdrawn["data"]["item"] == f"{receipt['id']}.suggestion"
    assert contributions[-1]["data"]["items"] == [f"{receipt['id']}.street"]
