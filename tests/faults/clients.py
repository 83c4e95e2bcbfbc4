"""Clients that write until they are acknowledged, and remember what they were promised."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp

from interlinker_shared.auth import Role, mint_token
from interlinker_shared.testing import SECRET
from tests.faults.apps import READER, WRITER
from tests.faults.tally import Entry

RETRY_SECONDS = 0.05
TOKEN_SECONDS = 3600
CREATED = 201
ASK_SECONDS = 10


def headers(service: str) -> dict[str, str]:
    """Those of a member, for an hour."""
    token = mint_token(SECRET, subject="anna", role=Role.MEMBER, audience=service, ttl=TOKEN_SECONDS)
    return {"Authorization": f"Bearer {token}"}


class Clients:
    """`count` clients that write to `aggregates` aggregates, one request of each at a time."""

    def __init__(self, url: str, *, count: int = 16, aggregates: int = 8, pace: float = 0.0) -> None:
        """Each waits `pace` seconds after an answer."""
        self.acknowledged: set[Entry] = set()
        self.refusals = 0
        self._url = url
        self._count = count
        self._aggregates = aggregates
        self._pace = pace

    async def write(self, until: asyncio.Event, *, at_most: int | None = None) -> None:
        """Write until told to stop, or so many are acknowledged; whatever was begun is finished first."""
        timeout = aiohttp.ClientTimeout(total=ASK_SECONDS)
        async with aiohttp.ClientSession(headers=headers(WRITER), timeout=timeout) as session:
            await asyncio.gather(*(self._one(session, client, until, at_most) for client in range(self._count)))

    async def _one(
        self, session: aiohttp.ClientSession, client: int, until: asyncio.Event, at_most: int | None
    ) -> None:
        number = client
        aggregate = f"aggregate-{client % self._aggregates}"
        while not until.is_set() and (at_most is None or len(self.acknowledged) < at_most):
            while not await self._send(session, aggregate, number):  # noqa: ASYNC110 - the service is asked again
                await asyncio.sleep(RETRY_SECONDS)
            self.acknowledged.add((aggregate, number))
            number += self._count
            await asyncio.sleep(self._pace)

    async def _send(self, session: aiohttp.ClientSession, aggregate: str, number: int) -> bool:
        body = {"aggregate": aggregate, "number": number}
        key = {"Idempotency-Key": f"{aggregate}/{number}"}
        try:
            async with session.post(f"{self._url}/entries", json=body, headers=key) as answer:
                await answer.read()
                acknowledged = answer.status == CREATED
        except (aiohttp.ClientError, TimeoutError):
            acknowledged = False
        self.refusals += not acknowledged
        return acknowledged


async def ask(service: str, url: str, path: str) -> Any:
    """What a GET answers, as JSON."""
    async with aiohttp.ClientSession(headers=headers(service)) as session, session.get(url + path) as answer:
        answer.raise_for_status()
        return await answer.json()


__all__ = ["READER", "WRITER", "Clients", "ask", "headers"]
