"""Guests on the forum's pages, with a challenge and without scripts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from interlinkers.forum.tests.calling import Forum

from interlinker_forum.app import create_app
from interlinker_forum.settings import ForumSettings
from interlinker_shared.testing import RunApp, TokenHeaders, solved

HTML = {"Accept": "text/html"}
FORM = {"title": "Lockers", "text": "Are <b>broken</b>", "language": "en"}
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


class Watch:
    """The time as a guest's own."""

    now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def forum(run_app: RunApp, token: TokenHeaders, test_settings: dict[str, Any], watch: Watch) -> Forum:
    app = create_app(ForumSettings(**test_settings | {"guest_challenge": True}))
    client = await run_app(app)
    app.state.kit.clock = watch
    return Forum(app, client, token)


async def submit(forum: Forum, board: str, form: dict[str, str]) -> httpx.Response:
    return await forum.client.post(f"/boards/{board}/view/topics", data=form, headers=HTML)


async def count(forum: Forum, board: str) -> int:
    return len((await forum.get(f"/boards/{board}/topics"))["items"])


async def test_a_guest_without_scripts_sends_once_more_after_three_seconds(forum: Forum, watch: Watch) -> None:
    board = await forum.create_board(guests=True)
    asked = await submit(forum, board, FORM)
    assert (asked.status_code, "Please send this once more" in asked.text) == (403, True)
    again = {name: value.replace("&lt;", "<").replace("&gt;", ">") for name, value in HIDDEN.findall(asked.text)}
    assert {name: again[name] for name in FORM} == FORM
    assert (await submit(forum, board, again)).status_code == 403
    watch.now += timedelta(seconds=3)
    assert (await submit(forum, board, again)).status_code == 303
    assert await count(forum, board) == 1


async def test_a_token_lets_a_guest_send_one_form(forum: Forum, watch: Watch) -> None:
    board = await forum.create_board(guests=True)
    again = dict(HIDDEN.findall((await submit(forum, board, FORM)).text))
    watch.now += timedelta(seconds=5)
    answers = [(await submit(forum, board, again)).status_code for _ in range(2)]
    assert answers == [303, 403]


async def test_who_fills_in_what_nobody_sees_is_a_program(forum: Forum, watch: Watch) -> None:
    board = await forum.create_board(guests=True)
    again = dict(HIDDEN.findall((await submit(forum, board, FORM)).text))
    watch.now += timedelta(seconds=5)
    assert (await submit(forum, board, again | {"website": "https://example.org"})).status_code == 403
    assert await count(forum, board) == 0


async def test_a_form_with_a_solution_is_taken_at_once(forum: Forum) -> None:
    board = await forum.create_board(guests=True)
    solution = (await solved(forum.client))["X-Altcha-Payload"]
    assert (await submit(forum, board, FORM | {"altcha": solution})).status_code == 303


async def test_what_is_wrong_with_a_form_is_said_before_the_challenge(forum: Forum) -> None:
    board = await forum.create_board(guests=True)
    assert (await submit(forum, board, FORM | {"title": " "})).status_code == 422


async def test_few_forms_without_a_solution_come_from_one_address(forum: Forum, watch: Watch) -> None:
    board = await forum.create_board(guests=True)
    elsewhere = HTML | {"X-Forwarded-For": "203.0.113.7"}
    statuses = []
    for _ in range(21):
        address = f"/boards/{board}/view/topics"
        asked = await forum.client.post(address, data=FORM, headers=elsewhere)
        watch.now += timedelta(seconds=3)
        again = dict(HIDDEN.findall(asked.text))
        statuses.append((await forum.client.post(address, data=again, headers=elsewhere)).status_code)
    assert (statuses[:20], statuses[20]) == ([303] * 20, 429)
