"""The background task: sleeps while there is no webhook, and keeps one channel running for each that is enabled."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from interlinker_shared.events import outbox
from interlinker_shared.state import Kit
from interlinker_shared.webhooks import store

if TYPE_CHECKING:
    from interlinker_shared.webhooks.delivery import Deliveries

IDLE_SECONDS = 60.0  # a look at the table now and then, should a signal of another replica get lost
POLL_SECONDS = 5.0  # the same for events, once there is somebody to send them to


class Worker:
    """Wakes when webhooks or events are committed."""

    def __init__(self, kit: Kit) -> None:
        """Listen to the commits of the kit's database."""
        self._kit = kit
        self._changed = asyncio.Event()
        self._deliveries: Deliveries | None = None
        kit.db.on_commit(self._on_commit)

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            self._changed.clear()
            if await self._kit.db.read(store.any_enabled):
                await self._deliver()
            else:
                await _wait(self._changed, IDLE_SECONDS)

    def _on_commit(self, signals: set[str]) -> None:
        if store.SIGNAL in signals:
            self._changed.set()
        if outbox.SIGNAL in signals and self._deliveries is not None:
            self._deliveries.wake()

    async def _deliver(self) -> None:
        from interlinker_shared.webhooks.delivery import Deliveries  # noqa: PLC0415 - loads an HTTP client

        async with Deliveries(self._kit) as deliveries:
            self._deliveries = deliveries
            try:
                while await deliveries.follow(await self._read_targets()):
                    await _wait(self._changed, POLL_SECONDS)
                    deliveries.wake()
            finally:
                self._deliveries = None

    async def _read_targets(self) -> list[store.Target]:
        self._changed.clear()
        return await self._kit.db.read(store.targets)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
