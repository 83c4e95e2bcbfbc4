"""A pull that does not pause: more is asked for before what came is dealt with."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error

from interlinker_shared.subjects import STREAM

EXPIRES_SECONDS = 20.0
SILENCE_SECONDS = EXPIRES_SECONDS + 5
LOOK_SECONDS = 5.0
DRAIN_SECONDS = 1.0
WINDOW = 512
STATUS = "Status"
PENDING = "Nats-Pending-Messages"


class PullEndedError(Error):
    """The server ended the subscription: the consumer is gone, or its leader went elsewhere."""


class Pull:
    """Messages of a durable consumer, handed to `take` as they come, at most `WINDOW` of them not `done`."""

    def __init__(self, client: Client, durable: str, take: Callable[[Msg], None]) -> None:
        """Nothing is asked for before `run`."""
        self._client = client
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{durable}"
        self._inbox = client.new_inbox()
        self._take = take
        self._asked = 0
        self._open = 0
        self._heard = time.monotonic()
        self._ended = ""
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Pull until cancelled; raises NATS_ERRORS when the server falls silent or ends it.

        However it ends, everything that the server had sent was taken before, and it sends nothing more.
        """
        subscription = await self._client.subscribe(self._inbox, cb=self._on_message)
        try:
            await self._keep_asking()
        finally:
            with contextlib.suppress(Error, OSError, TimeoutError):  # the connection may be what broke
                async with asyncio.timeout(DRAIN_SECONDS):
                    await subscription.drain()  # type: ignore[no-untyped-call] # the library has no types there

    def done(self, count: int) -> None:
        """So many messages need no place any more."""
        self._open -= count
        if self._asked <= (WINDOW - self._open) // 2:
            self._wake.set()

    async def _keep_asking(self) -> None:
        while True:
            if self._asked <= (WINDOW - self._open) // 2:
                await self._ask(WINDOW - self._open - self._asked)
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._wake.wait()
            self._check()

    async def _ask(self, count: int) -> None:
        if count > 0:
            self._asked += count
            self._heard = time.monotonic()
            request = {"batch": count, "expires": int(EXPIRES_SECONDS * 1e9)}
            await self._client.publish(self._subject, json.dumps(request).encode(), reply=self._inbox)

    async def _on_message(self, message: Msg) -> None:
        self._heard = time.monotonic()
        status = (message.headers or {}).get(STATUS)
        if status is None:
            self._asked, self._open = self._asked - 1, self._open + 1
            self._take(message)
        elif status in ("404", "408", "409") and PENDING in (message.headers or {}):
            self._asked -= int((message.headers or {})[PENDING])
        else:
            self._ended = (message.headers or {}).get("Description", status)
        if status is not None or self._asked <= (WINDOW - self._open) // 2:
            self._wake.set()

    def _check(self) -> None:
        if self._ended:
            raise PullEndedError(self._ended)
        if self._asked > 0 and time.monotonic() - self._heard > SILENCE_SECONDS:
            message = "the broker is silent"
            raise TimeoutError(message)
