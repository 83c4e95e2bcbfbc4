"""Has other services erase a person, until each has; and asks them for what they hold, all at once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import structlog

from interlinker_gateway.actions import persons
from interlinker_gateway.registry import Directory
from interlinker_gateway.store import erasures
from interlinker_gateway.workers.blocks import Block, Client, NotNowError, RefusedError
from interlinker_shared.personal.elsewhere import Collected
from interlinker_shared.personal.models import Missing
from interlinker_shared.state import Kit

POLL_SECONDS = 5.0
FORGET_SECONDS = 3600.0
AT_ONCE = 4
ASK_SECONDS = 10.0
MOST_BYTES = 8 * 1024 * 1024

log = structlog.get_logger()


class Messenger:
    """Asks the services for as long as it runs; what is under way when it stops is asked again: to erase twice is no harm."""

    def __init__(self, kit: Kit, directory: Directory, client: Client) -> None:
        """Listens for commits that ask for an erasure."""
        self._kit = kit
        self._directory = directory
        self._client = client
        self._wake = asyncio.Event()
        kit.db.on_commit(self._on_commit)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._wake.clear()
            await self.round()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wake.wait()

    async def round(self) -> None:
        """Make all calls that are due, a few at a time."""
        slots = asyncio.Semaphore(AT_ONCE)

        async def make(call: erasures.Due) -> None:
            async with slots:
                await self._make(call)

        async with asyncio.TaskGroup() as group:
            for call in await self._kit.db.read(erasures.due, self._kit.clock()):
                group.create_task(make(call))
        await self._kit.db.write(erasures.forget_old, self._kit.clock())

    async def _make(self, call: erasures.Due) -> None:
        db, clock = self._kit.db, self._kit.clock
        try:
            await _block(self._kit, self._directory, self._client, call.service).erase(call.subject)
        except NotNowError as error:
            await db.write(persons.put_off, call, error.reason, now=clock(), after=error.after)
        except RefusedError as error:
            log.warning("a service refused to erase a person", service=call.service, reason=str(error))
            await db.write(persons.put_off, call, str(error), now=clock(), after=persons.LONGEST_PAUSE)
        else:
            await db.write(erasures.done, call, clock())

    def _on_commit(self, signals: set[str]) -> None:
        if erasures.SIGNAL in signals:
            self._wake.set()


async def run_erasures(kit: Kit, directory: Directory, client: Client) -> None:
    """Ask until cancelled."""
    await Messenger(kit, directory, client).run()


async def collect(kit: Kit, subject: str, *, directory: Directory, client: Client) -> Collected:
    """What every service holds, and those that did not say; at most `AT_ONCE` answers of `MOST_BYTES` are read at a time."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def ask(service: str) -> dict[str, Any] | Missing:
        try:
            async with slots, asyncio.timeout(ASK_SECONDS):
                return dict(await _block(kit, directory, client, service).subject(subject, MOST_BYTES))
        except (NotNowError, RefusedError, TimeoutError) as error:
            reason = str(error) or "it did not answer in time"
            return Missing(service=service, reason=reason, address=f"/i/{service}/subjects/{quote(subject, safe='')}")

    services = sorted(directory.services() - {kit.service})
    answers: Mapping[str, dict[str, Any] | Missing] = dict(
        zip(services, await asyncio.gather(*map(ask, services)), strict=True)
    )
    held = {service: answer for service, answer in answers.items() if not isinstance(answer, Missing)}
    return held, [answer for answer in answers.values() if isinstance(answer, Missing)]


def _block(kit: Kit, directory: Directory, client: Client, service: str) -> Block:
    instance = directory.serving(service)
    if instance is None:
        raise NotNowError("nobody offers it now")
    return Block(client(), instance, kit.services)
