"""Forms of several pages without JavaScript: steps, conditions, rows and panels, every type of question."""

from __future__ import annotations

import html
import re
from typing import Any

import httpx
from interlinkers.survey.tests.conftest import CreateSurvey
from interlinkers.survey.tests.every_type import ELEMENTS, EVERY, GOOD

from interlinker_survey.definition import read_definition
from interlinker_survey.domain import fields_of

Fields = dict[str, Any]
PAGES: dict[str, Any] = {
    "pages": [
        {
            "name": "first",
            "elements": [
                {"type": "boolean", "name": "kids", "isRequired": True},
                {"type": "rating", "name": "why", "visibleIf": "{kids} = false"},
            ],
        },
        {
            "name": "second",
            "visibleIf": "{kids} = true",
            "elements": [
                {
                    "type": "paneldynamic",
                    "name": "family",
                    "panelCount": 1,
                    "maxPanelCount": 3,
                    "templateTitle": "Child",
                    "templateElements": [{"type": "text", "name": "age", "inputType": "number", "isRequired": True}],
                }
            ],
        },
        {"name": "third", "title": "The end", "elements": [{"type": "comment", "name": "note"}]},
    ]
}


def fields_in(page: str) -> Fields:
    """What a browser would send of a page: its fields with what stands in them, without any button."""
    fields: Fields = {}
    for tag in re.findall(r"<(?:input|textarea|select)\b[^>]*>", page):
        told = dict(re.findall(r'([a-z]+)="([^"]*)"', tag))
        if told.get("type") in {"radio", "checkbox"} and " checked" not in tag:
            continue
        fields.setdefault(html.unescape(told["name"]), []).append(html.unescape(told.get("value", "")))
    for name, inside in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', page, re.DOTALL):
        fields[html.unescape(name)] = [html.unescape(one) for one in re.findall(r'value="([^"]*)" selected', inside)]
    for name, said in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\s?([^<]*)', page):
        fields[html.unescape(name)] = [html.unescape(said)]
    return fields


class Reader:
    """Somebody who goes through a form."""

    def __init__(self, client: httpx.AsyncClient, path: str) -> None:
        self.client, self.path, self.page = client, f"{path}/view", ""
        self.status = 0

    async def begin(self) -> Reader:
        self.page = (await self.client.get(self.path)).text
        return self

    async def press(self, go: str, **said: Any) -> None:
        """Fill in fields (`kids=...`, `family__0__age=...`) and press a button."""
        fields = fields_in(self.page) | {f"answers/{name.replace('__', '/')}": value for name, value in said.items()}
        answer = await self.client.post(self.path, data={**fields, "go": go}, headers={"Accept": "text/html"})
        self.page, self.status = answer.text, answer.status_code


async def reader_of(client: httpx.AsyncClient, create_survey: CreateSurvey, definition: Fields = PAGES) -> Reader:
    return await Reader(client, await create_survey(guests=True, definition=definition)).begin()


async def kept(reader: Reader, owner: dict[str, str]) -> Fields:
    """The answers of the one response."""
    listed = await reader.client.get(reader.path.replace("/view", "/responses"), headers=owner)
    (response,) = listed.json()["items"]
    answers: Fields = response["answers"]
    return answers


async def test_a_form_goes_from_page_to_page_and_keeps_what_was_said(
    client: httpx.AsyncClient, create_survey: CreateSurvey, owner: dict[str, str]
) -> None:
    reader = await reader_of(client, create_survey)
    assert "Page 1 of 2" in reader.page
    await reader.press("next", kids="true")
    assert "Page 2 of 3" in reader.page
    await reader.press("next", family__0__age="7")
    assert "The end" in reader.page
    await reader.press("back")
    assert 'value="7"' in reader.page
    await reader.press("next")
    await reader.press("send", note="Thanks")
    assert reader.status == 303
    assert await kept(reader, owner) == {"kids": True, "family": [{"age": 7}], "note": "Thanks"}


async def test_what_is_wrong_holds_up_on_its_own_page(client: httpx.AsyncClient, create_survey: CreateSurvey) -> None:
    reader = await reader_of(client, create_survey)
    await reader.press("next")
    assert (reader.status, "kids: Please answer this." in reader.page) == (422, True)
    await reader.press("next", kids="true")
    await reader.press("next", family__0__age="old")
    assert "Child 1 – age: Enter a number" in re.sub(r"<[^>]*>", "", reader.page)
    assert 'value="old"' in reader.page
    await reader.press("back")
    assert reader.status == 200


