"""What people answered goes for good when the time of the survey is over; published counts stay where the owner says so."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from interlinkers.survey.tests.conftest import CreateSurvey, Headers

from interlinker_shared.clock import utc_now
from interlinker_shared.testing import files_with, later

WORDS = "words that nobody writes twice"
A_DAY = timedelta(days=1)


class Asked:
    """A survey, answered by somebody with the words."""

    def __init__(self, app: FastAPI, client: httpx.AsyncClient, owner: dict[str, str], path: str) -> None:
        self.app, self.client, self.owner, self.path = app, client, owner, path

    async def close_for_a_day(self, **more: Any) -> dict[str, Any]:
        """Close it, to be kept for a day; its result."""
        closed = await self.client.post(f"{self.path}/close", headers=self.owner)
        body = {"retain_until": (utc_now() + A_DAY).isoformat()} | more
        headers = self.owner | {"If-Match": closed.headers["etag"]}
        assert (await self.client.patch(self.path, json=body, headers=headers)).status_code == 200
        return await self.result()

    async def result(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.client.get(f"{self.path}/result")).raise_for_status().json()
        return found


@pytest.fixture(params=["pseudonymous", "anonymous"])
async def asked(
    request: pytest.FixtureRequest,
    app: FastAPI,
    client: httpx.AsyncClient,
    owner: dict[str, str],
    create_survey: CreateSurvey,
    as_: Headers,
    answers: dict[str, Any],
) -> Asked:
    path = await create_survey(anonymity=request.param)
    said = {"answers": answers | {"suggestion": WORDS}}
    (await client.post(f"{path}/responses", json=said, headers=as_("ana"))).raise_for_status()
    return Asked(app, client, owner, path)


@pytest.mark.sqlite
async def test_no_answer_is_left_in_any_file(asked: Asked, tmp_path: Path) -> None:
    await asked.close_for_a_day()
    assert files_with(tmp_path, WORDS)
    await later(asked.app, A_DAY)
    assert files_with(tmp_path, WORDS) == []
    assert (await asked.client.get(f"{asked.path}/result")).status_code == 404


@pytest.mark.sqlite
async def test_counts_stay_where_the_owner_says_so(asked: Asked, tmp_path: Path) -> None:
    before = await asked.close_for_a_day(retain_result=True)
    assert before["items"]
    await later(asked.app, A_DAY)
    assert files_with(tmp_path, WORDS) == []
    after = await asked.result()
    assert (after["counts"], after["items"]) == (before["counts"], [])
    page = await asked.client.get(f"{asked.path}/view")
    assert page.status_code == 200
    assert "Only the figures are left" in page.text


async def test_the_page_says_until_when_answers_are_kept(asked: Asked) -> None:
    assert "no day is set" in (await asked.client.get(f"{asked.path}/view")).text
    await asked.close_for_a_day()
    assert "Then it is deleted." in (await asked.client.get(f"{asked.path}/view")).text
