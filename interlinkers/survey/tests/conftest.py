"""A running survey service, and surveys in every state."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from interlinker_shared.auth import Role
from interlinker_shared.testing import RunApp, TokenHeaders
from interlinker_survey.app import create_app
from interlinker_survey.settings import SurveySettings

DEFINITION: dict[str, Any] = {
    "title": {"default": "What do we need?", "es": "¿Qué necesitamos?"},
    "pages": [
        {
            "title": "The square",
            "elements": [
                {
                    "type": "radiogroup",
                    "name": "place",
                    "title": {"default": "Where?", "es": "¿Dónde?"},
                    "isRequired": True,
                    "choices": [
                        "park",
                        {"value": "school", "text": {"default": "At school", "es": "En la escuela"}},
                        3,
                    ],
                },
                {"type": "checkbox", "name": "who", "choices": ["young", "old"], "maxSelectedChoices": 1},
                {"type": "rating", "name": "mood", "minRateDescription": "bad", "maxRateDescription": "good"},
                {"type": "rating", "name": "nps", "rateMin": 0, "rateMax": 10, "minRateDescription": "never"},
            ],
        },
        {
            "elements": [
                {"type": "comment", "name": "suggestion", "maxLength": 200},
                {"type": "text", "name": "street"},
                {"type": "text", "name": "age", "inputType": "number", "min": 0, "max": 120},
                {"type": "text", "name": "mail", "inputType": "email"},
                {"type": "text", "name": "since", "inputType": "date", "min": "2000-01-01"},
                {"type": "dropdown", "name": "district", "choices": ["north", "south"]},
                {"type": "boolean", "name": "again", "labelTrue": "Gladly"},
            ],
        },
    ],
}
ANSWERS: dict[str, Any] = {
    "place": "park",
    "who": ["old"],
    "mood": 4,
    "nps": 10,
    "suggestion": "More benches",
    "street": "=Long street",
    "age": 41,
    "mail": "ana@example.org",
    "since": "2001-05-06",
    "district": "south",
    "again": True,
}

Headers = Callable[..., dict[str, str]]
CreateSurvey = Callable[..., Awaitable[str]]


@pytest.fixture
def definition() -> dict[str, Any]:
    """A definition with every type of question, two pages and two languages."""
    return copy.deepcopy(DEFINITION)


@pytest.fixture
def answers() -> dict[str, Any]:
    """An answer to each of its questions."""
    return copy.deepcopy(ANSWERS)


@pytest.fixture
def app(test_settings: dict[str, Any]) -> FastAPI:
    """The service, not running yet."""
    return create_app(SurveySettings(**test_settings))


@pytest_asyncio.fixture
async def client(app: FastAPI, run_app: RunApp) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running service, past the lifespan manager: that one lets all requests share one state."""
    await run_app(app)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.fixture
def as_(token: TokenHeaders) -> Headers:
    """Headers of a person: `as_("ana")` is a member, `as_("mo", Role.MODERATOR)` a moderator."""

    def headers(subject: str, role: Role = Role.MEMBER, **more: Any) -> dict[str, str]:
        return token(role, subject, audience="survey", **more)

    return headers


@pytest.fixture
def owner(as_: Headers) -> dict[str, str]:
    """Headers of who runs the service."""
    return as_("owner", Role.OWNER)


@pytest.fixture
def create_survey(client: httpx.AsyncClient, owner: dict[str, str]) -> CreateSurvey:
    """Create a survey, open unless told otherwise; its path comes back."""

    async def create(state: str = "open", definition: dict[str, Any] | None = None, **config: Any) -> str:
        every = {"smallest_count": 1}  # what holds counts back has tests of its own
        body = {"title": "Needs", "config": {"definition": definition or DEFINITION, **every, **config}}
        created = await client.post("/surveys", json=body, headers=owner)
        assert created.status_code == 201, created.text
        path = f"/surveys/{created.json()['id']}"
        for step in {"draft": [], "open": ["open"], "closed": ["open", "close"]}[state]:
            answer = await client.post(f"{path}/{step}", headers=owner)
            assert answer.status_code == 200, answer.text
        return path

    return create


@pytest.fixture
async def survey(create_survey: CreateSurvey) -> str:
    """The path of an open survey for people with an account."""
    return await create_survey()


@pytest.fixture
async def open_to_guests(create_survey: CreateSurvey) -> str:
    """The path of an open survey for everybody."""
    return await create_survey(access="open")