async def test_a_question_that_answers_bring_up_is_shown_before_going_on(
    client: httpx.AsyncClient, create_survey: CreateSurvey, owner: dict[str, str]
) -> None:
    reader = await reader_of(client, create_survey)
    assert 'name="answers/why"' not in reader.page
    await reader.press("next", kids="false")
    assert "bring up further questions" in reader.page
    assert 'name="answers/why"' in reader.page
    await reader.press("next", why="4")
    await reader.press("send")
    assert await kept(reader, owner) == {"kids": False, "why": 4}


async def test_answers_on_a_page_that_is_hidden_again_are_not_sent(
    client: httpx.AsyncClient, create_survey: CreateSurvey, owner: dict[str, str]
) -> None:
    reader = await reader_of(client, create_survey)
    await reader.press("next", kids="true")
    await reader.press("back", family__0__age="not a number")
    await reader.press("next", kids="false")
    await reader.press("next")
    await reader.press("send")
    assert (reader.status, await kept(reader, owner)) == (303, {"kids": False})


async def test_panels_are_added_and_taken_away_again(
    client: httpx.AsyncClient, create_survey: CreateSurvey, owner: dict[str, str]
) -> None:
    reader = await reader_of(client, create_survey)
    await reader.press("next", kids="true")
    await reader.press("add:family", family__0__age="1")
    await reader.press("add:family", family__1__age="2")
    assert 'value="add:family"' not in reader.page, "three are the most"
    await reader.press("remove:family:1", family__2__age="3")
    assert 'name="answers/family/2/age"' not in reader.page
    await reader.press("next")
    await reader.press("send")
    assert await kept(reader, owner) == {"kids": True, "family": [{"age": 1}, {"age": 3}]}


async def test_an_added_panel_without_its_answer_is_missed(
    client: httpx.AsyncClient, create_survey: CreateSurvey
) -> None:
    reader = await reader_of(client, create_survey)
    await reader.press("next", kids="true")
    await reader.press("add:family", family__0__age="1")
    await reader.press("next")
    assert "Child 2 – age: Please answer this." in re.sub(r"<[^>]*>", "", reader.page)


async def test_every_type_is_filled_in_on_the_page(
    client: httpx.AsyncClient, create_survey: CreateSurvey, owner: dict[str, str]
) -> None:
    reader = await reader_of(client, create_survey, EVERY)
    fields = fields_of(read_definition(EVERY), GOOD)
    for name, count in [(name, value) for name, value in fields.items() if name.startswith("entries/")]:
        while int(fields_in(reader.page).get(name, ["0"])[-1]) < int(str(count)):
            await reader.press(f"add:{name.removeprefix('entries/')}")
    said = {name.removeprefix("answers/"): value for name, value in fields.items() if name.startswith("answers/")}
    absent = [name for name in said if f'name="answers/{name}"' not in reader.page and "age" not in name]
    assert absent == []
    await reader.press("send", **said)
    assert "bring up further questions" in reader.page  # the age, once there is a name
    await reader.press("send", **said)
    assert reader.status == 303, re.findall(r"(?s)id=.errors.*?</ul>|further", reader.page)
    assert await kept(reader, owner) == GOOD


async def test_every_type_is_missed_at_its_field(client: httpx.AsyncClient, create_survey: CreateSurvey) -> None:
    asked = [one for one in ELEMENTS if one["type"] not in {"html", "expression", "panel"}]
    required = {"elements": [one | {"isRequired": True} for one in asked]}
    reader = await reader_of(client, create_survey, required)
    await reader.press("send")
    errors = re.findall(r'<a href="#(f-[^"]+)"', reader.page)
    assert len(errors) >= len(asked)
    assert [one for one in errors if f'id="{one}"' not in reader.page] == []


async def test_html_of_an_author_is_cleaned(client: httpx.AsyncClient, create_survey: CreateSurvey) -> None:
    words = (
        '<p onclick="x()">Hello <strong>you</strong><script>alert(1)</script><img src="https://x.example/p.png"></p>'
    )
    reader = await reader_of(
        client, create_survey, {"elements": [*ELEMENTS[2:3], {"type": "html", "name": "h", "html": words}]}
    )
    assert "<p>Hello <strong>you</strong></p>" in reader.page
