"""Clients that write until they are acknowledged, and remember what they were promised."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

from interlinker_shared.auth import Role, mint_token
from interlinker_shared.testing import SECRET
from tests.faults.apps import WRITER
from tests.faults.services import Service, broken_by
from tests.faults.tally import Entry

RETRY_SECONDS = 0.05
TOKEN_SECONDS = 3600
CREATED = 201
ASK_SECONDS = 10
ERROR = 400
PAGE = 200
READY_SECONDS = 30
CALL_SECONDS = 60


def headers(service: str, who: str = "anna", role: Role = Role.MEMBER) -> dict[str, str]:
    """Those of a person, for an hour."""
    token = mint_token(SECRET, subject=who, role=role, audience=service, ttl=TOKEN_SECONDS)
    return {"Authorization": f"Bearer {token}"}


Sign = Callable[[str, str, Role], dict[str, str]]
"""Headers of a request, from the service, the person and her role."""


class Clients:
    """`count` clients that write to `aggregates` aggregates, one request of each at a time."""

    def __init__(self, url: str, *, count: int = 16, aggregates: int = 8, pace: float = 0.0) -> None:
        """Each waits `pace` seconds after an answer."""
        self.acknowledged: set[Entry] = set()
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
                return answer.status == CREATED
        except (aiohttp.ClientError, TimeoutError):
            return False


@dataclass(frozen=True)
class Answer:
    """What a service said."""

    status: int
    body: Any


class Caller:
    """Somebody who calls one service, as many times at once as asked to."""

    def __init__(self, session: aiohttp.ClientSession, service: Service, sign: Sign = headers) -> None:
        """`session` must allow as many connections as calls at once."""
        self._session = session
        self._service = service
        self._sign = sign

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        who: str = "anna",
        role: Role = Role.MEMBER,
        key: str | None = None,
    ) -> Answer:
        """One request, with an Idempotency-Key if there is one; raises ClientError and TimeoutError."""
        own = self._sign(self._service.name, who, role) | ({} if key is None else {"Idempotency-Key": key})
        async with self._session.request(method, self._service.url + path, json=body, headers=own) as answer:
            return Answer(answer.status, await answer.json() if "json" in answer.content_type else await answer.text())

    async def staff(self, method: str, path: str, body: object = None) -> Any:
        """A request of the owner that succeeds; gives what was answered."""
        answer = await self.call(method, path, body, who="staff", role=Role.OWNER)
        assert answer.status < ERROR, answer
        return answer.body

    async def events(self, name: str) -> list[dict[str, Any]]:
        """The events of `name` that the service has recorded, oldest first."""
        found: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            page = await self.staff("GET", f"/events?after={after}&limit={PAGE}")
            found += page["items"]
            after = page["next"] if page["items"] else None
        return [event for event in found if event["type"].endswith(f".{name}")]

    async def until_ready(self) -> None:
        """Return once it answers; TimeoutError after half a minute."""
        async with asyncio.timeout(READY_SECONDS):
            while not await self._is_ready():  # noqa: ASYNC110 - a process that starts tells nobody
                await asyncio.sleep(RETRY_SECONDS)

    async def _is_ready(self) -> bool:
        try:
            async with self._session.get(f"{self._service.url}/health/ready") as answer:
                return answer.status < ERROR
        except (aiohttp.ClientError, TimeoutError):
            return False


@contextlib.asynccontextmanager
async def calling(service: Service, sign: Sign = headers) -> AsyncIterator[Caller]:
    """Start `service` and call it within the block, which breaks when the service does."""
    connector, timeout = aiohttp.TCPConnector(limit=0), aiohttp.ClientTimeout(total=CALL_SECONDS)
    async with (
        service.running() as task,
        aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
        broken_by([task]),
    ):
        caller = Caller(session, service, sign)
        await caller.until_ready()
        yield caller


async def ask(service: Service, path: str) -> Any:
    """What a GET of a member answers; raises ClientError and TimeoutError."""
    async with (
        aiohttp.ClientSession(headers=headers(service.name)) as session,
        session.get(service.url + path) as answer,
    ):
        answer.raise_for_status()
        return await answer.json()
