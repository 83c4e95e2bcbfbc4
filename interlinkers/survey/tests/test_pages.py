"""The pages, as a browser without JavaScript sees and sends them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from interlinkers.survey.tests.conftest import DEFINITION

from interlinker_shared.auth import Role
from interlinker_shared.pages.i18n import missing, unused

Client = httpx.AsyncClient
Headers = Callable[..., dict[str, str]]
CreateSurvey = Callable[..., Awaitable[str]]
Json = dict[str, Any]

FIELDS = {
    "answers/place": "park",
    "answers/who": ["old"],
    "answers/mood": "4",
    "answers/nps": "10",
    "answers/suggestion": "Mehr Bänke\r\n<script>alert(1)</script>",
    "answers/street": "",
    "answers/age": "41",
    "answers/mail": "ana@example.org",
    "answers/since": "2001-05-06",
    "answers/district": "south",
    "answers/again": "true",
}


@pytest.fixture
async def open_to_guests(create_survey: CreateSurvey) -> str:
    """The path of an open survey for everybody that asks all on one page."""
    asked = [element for page in DEFINITION["pages"] for element in page["elements"]]
    one = {**DEFINITION, "pages": [{"title": "The square", "elements": asked}]}
    return await create_survey(guests=True, definition=one)


async def form_key(client: Client, path: str, headers: dict[str, str] | None = None) -> str:
    """The hidden key of a form that is shown now."""
    page = await client.get(f"{path}/view", headers=headers)
    found = re.search(r'name="key" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


async def send(client: Client, path: str, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
    """Fill in the form and send it; keyword arguments are answers."""
    key = more.pop("key", None) or await form_key(client, path, headers)
    fields = {"key": key, **FIELDS, **{f"answers/{name}": value for name, value in more.items()}}
    return await client.post(f"{path}/view", data=fields, headers={"Accept": "text/html", **(headers or {})})


async def kept(client: Client, path: str, owner: dict[str, str]) -> list[Json]:
    """The responses of a survey."""
    items: list[Json] = (await client.get(f"{path}/responses", headers=owner)).json()["items"]
    return items


async def test_the_form_shows_every_question_with_a_name(client: Client, open_to_guests: str) -> None:
    page = await client.get(f"{open_to_guests}/view")
    assert page.status_code == 200
    assert set(re.findall(r'name="(answers/\w+)"', page.text)) == set(FIELDS)
    for shown in (
        "The square",
        "Where?",
        "0 – never",
        "Gladly",
        "bad",
        'type="email"',
        'min="2000-01-01"',
        "<textarea",
    ):
        assert shown in page.text, shown
    assert "<script" not in page.text


async def test_a_guest_answers_and_is_thanked(client: Client, open_to_guests: str, owner: dict[str, str]) -> None:
    answer = await send(client, open_to_guests)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("../..")
    thanks = await client.get(answer.url.join(answer.headers["location"]))
    assert "Your answers have been received." in thanks.text
    (response,) = await kept(client, open_to_guests, owner)
    assert response["channel"] == "web"
    assert response["answers"] == {
        "place": "park",
        "who": ["old"],
        "mood": 4,
        "nps": 10,
        "suggestion": "Mehr Bänke\n<script>alert(1)</script>",
        "age": 41,
        "mail": "ana@example.org",
        "since": "2001-05-06",
        "district": "south",
        "again": True,
    }


async def test_a_double_click_is_one_response(client: Client, open_to_guests: str, owner: dict[str, str]) -> None:
    key = await form_key(client, open_to_guests)
    both = await asyncio.gather(*(send(client, open_to_guests, key=key) for _ in range(2)))
    assert [answer.status_code for answer in both] == [303, 303]
    assert len(await kept(client, open_to_guests, owner)) == 1


async def test_two_forms_are_two_responses(client: Client, open_to_guests: str, owner: dict[str, str]) -> None:
    for _ in range(2):
        await send(client, open_to_guests)
    assert len(await kept(client, open_to_guests, owner)) == 2


async def test_a_wrong_form_comes_back_with_its_values_and_words(
    client: Client, open_to_guests: str, owner: dict[str, str]
) -> None:
    answer = await send(client, open_to_guests, place="", mail="nobody", age="many", suggestion="x" * 201, street="Elm")
    assert answer.status_code == 422
    assert "<title>Error:" in answer.text
    assert re.search(r'href="#f-answers\S*place">Where\?: Please answer this\.', answer.text)
    for shown in ("Enter an e-mail address", "Enter a number", "Shorten it to 200", 'value="nobody"', 'value="Elm"'):
        assert shown in answer.text, shown
    assert 'value="old" checked' in answer.text
    assert await kept(client, open_to_guests, owner) == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", ["Enviar respuestas", "¿Dónde?", "En la escuela", "Elija entre 0 y 1."]),
        ("de", ["Antworten senden", "Where?", 'lang="en"', "Wählen Sie 0 bis 1."]),
    ],
)
async def test_the_form_speaks_the_language_of_the_reader(
    client: Client, open_to_guests: str, language: str, words: list[str]
) -> None:
    page = await client.get(f"{open_to_guests}/view", headers={"Accept-Language": language})
    assert f'<html lang="{language}"' in page.text
    for word in words:
        assert word in page.text, word


WRONG: Json = {
    "place": "",
    "who": ["young", "old"],
    "mail": "x",
    "since": "1999-12-31",
    "age": "121",
    "nps": "99",
    "again": "?",
}


@pytest.mark.parametrize("language", ["es", "de"])
async def test_whatever_is_wrong_is_said_in_the_language_of_the_reader(
    client: Client, open_to_guests: str, language: str
) -> None:
    headers = {"Accept-Language": language}
    shown = (await send(client, open_to_guests, headers, **WRONG)).text
    said = re.findall(r'class="il-error".*?</span>(.*?)</p>', shown, re.DOTALL)
    english = (await send(client, open_to_guests, **WRONG)).text
    assert len(said) == len(WRONG)
    assert [words for words in said if words.strip() in english] == []


async def test_people_without_an_account_are_told_how_to_take_part(
    client: Client, survey: str, owner: dict[str, str]
) -> None:
    page = await client.get(f"{survey}/view")
    assert "Sign in to take part" in page.text
    assert "<form" not in page.text
    assert "Where?" in page.text
    forged = await client.post(f"{survey}/view", data={"key": "k", **FIELDS}, headers={"Accept": "text/html"})
    assert forged.status_code == 401
    assert forged.headers["content-type"].startswith("text/html")
    assert await kept(client, survey, owner) == []


async def test_a_member_finds_her_answers_again_and_replaces_them(
    client: Client, survey: str, as_: Headers, owner: dict[str, str]
) -> None:
    await send(client, survey, as_("ana"))
    again = (await client.get(f"{survey}/view", headers=as_("ana"))).text
    assert 'value="park" checked' in again
    assert 'value="41"' in again
    assert (await send(client, survey, as_("ana"), place="school")).status_code == 303
    (response,) = await kept(client, survey, owner)
    assert (response["revision"], response["answers"]["place"]) == (2, "school")


async def test_a_draft_is_nothing_for_the_public_and_a_preview_for_moderators(
    client: Client, create_survey: CreateSurvey, as_: Headers
) -> None:
    draft = await create_survey("draft", access="open")
    assert (await client.get(f"{draft}/view")).status_code == 404
    assert (await client.post(f"{draft}/view", data=FIELDS)).status_code == 404
    preview = await client.get(f"{draft}/view", headers=as_("mo", Role.MODERATOR))
    assert "this is how the form will look" in preview.text
    assert "<form" not in preview.text


async def test_a_closed_survey_shows_its_result_as_bars_and_tables(
    client: Client, open_to_guests: str, owner: dict[str, str]
) -> None:
    await send(client, open_to_guests)
    await client.post(f"{open_to_guests}/close", headers=owner)
    page = (await client.get(f"{open_to_guests}/view")).text
    for shown in ("1 response", "Bar chart: Where?", '<th scope="row">At school</th>', "On average: 4", "Mehr Bänke"):
        assert shown in page, shown
    assert "ana@example.org" not in page
    assert "<script" not in page
    late = await send(client, open_to_guests, key="late")
    assert late.status_code == 409
    assert "This is closed" in late.text


async def test_the_words_of_an_erased_person_are_gone_from_the_result_page(
    client: Client, create_survey: CreateSurvey, as_: Headers, owner: dict[str, str]
) -> None:
    survey = await create_survey()
    await send(client, survey, as_("ana"), suggestion="Benches")
    await client.post(f"{survey}/close", headers=owner)
    assert "Benches" in (await client.get(f"{survey}/view")).text
    await client.delete("/subjects/ana", headers=owner)
    page = await client.get(f"{survey}/view")
    assert (page.status_code, "Benches" in page.text, "1 response" in page.text) == (200, False, True)


async def test_a_survey_nobody_answered_still_has_a_result(client: Client, create_survey: CreateSurvey) -> None:
    page = await client.get(f"{await create_survey('closed')}/view", headers={"Accept-Language": "de"})
    assert page.status_code == 200
    assert "0 Antworten" in page.text


async def test_no_survey_is_a_page_that_says_so(client: Client) -> None:
    nowhere = "/surveys/00000000-0000-7000-8000-000000000000/view"
    assert (await client.get(nowhere)).status_code == 404
    assert (await client.post(nowhere, data=FIELDS)).status_code == 404


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b'{"answers": {}}', "application/json", 415),
        (b"key=k&answers/place=%FF", "application/x-www-form-urlencoded", 422),
        (b"key=k&answers/place=park%00", "application/x-www-form-urlencoded", 422),
        (b"key=k&answers/place/x=park", "application/x-www-form-urlencoded", 422),
        (b"answers/place=park", "application/x-www-form-urlencoded", 422),
        (b"key=k&answers/forged=1&answers/place=park", "application/x-www-form-urlencoded", 422),
        (b"key=k&other=1&answers/place=park", "application/x-www-form-urlencoded", 422),
        (b"&".join(b"answers/who=old" for _ in range(6000)), "application/x-www-form-urlencoded", 400),
    ],
)
async def test_a_forged_form_is_refused(
    client: Client, open_to_guests: str, content: bytes, kind: str, status: int
) -> None:
    answer = await client.post(f"{open_to_guests}/view", content=content, headers={"Content-Type": kind})
    assert answer.status_code == status


def test_every_text_is_there_in_every_language() -> None:
    assert missing("interlinker_survey") == {"es": [], "de": []}
    assert not any(unused("interlinker_survey").values())
