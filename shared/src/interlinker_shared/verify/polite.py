"""A transport that asks no faster than a service allows: who checks the contract is a guest like any other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import httpx

LONGEST_WAIT = 60.0  # seconds; a service that asks for more at once is told of in the outcome
MOST_WAITING = 600.0  # of one request in all
TOO_MANY, AWAY = 429, 503


class PoliteTransport(httpx.AsyncBaseTransport):
    """Waits as long as `Retry-After` says and asks again, where the service refused for its limits or is busy.

    The answer that comes at last is the service's own: one without `Retry-After`, or that asks for too much, is passed on.
    """

    def __init__(
        self, line: httpx.AsyncBaseTransport, *, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        """`line` is the way to the service."""
        self._line = line
        self._sleep = sleep
        self.waited = 0.0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, again and again if need be."""
        await request.aread()  # what streams could be sent once only
        left = MOST_WAITING
        while True:
            answer = await self._line.handle_async_request(request)
            seconds = wait_of(answer)
            if seconds is None or seconds > left:
                return answer
            await answer.aclose()
            await self._sleep(seconds)
            left -= seconds
            self.waited += seconds

    async def aclose(self) -> None:
        """Let the line go."""
        await self._line.aclose()


def wait_of(answer: httpx.Response) -> float | None:
    """Seconds after which the service wants to be asked again; None where it has answered, or will not soon."""
    told = answer.headers.get("retry-after", "")
    if answer.status_code not in {TOO_MANY, AWAY} or not told.isdecimal():
        return None
    return max(float(told[:9]), 1.0) if float(told[:9]) <= LONGEST_WAIT else None
