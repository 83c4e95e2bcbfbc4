"""What is kept of a survey's public answers is always what would be rendered now; a form is nobody's but its reader's."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from interlinkers.survey.tests.conftest import ANSWERS, CreateSurvey

from interlinker_shared.auth import Role
from interlinker_shared.testing_reads import NOWHERE, Readers, handed_over, was_kept

MEMBER, STAFF, OWNER = Role.MEMBER, Role.MODERATOR, Role.OWNER
OTHER = ANSWERS | {"suggestion": "Fewer cars", "place": "school"}


@pytest.fixture
async def survey(create_survey: CreateSurvey) -> str:
    """The path of an open survey whose result can be seen at any time."""
    return await create_survey(access="open", live_result=True)


@pytest.fixture
def readers(app: FastAPI, client: httpx.AsyncClient, survey: str) -> Readers:
    ids = [survey.rpartition("/")[2], NOWHERE]
    return Readers(app, client, asset_id=ids, survey_id=ids, number=["1", "2"])


async def test_no_write_misleads_a_reader(readers: Readers, survey: str) -> None:
    for who in ("ana", "ben"):
        await readers.after(MEMBER, "POST", f"{survey}/responses", {"answers": ANSWERS}, who=who)
    await readers.after(Role.PUBLIC, "POST", f"{survey}/responses", {"answers": OTHER})
    await readers.after(MEMBER, "PUT", f"{survey}/responses/mine", {"answers": OTHER}, who="ben")
    await _moderation(readers, survey)
    await readers.after(OWNER, "DELETE", "/subjects/ana")
    await readers.after(STAFF, "POST", f"{survey}/publications", {"crosstabs": [["place", "mood"]]})
    asks = {"config": {"definition": {"elements": [{"type": "comment", "name": "suggestion", "title": "Else?"}]}}}
    await readers.after(STAFF, "POST", f"{survey}/versions", asks, If_Match='"2"')
    await _draft(readers)
    await _from_elsewhere(readers)
    await readers.see_the_life(survey.rpartition("/")[2])
    assert not readers.untried()


async def _moderation(readers: Readers, survey: str) -> None:
    """Texts are reported, go, come back, and go again."""
    response = (await readers.after(MEMBER, "POST", f"{survey}/responses", {"answers": OTHER}, who="cleo"))["id"]
    said = {"kind": "response", "item": response, "ground": "spam", "reason": "Spam", "good_faith": True}
    notice = (await readers.after(Role.PUBLIC, "POST", "/notices", said))["id"]
    reasons = {"outcome": "remove", "ground": "spam", "clause": "Rule 5", "facts": "Sells things"}
    decision = (await readers.after(STAFF, "POST", f"/notices/{notice}/decision", reasons))["id"]
    appeal = await readers.after(MEMBER, "POST", f"/statements/{decision}/appeal", {"text": "No"}, who="cleo")
    judgement = {"outcome": "reversed", "explanation": "It gives them away"}
    await readers.after(STAFF, "POST", f"/appeals/{appeal['id']}/outcome", judgement, who="max")
    await readers.after(STAFF, "POST", f"{survey}/responses/{response}/remove", {"reason": "Rule 5"})


async def _draft(readers: Readers) -> None:
    """A survey that is asked about what another step found, one answer of which is withdrawn there."""
    pick: dict[str, Any] = {"type": "checkbox", "name": "pick", "choices": ["none"]}
    definition = {"title": "Pick", "pages": [{"elements": [pick]}]}
    config = {"definition": definition, "imports_into": "pick", "live_result": True}
    made = (await readers.after(STAFF, "POST", "/surveys", {"title": "Pick", "config": config}))["id"]
    for name in ("asset_id", "survey_id"):
        readers.learn(name, made)
    await readers.after(STAFF, "POST", f"/surveys/{made}/imports", handed_over("1", "2"))
    await readers.after(STAFF, "POST", f"/surveys/{made}/open")
    await readers.withdraw_elsewhere("1")


async def _from_elsewhere(readers: Readers) -> None:
    """A file is looked at, and taken over."""
    content = b64encode(json.dumps({"elements": [{"type": "comment", "name": "idea"}]}).encode()).decode()
    file = {"source": "surveyjs", "content": content}
    await readers.after(STAFF, "POST", "/surveys/imports/preview", file)
    await readers.after(STAFF, "POST", "/surveys/imports", file)


async def test_all_that_is_public_is_kept(readers: Readers, survey: str, client: httpx.AsyncClient) -> None:
    await readers.read()
    assert {"/surveys", survey, f"{survey}/result"} <= await readers.read()
    closed = await readers.after(STAFF, "POST", f"{survey}/close")
    assert closed["state"] == "closed"
    await client.get(f"{survey}/view")
    assert was_kept(await client.get(f"{survey}/view"))


async def test_a_form_is_made_anew_for_every_reader(client: httpx.AsyncClient, survey: str) -> None:
    first, second = [await client.get(f"{survey}/view") for _ in range(2)]
    assert not was_kept(second)
    assert first.text != second.text
    assert second.headers["cache-control"] == "private, no-cache"


async def test_a_hidden_result_stays_hidden(client: httpx.AsyncClient, create_survey: CreateSurvey) -> None:
    path = await create_survey(access="open")
    staff = [await client.get(f"{path}/result") for _ in range(2)]
    assert [answer.status_code for answer in staff] == [403, 403]
