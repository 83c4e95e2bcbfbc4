"""Asks the producer of an event for those that should have come before it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
from pydantic import BaseModel, ValidationError

from interlinker_shared.events.envelope import Envelope

PAGE = 500
REGISTRY = "registry"
SERVING = ("passing", "draining", "suspect")
"""States in which an instance may answer."""


Headers = Callable[[str], dict[str, str]]
"""The headers of a request, for the service that is asked."""


class ProducerAwayError(Exception):
    """The producer cannot be asked now: the registry or the producer itself is away, or refuses."""


class _Instance(BaseModel):
    id: str
    base_url: str
    state: str


class _Directory(BaseModel):
    items: list[_Instance]


class _Feed(BaseModel):
    items: list[Envelope]
    next: int


class Producers:
    """The services that events come from, found through the registry."""

    def __init__(self, registry_url: str, *, headers: Headers, transport: httpx.AsyncBaseTransport) -> None:
        """`headers` show another service who asks; `transport` knows where it may go."""
        self._registry = registry_url.rstrip("/")
        self._headers = headers
        self._client = httpx.AsyncClient(timeout=5, transport=transport)

    async def events(self, envelope: Envelope, after: int) -> AsyncIterator[list[Envelope]]:
        """Pages of what the producer of `envelope` has recorded of its aggregate after number `after` and before it.

        Raises ProducerAwayError.
        """
        address = await self._address(envelope)
        while True:
            params = {"aggregate": envelope.subject, "after_aggseq": after, "limit": PAGE}
            page = _Feed.model_validate(await self._get(f"{address}/events", params, envelope.service))
            earlier = [found for found in page.items if found.aggseq < envelope.aggseq]
            yield earlier
            if len(earlier) < PAGE:
                return
            after = page.next

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.aclose()

    async def _address(self, envelope: Envelope) -> str:
        found = await self._get(f"{self._registry}/instances", {"service": envelope.service}, REGISTRY)
        wanted = f"{envelope.service}-{envelope.instance}"
        for instance in _Directory.model_validate(found).items:
            if instance.id == wanted and instance.state in SERVING:
                return instance.base_url.rstrip("/")
        message = f"{wanted} is not in the registry"
        raise ProducerAwayError(message)

    async def _get(self, url: str, params: dict[str, Any], audience: str) -> Any:
        try:
            answer = await self._client.get(url, params=params, headers=self._headers(audience))
            return answer.raise_for_status().json()
        except (httpx.HTTPError, ValidationError, ValueError) as error:
            raise ProducerAwayError(str(error) or type(error).__name__) from error
