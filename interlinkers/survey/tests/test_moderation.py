"""Reporting what people wrote in a survey, taking it down and bringing it back."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from interlinkers.survey.tests.conftest import ANSWERS, CreateSurvey, Headers
from sqlalchemy import select

from interlinker_shared.auth import Role
from interlinker_shared.testing import recorded
from interlinker_survey.store.tables import AnonymousResponseRow

Client = httpx.AsyncClient
Json = dict[str, Any]

RUDE = ANSWERS | {"suggestion": "Neighbour Max is rude", "street": "Max lives here"}
REASONS = {"outcome": "remove", "ground": "privacy", "clause": "Art. 6 GDPR", "facts": "It names a neighbour."}
WORDS = {"suggestion": RUDE["suggestion"], "street": RUDE["street"], "mail": RUDE["mail"], "since": RUDE["since"]}


class Town:
    """A survey service with people who answer and moderate."""

    def __init__(self, client: Client, as_: Headers, create_survey: CreateSurvey) -> None:
        self.client = client
        self.as_ = as_
        self.create_survey = create_survey

    async def ask(self, who: str | None, method: str, path: str, body: Json | None = None) -> httpx.Response:
        """The answer to a request of a member, of a moderator (`mo`, `max`) or of nobody."""
        role = Role.MODERATOR if who in {"mo", "max"} else Role.MEMBER
        return await self.client.request(method, path, json=body, headers=self.as_(who, role) if who else {})

    async def get(self, who: str | None, method: str, path: str, body: Json | None = None) -> Any:
        """The same as JSON, of a request that must succeed."""
        answer = await self.ask(who, method, path, body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def answered(self, survey: str, who: str = "ana", answers: Json = RUDE) -> str:
        """The id of a response."""
        await self.get(who, "POST", f"{survey}/responses", {"answers": answers})
        listed: Json = await self.get("mo", "GET", f"{survey}/responses")
        return str(listed["items"][-1]["id"])

    async def report(self, response: str) -> httpx.Response:
        """Report a response, as anybody."""
        said = {"kind": "response", "item": response, "ground": "privacy", "reason": "Me", "good_faith": True}
        return await self.ask(None, "POST", "/notices", said)

    async def remove(self, response: str) -> str:
        """Report a response and take it down; the id of the statement of reasons."""
        notice = (await self.report(response)).json()["id"]
        return str((await self.get("mo", "POST", f"/notices/{notice}/decision", REASONS))["id"])

    async def bring_back(self, statement: str, who: str = "ana") -> None:
        """Appeal, with success."""
        appeal = (await self.get(who, "POST", f"/statements/{statement}/appeal", {"text": "It does not."}))["id"]
        await self.get("max", "POST", f"/appeals/{appeal}/outcome", {"outcome": "reversed", "explanation": "Right."})

    async def close(self, survey: str) -> Any:
        """Close a survey; its result."""
        await self.get("mo", "POST", f"{survey}/close")
        return await self.get(None, "GET", f"{survey}/result")

    async def public(self, survey: str) -> str:
        """Everything that is told of a survey."""
        paths = ("view", "result", "responses", "export?format=csv", "export?format=jsonl")
        return "".join([(await self.ask("mo", "GET", f"{survey}/{path}")).text for path in paths])


@pytest.fixture
def town(client: Client, as_: Headers, create_survey: CreateSurvey) -> Town:
    return Town(client, as_, create_survey)


def problem(found: httpx.Response) -> tuple[int, str]:
    """Status and slug."""
    return found.status_code, found.json()["type"].rpartition(":")[2]


async def test_texts_leave_everything_that_is_told_and_come_back_by_appeal(town: Town, app: FastAPI) -> None:
    survey = await town.create_survey()
    response = await town.answered(survey)
    before, public = await town.close(survey), await town.public(survey)
    statement = await town.remove(response)
    told = await town.public(survey)
    assert [word for word in ("Max", "ana@example.org", "2001-05-06") if word in told] == []
    await town.bring_back(statement)
    after = await town.get(None, "GET", f"{survey}/result")
    assert (after["items"], after["hash"]) == (before["items"], before["hash"])
    final = '"status":"final","version":'
    assert await town.public(survey) == public.replace(f"{final}1", f"{final}{after['version']}")
    gone = [event["data"]["item"] for event in await recorded(app, "item.withdrawn.v1")]
    assert gone == [f"{response}.suggestion", f"{response}.street"]
    assert [event["data"]["response"] for event in await recorded(app, "response.restored.v1")] == [response]


async def test_choices_count_as_before(town: Town) -> None:
    survey = await town.create_survey()
    response = await town.answered(survey)
    before = await town.close(survey)
    await town.remove(response)
    after = await town.get(None, "GET", f"{survey}/result")
    assert after["counts"] == before["counts"]
    assert [item["title"] for item in after["items"]] == ["[removed]", "[removed]"]


async def test_the_author_reads_why_with_her_own_words(town: Town) -> None:
    survey = await town.create_survey()
    response = await town.answered(survey)
    await town.close(survey)
    told = await town.get("ana", "GET", f"/statements/{await town.remove(response)}")
    assert (told["words"], told["clause"]) == (WORDS, "Art. 6 GDPR")


async def test_an_anonymous_text_has_no_author_to_tell_and_none_is_found(town: Town) -> None:
    survey = await town.create_survey(anonymous=True)
    await town.get("ana", "POST", f"{survey}/responses", {"answers": RUDE})
    await town.close(survey)
    response = (await town.get("mo", "GET", f"{survey}/responses"))["items"][0]["id"]
    statement = await town.remove(response)
    assert "Max" not in await town.public(survey)
    assert problem(await town.ask("ana", "GET", f"/statements/{statement}")) == (404, "not-found")


async def test_before_the_close_nobody_is_told_of_an_anonymous_response(
    town: Town, app: FastAPI, owner: dict[str, str]
) -> None:
    survey = await town.create_survey(anonymous=True)
    await town.get("ana", "POST", f"{survey}/responses", {"answers": RUDE})
    rows = await app.state.kit.db.read(lambda session: list(session.scalars(select(AnonymousResponseRow.id))))
    path = f"{survey}/responses/{rows[0]}/remove"
    assert problem(await town.ask("mo", "POST", path, {"reason": "Spam"})) == (404, "not-found")
    assert problem(await town.report(str(rows[0]))) == (404, "not-found")
    await town.client.post(f"{survey}/close", headers=owner)
    assert (await town.report(str(rows[0]))).status_code == 201


async def test_what_is_not_published_cannot_be_reported_or_read_by_trying(town: Town) -> None:
    response = await town.answered(await town.create_survey())
    assert problem(await town.report(response)) == (404, "not-found")
    page = await town.ask("ben", "GET", f"/notices/new/view?kind=response&item={response}")
    assert (page.status_code, "Max" in page.text) == (404, False)
    open_to_see = await town.answered(await town.create_survey(live_result=True))
    assert (await town.report(open_to_see)).status_code == 201


async def test_an_author_who_writes_anew_is_read_again_and_can_be_reported_again(town: Town) -> None:
    survey = await town.create_survey(live_result=True)
    response = await town.answered(survey)
    statement = await town.remove(response)
    await town.get("ana", "PUT", f"{survey}/responses/mine", {"answers": ANSWERS})
    await town.bring_back(statement)
    assert "Max" not in await town.public(survey)
    assert "More benches" in await town.public(survey)
    await town.remove(response)
    assert "More benches" not in await town.public(survey)


async def test_an_erased_author_leaves_no_words_to_bring_back(town: Town, owner: dict[str, str]) -> None:
    survey = await town.create_survey()
    response = await town.answered(survey)
    await town.close(survey)
    statement = await town.remove(response)
    await town.client.delete("/subjects/ana", headers=owner)
    told = (await town.client.get("/subjects/ana", headers=owner)).text
    assert "Max" not in told + await town.public(survey)
    assert problem(await town.ask("ana", "GET", f"/statements/{statement}")) == (404, "not-found")


async def test_what_is_taken_down_before_the_close_and_brought_back_after_it_stays_out_of_the_result(
    town: Town,
) -> None:
    survey = await town.create_survey(live_result=True)
    statement = await town.remove(await town.answered(survey))
    assert (await town.close(survey))["items"] == []
    await town.bring_back(statement)
    assert (await town.get(None, "GET", f"{survey}/result"))["items"] == []
    assert "Max" in (await town.ask("mo", "GET", f"{survey}/responses")).text


async def test_each_text_on_the_page_can_be_reported(town: Town) -> None:
    survey = await town.create_survey()
    response = await town.answered(survey)
    await town.close(survey)
    page = (await town.ask(None, "GET", f"{survey}/view")).text
    assert page.count(f"/notices/new/view?kind=response&amp;item={response}") == len(("suggestion", "street"))
    assert f'id="text-{response}.suggestion"' in page
    assert "Max is rude" in (await town.ask(None, "GET", f"/notices/new/view?kind=response&item={response}")).text


@pytest.mark.parametrize(("who", "status"), [(None, 401), ("ana", 403)])
async def test_only_moderators_remove(town: Town, who: str | None, status: int) -> None:
    survey = await town.create_survey()
    path = f"{survey}/responses/{await town.answered(survey)}/remove"
    assert (await town.ask(who, "POST", path, {"reason": "Spam"})).status_code == status


async def test_a_response_goes_once_and_only_in_its_own_survey(town: Town) -> None:
    here, there = [await town.create_survey() for _ in range(2)]
    response = await town.answered(here)
    foreign = await town.ask("mo", "POST", f"{there}/responses/{response}/remove", {"reason": "Spam"})
    assert problem(foreign) == (404, "not-found")
    mine = f"{here}/responses/{response}/remove"
    found = [await town.ask("mo", "POST", mine, {"reason": "Spam"}) for _ in range(2)]
    assert (found[0].status_code, problem(found[1])) == (201, (409, "item-gone"))
