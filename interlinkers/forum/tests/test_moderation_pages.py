"""Reporting, deciding, objecting and the public log on pages, without JavaScript."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
import pytest_asyncio
from interlinkers.forum.tests.calling import NOWHERE, Forum

from interlinker_shared.auth import Role

LANGUAGES = ("en", "es", "de")


@pytest_asyncio.fixture
async def post(forum: Forum) -> dict[str, Any]:
    topic = (await forum.create_topic(await forum.create_board()))["id"]
    return await forum.create_post(topic, text="Ana is a fool")


async def send(
    forum: Forum, path: str, who: str | None = None, role: Role = Role.MEMBER, **fields: str
) -> httpx.Response:
    return await forum.client.post(path, data=fields, headers=forum.headers(who, role))


async def see(forum: Forum, path: str, who: str | None = None, role: Role = Role.MEMBER) -> str:
    answer = await forum.client.get(path, headers=forum.headers(who, role))
    assert answer.status_code == 200, answer.text
    return answer.text


def wrong(answer: httpx.Response) -> list[str]:
    """The fields that the summary of errors leads to."""
    return re.findall(r'<li><a href="#(?:f-)?(\w+)"', answer.text)


async def report(forum: Forum, post: dict[str, Any], **fields: str) -> httpx.Response:
    said = {"kind": "post", "item": post["id"], "ground": "insult", "reason": "Rude", "good_faith": "true"}
    return await send(forum, "/notices/new/view", **(said | fields))


async def decide(forum: Forum, post: dict[str, Any], **fields: str) -> httpx.Response:
    await report(forum, post)
    (path,) = re.findall(
        r"moderation/view/notices/[0-9a-f-]+", await see(forum, "/moderation/view", "mo", Role.MODERATOR)
    )
    said = {"outcome": "remove", "ground": "insult", "clause": "Rule 3", "facts": "Calls Ana a fool"}
    return await send(forum, f"/{path}", "mo", Role.MODERATOR, **(said | fields))


async def test_everything_that_people_write_can_be_reported_where_it_stands(forum: Forum, post: dict[str, Any]) -> None:
    page = await see(forum, f"/topics/{post['topic']}/view")
    for kind, item in (("topic", post["topic"]), ("post", post["id"])):
        assert f"../../notices/new/view?kind={kind}&amp;item={item}" in page


async def test_a_guest_reports_something_and_follows_it(forum: Forum, post: dict[str, Any]) -> None:
    assert "Ana is a fool" in await see(forum, f"/notices/new/view?kind=post&item={post['id']}")
    sent = await report(forum, post)
    assert sent.status_code == 303
    address = "/notices/" + sent.headers["location"].partition("notices/")[2].removeprefix("../")
    assert "Your report has come in." in await see(forum, address)


async def test_a_report_without_a_statement_is_shown_again(forum: Forum, post: dict[str, Any]) -> None:
    again = await report(forum, post, good_faith="")
    assert (again.status_code, wrong(again), "Rude" in again.text) == (422, ["good_5f_faith"], True)


@pytest.mark.parametrize("what", ["kind=post&item=" + NOWHERE, "kind=poem&item=" + NOWHERE])
async def test_nothing_is_reported_that_is_not_there(forum: Forum, what: str) -> None:
    assert (await forum.client.get(f"/notices/new/view?{what}")).status_code == 404


async def test_a_moderator_decides_and_the_author_objects(forum: Forum, post: dict[str, Any]) -> None:
    assert (await decide(forum, post)).status_code == 303
    assert "Rule 3" in await see(forum, f"/topics/{post['topic']}/view")
    (path,) = re.findall(r"statements/[0-9a-f-]+/view", await see(forum, "/statements/view", "ben"))
    assert "Calls Ana a fool" in await see(forum, f"/{path}", "ben")
    assert (await send(forum, f"/{path}/appeal", "ben", text="A joke")).status_code == 303
    queue = await see(forum, "/moderation/view", "max", Role.MODERATOR)
    (appeal,) = re.findall(r"moderation/view/appeals/[0-9a-f-]+", queue)
    judged = await send(forum, f"/{appeal}", "max", Role.MODERATOR, outcome="reversed", explanation="Right")
    assert judged.status_code == 303
    assert "Ana is a fool" in await see(forum, f"/topics/{post['topic']}/view")


async def test_a_decision_without_reasons_is_shown_again(forum: Forum, post: dict[str, Any]) -> None:
    again = await decide(forum, post, facts="", outcome="hide")
    assert (again.status_code, wrong(again)) == (422, ["facts", "until"])


@pytest.mark.parametrize("path", ["/moderation/view", "/statements/view"])
async def test_who_is_nobody_is_asked_to_sign_in(forum: Forum, path: str) -> None:
    assert (await forum.client.get(path)).status_code == 401


@pytest.mark.parametrize("language", LANGUAGES)
async def test_everybody_reads_the_log(forum: Forum, post: dict[str, Any], language: str) -> None:
    await decide(forum, post)
    page = await see(forum, f"/moderation-log/view?lang={language}")
    assert {"en": "Insult", "es": "Insulto", "de": "Beleidigung"}[language] in page
    assert "Rule 3" not in page
