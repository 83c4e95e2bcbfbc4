"""What leaves can come back: a definition in three languages and every type, and the answers to it, are equal when read again."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

Client = httpx.AsyncClient
Headers = Callable[..., dict[str, str]]
CreateSurvey = Callable[..., Awaitable[str]]
Json = dict[str, Any]


@pytest.fixture
def asked(rich: Json) -> Json:
    """The rich definition without values that are worked out, which no answer holds."""
    return {key: value for key, value in rich.items() if key != "calculatedValues"}


async def test_answers_of_every_type_are_equal_when_read_again(
    client: Client, create_survey: CreateSurvey, as_: Headers, owner: Json, asked: Json, told: Any
) -> None:
    given = {name: answer for name, answer in told[0].answers.items() if name != "score"}
    survey = await create_survey(definition=asked)
    for language in ("en", "de", "es"):
        body = {"answers": given, "language": language}
        sent = await client.post(f"{survey}/responses", json=body, headers=as_(language))
        assert sent.status_code == 201, sent.text
    lines = (await client.get(f"{survey}/export?format=jsonl", headers=owner)).text.splitlines()
    read = [json.loads(line) for line in lines]
    assert [(one["language"], one["answers"]) for one in read] == [(tag, given) for tag in ("en", "de", "es")]


async def test_a_definition_is_equal_when_it_is_taken_over_again(
    client: Client, create_survey: CreateSurvey, owner: Json, asked: Json
) -> None:
    first = (await client.get(await create_survey(definition=asked), headers=owner)).json()
    content = base64.b64encode(json.dumps(first["config"]["definition"]).encode()).decode()
    body = {"source": "surveyjs", "content": content}
    found = (await client.post("/surveys/imports", json=body, headers=owner)).json()
    assert found["survey"]["config"]["definition"] == first["config"]["definition"] == asked
    assert found["counts"] == {"taken": 0, "changed": 0, "lost": 0}
