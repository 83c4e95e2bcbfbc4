"""The service at work, headers of people in every role, and a drive to pledge to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from interlinker_shared.auth import Role
from interlinker_shared.testing import RunApp, TokenHeaders
from interlinker_template.app import create_app
from interlinker_template.settings import TemplateSettings

Headers = Callable[..., dict[str, str]]
CreateDrive = Callable[..., Awaitable[str]]
Step = Callable[[str, str], Awaitable[httpx.Response]]


@pytest.fixture
def app(test_settings: dict[str, Any]) -> FastAPI:
    return create_app(TemplateSettings(**test_settings))


@pytest.fixture
async def client(app: FastAPI, run_app: RunApp) -> httpx.AsyncClient:
    return await run_app(app)


@pytest.fixture
def headers(token: TokenHeaders) -> Headers:
    """Make the headers of a person in a role."""

    def of(role: Role = Role.OWNER, subject: str = "olga") -> dict[str, str]:
        return token(role, subject, audience="template")

    return of


@pytest.fixture
def step(client: httpx.AsyncClient, headers: Headers) -> Step:
    """Take a drive to its next state, by the verb that leads there."""

    async def take(drive: str, verb: str) -> httpx.Response:
        return (await client.post(f"/pledges/{drive}/{verb}", headers=headers())).raise_for_status()

    return take


@pytest.fixture
def create_drive(client: httpx.AsyncClient, headers: Headers, step: Step) -> CreateDrive:
    """Create a drive that is open, or a draft; the id comes back."""

    async def create(*, opened: bool = True, **fields: Any) -> str:
        body = {"title": "A playground", "language": "en"} | fields
        answer = (await client.post("/pledges", json=body, headers=headers())).raise_for_status()
        drive: str = answer.json()["id"]
        if opened:
            await step(drive, "open")
        return drive

    return create
