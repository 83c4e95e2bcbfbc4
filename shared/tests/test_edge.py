"""Mistakes of ours at the edge and behind it: each is answered where that is still possible, and is in the log once."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from starlette.background import BackgroundTask
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.testing import capture_logs

from interlinker_shared.embed.origins import Origins
from interlinker_shared.http.edge import Edge
from interlinker_shared.limits.buckets import Spent
from interlinker_shared.limits.rates import Limits
from interlinker_shared.metrics import Metrics
from interlinker_shared.settings import ServiceSettings

START: Message = {"type": "http.response.start", "status": 200, "headers": []}


class BrokenLimits(Limits):
    """Limits with a mistake in them."""

    def enter(self, scope: Scope) -> Spent | None:  # noqa: ARG002 - as it is called
        raise ZeroDivisionError


class BrokenCount(Limits):
    """Limits with a mistake where the answer is out already."""

    def leave(self, scope: Scope, status: int) -> None:  # noqa: ARG002 - as above
        raise ZeroDivisionError


def edge(app: ASGIApp, limits: type[Limits] = Limits) -> Edge:
    metrics = Metrics()
    kept = limits(ServiceSettings(), metrics)
    return Edge(app, metrics=metrics, limits=kept, max_body=1000, origins=Origins(ServiceSettings().frame_ancestors))


async def ask(app: ASGIApp) -> tuple[httpx.Response, list[Any]]:
    """The answer, and what of it is in the log as a mistake; raises what the server would have to log a second time."""
    with capture_logs() as logs:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            answer = await client.get("/somewhere")
    return answer, [log["path"] for log in logs if log["event"] == "unexpected error"]


async def stumble(scope: Scope, receive: Receive, send: Send) -> None:
    raise ZeroDivisionError


async def test_a_mistake_in_the_edge_is_a_problem_like_any_other() -> None:
    answer, logged = await ask(edge(Response("fine"), BrokenLimits))
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.json()["type"] == "urn:interlinkers:problem:internal"
    assert "content-security-policy" in answer.headers
    assert logged == ["/somewhere"]


async def test_a_mistake_that_nobody_answered_behind_it_is_too() -> None:
    answer, logged = await ask(edge(stumble))
    assert (answer.status_code, logged) == (500, ["/somewhere"])


@pytest.mark.parametrize("limits", [Limits, BrokenCount])
async def test_a_mistake_after_the_answer_changes_nothing_of_it(limits: type[Limits]) -> None:
    async def later() -> None:
        raise ZeroDivisionError

    task = BackgroundTask(later) if limits is Limits else None
    answer, logged = await ask(edge(Response("fine", background=task), limits))
    assert (answer.status_code, answer.text, logged) == (200, "fine", ["/somewhere"])


async def test_half_an_answer_breaks_the_connection() -> None:
    async def half(scope: Scope, receive: Receive, send: Send) -> None:
        await send(dict(START))
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await ask(edge(half))


async def test_who_is_stopped_is_not_answered() -> None:
    async def stopped(scope: Scope, receive: Receive, send: Send) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await ask(edge(stopped))
