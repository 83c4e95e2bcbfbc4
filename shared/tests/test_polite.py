"""`interlinkers verify` asks no faster than a service allows."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.responses import Response

from interlinker_shared.embed.origins import Origins
from interlinker_shared.http.edge import Edge
from interlinker_shared.limits.rates import Limits
from interlinker_shared.metrics import Metrics
from interlinker_shared.settings import ServiceSettings
from interlinker_shared.verify.polite import LONGEST_WAIT, MOST_WAITING, PoliteTransport


class Waits(list[float]):
    """How long somebody would have slept."""

    async def sleep(self, seconds: float) -> None:
        self.append(seconds)


def asked(*answers: httpx.Response) -> tuple[httpx.AsyncClient, Waits, list[bytes]]:
    """Somebody polite in front of a service that answers these one after the other, and the bodies that it got."""
    waits, bodies, left = Waits(), list[bytes](), list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return left.pop(0) if len(left) > 1 else left[0]

    transport = PoliteTransport(httpx.MockTransport(answer), sleep=waits.sleep)
    return httpx.AsyncClient(transport=transport, base_url="http://test"), waits, bodies


def busy(seconds: str, status: int = 429) -> httpx.Response:
    return httpx.Response(status, headers={"Retry-After": seconds})


async def pieces() -> AsyncIterator[bytes]:
    for piece in (b"one", b"two"):
        yield piece


async def test_who_is_told_to_wait_waits_and_sends_the_same_again() -> None:
    client, waits, bodies = asked(busy("3"), busy("0"), busy("5", 503), httpx.Response(201))
    answer = await client.post("/", content=pieces())
    assert (answer.status_code, waits, set(bodies), len(bodies)) == (201, [3.0, 1.0, 5.0], {b"onetwo"}, 4)


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(429), busy("soon"), busy(str(int(LONGEST_WAIT) + 1)), busy("3", 401), httpx.Response(503)],
    ids=["no time", "no number", "too long", "another status", "away"],
)
async def test_what_says_no_time_to_wait_is_the_answer(answer: httpx.Response) -> None:
    client, waits, _ = asked(answer)
    assert ((await client.get("/")).status_code, waits) == (answer.status_code, [])


async def test_nobody_waits_for_ever() -> None:
    client, waits, _ = asked(busy("60"))
    assert (await client.get("/")).status_code == 429
    assert sum(waits) == MOST_WAITING


async def test_a_service_that_limits_is_asked_until_it_answers() -> None:
    now, waits = [0.0], Waits()

    async def sleep(seconds: float) -> None:
        now[0] += seconds
        waits.append(seconds)

    metrics, settings = Metrics(), ServiceSettings(limit_address=6)
    limits = Limits(settings, metrics, clock=lambda: now[0])
    edge = Edge(Response("here"), metrics=metrics, limits=limits, max_body=9, origins=Origins("'self'"))
    line = httpx.ASGITransport(edge, client=("203.0.113.7", 1))
    async with httpx.AsyncClient(transport=PoliteTransport(line, sleep=sleep), base_url="http://test") as client:
        found = [(await client.get("/")).status_code for _ in range(20)]
    assert set(found) == {200}
    assert sum(waits) >= 60 * (20 - 6) / 6
