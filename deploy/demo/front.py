"""The front door as the demo's people use it: every call goes through the gateway and is repeated until it is answered."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import Any

import httpx

from interlinker_shared.auth import Channel, Role, mint_token

AGAIN_SECONDS = 0.3
PATIENCE_SECONDS = 60.0
TRY_AGAIN = frozenset({429, 502, 503, 504})
TOKEN_SECONDS = 3600


class RefusedError(Exception):
    """The front door answered with an error that trying again does not mend."""

    def __init__(self, answer: httpx.Response) -> None:
        """Keep what was said."""
        request = answer.request
        super().__init__(f"{request.method} {request.url.path} -> {answer.status_code} {answer.text[:500]}")
        self.status = answer.status_code


class Front:
    """One connection pool to the gateway, for everybody in the demo."""

    def __init__(self, url: str, secret: str) -> None:
        """`secret` signs the tokens of the simulated people, as their town's portal would."""
        limits = httpx.Limits(max_connections=32, max_keepalive_connections=32)
        self._client = httpx.AsyncClient(base_url=url, timeout=30, limits=limits)
        self._secret = secret
        self.url = url
        self.calls = 0
        self.repeated = 0

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.aclose()

    def token(self, subject: str, role: Role, channel: str = "api") -> str:
        """A token for one person at the gateway."""
        return mint_token(
            self._secret, subject=subject, role=role, audience="gateway", ttl=TOKEN_SECONDS, channel=Channel(channel)
        )

    async def call(
        self,
        method: str,
        path: str,
        token: str | None = None,
        body: Any = None,
        content: bytes | None = None,
        **headers: str,
    ) -> Any:
        """One request with one effect, however often it has to be repeated; RefusedError when the answer is no."""
        sent = {
            "Idempotency-Key": str(uuid.uuid4()),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        answer = await self._until_answered(
            method, path, sent, {"content": content} if content is not None else {"json": body}
        )
        if answer.is_error:
            raise RefusedError(answer)
        return answer.json() if answer.content else None

    async def status(self, method: str, path: str, token: str | None, **payload: Any) -> int:
        """The status of a request that is meant to be refused."""
        sent = {"Authorization": f"Bearer {token}"} if token else {}
        return (await self._until_answered(method, path, sent | payload.pop("headers", {}), payload)).status_code

    async def items(self, path: str, token: str | None = None) -> list[dict[str, Any]]:
        """All entries of a list, page by page."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            page = await self.call("GET", f"{path}?limit=100" + (f"&cursor={cursor}" if cursor else ""), token)
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                return found

    async def _until_answered(
        self, method: str, path: str, headers: dict[str, str], payload: dict[str, Any]
    ) -> httpx.Response:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            self.calls += 1
            try:
                answer = await self._client.request(method, path, headers=headers, **payload)
                if answer.status_code not in TRY_AGAIN or time.monotonic() > deadline:
                    return answer
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
            self.repeated += 1
            await asyncio.sleep(AGAIN_SECONDS)
