"""The registry's list of keys over HTTP: asked for at once, and followed by long poll."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import httpx
import structlog

from interlinker_shared.errors import UnavailableError
from interlinker_shared.services.keyring import KeySet

if TYPE_CHECKING:
    from interlinker_shared.services.keyring import Keyring

PATH = "/service-keys"
WAIT_SECONDS = 30
PAUSE_SECONDS = 1.0
TIMEOUT_SECONDS = 5

log = structlog.get_logger()


class RegistryKeys:
    """What the registry at an address says about keys."""

    def __init__(self, url: str) -> None:
        """Nothing is asked yet."""
        # Certificates are read only where there will be one to check: that takes 50 ms and 2.5 MB.
        self._client = httpx.AsyncClient(
            base_url=url.rstrip("/"), timeout=TIMEOUT_SECONDS, verify=url.startswith("https:")
        )

    async def fetch(self) -> KeySet:
        """All keys. Raises UnavailableError."""
        return await self._ask({}, patience=TIMEOUT_SECONDS)

    async def follow(self, keyring: Keyring) -> None:
        """Keep a keyring equal to the list until cancelled; while the registry is away, what is known stays."""
        wait = 0
        while True:
            try:
                found = await self._ask(
                    {"after": keyring.known.revision, "wait": wait}, patience=wait + TIMEOUT_SECONDS
                )
            except UnavailableError:
                wait = 0
                await asyncio.sleep(PAUSE_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - spreads load, hides nothing
                continue
            wait = WAIT_SECONDS
            keyring.learn(found)

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.aclose()

    async def _ask(self, params: dict[str, int], *, patience: float) -> KeySet:
        try:
            answer = await self._client.get(PATH, params=params, timeout=patience)
            answer.raise_for_status()
            return KeySet.read(answer.json())
        except (httpx.HTTPError, ValueError) as error:
            log.info("the registry does not tell of keys", reason=str(error)[:200] or type(error).__name__)
            raise _away() from error


def _away() -> UnavailableError:
    message = "The registry, which knows whose keys are good, does not answer. Try again in a moment."
    return UnavailableError(message, slug="unknown-key", retry_after=2)
