"""Somebody else's server that takes webhooks, and a service that is told to call it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from shared.tests.boxes import Box, fill

from interlinker_shared.db import Database
from interlinker_shared.ids import new_id
from interlinker_shared.testing import eventually

Answer = Callable[["Message"], web.Response]
LOOPBACK = {"webhook_allowed_networks": "127.0.0.0/8", "webhook_allow_http": True}


@dataclass(frozen=True)
class Message:
    """One request that came in."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.body)
        return event

    @property
    def number(self) -> int:
        """The number that the box was filled with."""
        number: int = self.event["data"]["number"]
        return number

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """Remembers what came, and answers as `answer` says: 204 unless told otherwise."""

    url: str = ""
    answer: Answer = lambda _message: web.Response(status=204)
    seen: list[Message] = field(default_factory=list)
    taken: list[Message] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.Response:
        message = Message({name.lower(): value for name, value in request.headers.items()}, await request.read())
        self.seen.append(message)
        response = self.answer(message)
        if response.status < 300:
            self.taken.append(message)
        self.changed.set()
        return response

    @property
    def numbers(self) -> list[int]:
        return [message.number for message in self.taken]

    def by_aggregate(self) -> dict[str, list[int]]:
        """The `aggseq` of what was taken, once each and in the order of arrival, by aggregate."""
        found: dict[str, list[int]] = {}
        firsts: dict[str, Message] = {}
        for message in self.taken:
            if firsts.setdefault(message.id, message) is message:
                found.setdefault(message.event["subject"], []).append(message.event["aggseq"])
        return found

    async def has(self, count: int, *, within: float = 10.0) -> None:
        """Return when so many messages were taken."""
        await self.until(lambda: len(self.taken) >= count, within=within)

    async def has_seen(self, count: int) -> None:
        """Return when so many messages have come, taken or not."""
        await self.until(lambda: len(self.seen) >= count)

    async def until(self, holds: Callable[[], bool], *, within: float = 10.0) -> None:
        async with asyncio.timeout(within):
            while not holds():
                self.changed.clear()
                await self.changed.wait()


@contextlib.asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver behind a real socket of the loopback address."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/{tail:.*}", receiver.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = f"{site.name}/events"
    try:
        yield receiver
    finally:
        await runner.cleanup()


def answers(*statuses: int, **headers: str) -> Answer:
    """Answer with these statuses one after another, the last one for ever."""
    left = list(statuses)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _message: web.Response(status=left.pop(0) if len(left) > 1 else left[0], headers=named)


async def add_webhook(box: Box, url: str, **fields: Any) -> dict[str, Any]:
    """A webhook to `url`, with its secret."""
    answer = await box.ask("POST", "/webhooks", json={"url": url} | fields)
    webhook: dict[str, Any] = answer.raise_for_status().json()
    return webhook


async def read_webhook(box: Box, webhook: dict[str, Any]) -> dict[str, Any]:
    """The webhook as it is now."""
    found: dict[str, Any] = (await box.ask("GET", f"/webhooks/{webhook['id']}")).raise_for_status().json()
    return found


async def becomes(box: Box, webhook: dict[str, Any], **expected: Any) -> dict[str, Any]:
    """Return the webhook once it has these values."""

    async def holds() -> bool:
        found = await read_webhook(box, webhook)
        return {name: found[name] for name in expected} == expected

    await eventually(holds, within=10)
    return await read_webhook(box, webhook)


async def try_at_once(box: Box, webhook: dict[str, Any]) -> None:
    """Let a webhook begin anew, without waiting for its next try: any change does."""
    version = (await read_webhook(box, webhook))["version"]
    headers = {"If-Match": f'"{version}"'}
    answer = await box.ask("PATCH", f"/webhooks/{webhook['id']}", json={"description": "Again"}, headers=headers)
    answer.raise_for_status()


async def fill_boxes(db: Database, *numbers: int, boxes: int = 1) -> None:
    """Fill so many boxes with the numbers by turns, one transaction each."""
    ids = [new_id() for _ in range(boxes)]
    await asyncio.gather(*(db.write(fill, ids[at % boxes], number) for at, number in enumerate(numbers)))
