"""A read takes as many statements for thirty things as for one; the table says how many, and does not grow."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from interlinkers.survey.tests.conftest import ANSWERS, CreateSurvey, Headers

from interlinker_shared.testing_reads import Readers
from interlinker_survey.app import create_app
from interlinker_survey.settings import SurveySettings

STATEMENTS = {
    "/appeals": 1,
    "/changes": 1,
    "/moderation-log": 1,
    "/moderation-log/counts": 1,
    "/moderation-log/view": 2,
    "/moderation/view": 2,
    "/notices": 1,
    "/statements": 1,
    "/statements/view": 1,
    "/subjects/{subject}": 12,
    "/surveys": 1,
    "/surveys/{asset_id}": 1,
    "/surveys/{asset_id}/result": 8,
    "/surveys/{survey_id}/exports/bundle": 3,
    "/surveys/{survey_id}/exports/codebook": 2,
    "/surveys/{survey_id}/exports/responses": 3,
    "/surveys/{survey_id}/publications": 2,
    "/surveys/{survey_id}/publications/{number}": 2,
    "/surveys/{survey_id}/publications/{number}/csv": 2,
    "/surveys/{survey_id}/versions": 2,
    "/surveys/{survey_id}/versions/{number}": 3,
    "/surveys/{survey_id}/responses": 2,
    "/surveys/{survey_id}/responses/mine": 2,
    "/surveys/{survey_id}/statistics": 4,
    "/surveys/{survey_id}/view": 3,
}


@pytest.fixture
def app(test_settings: dict[str, Any]) -> FastAPI:
    """The service, where one may export as often as this test asks."""
    return create_app(SurveySettings(**test_settings, limit_costly=0))


async def test_thirty_take_as_many_statements_as_one(
    app: FastAPI, client: httpx.AsyncClient, create_survey: CreateSurvey, as_: Headers, owner: dict[str, str]
) -> None:
    survey = await create_survey(live_result=True)
    ids = [survey.rpartition("/")[2]]
    readers = Readers(app, client, asset_id=ids, survey_id=ids, subject=["owner"], number=["1"])
    await client.post(f"{survey}/responses", json={"answers": ANSWERS}, headers=as_("owner"))
    assert (await client.post(f"{survey}/publications", json={}, headers=owner)).status_code == 201
    await readers.statements()  # what a database is asked once is not counted
    few = await readers.statements()
    for number in range(30):
        other = await create_survey()
        for path, who in ((survey, f"person-{number}"), (other, "owner")):
            await client.post(f"{path}/responses", json={"answers": ANSWERS}, headers=as_(who))
    assert few == await readers.statements() == STATEMENTS
