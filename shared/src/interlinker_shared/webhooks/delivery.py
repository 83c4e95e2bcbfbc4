"""The channels of one service: one for each webhook that is enabled, begun anew when it is changed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Self
from uuid import UUID

import structlog

from interlinker_shared.outgoing import OutgoingPolicy
from interlinker_shared.state import Kit
from interlinker_shared.webhooks.channel import Channel
from interlinker_shared.webhooks.sending import Sender
from interlinker_shared.webhooks.store import Target

RESTART_SECONDS = 1.0

log = structlog.get_logger()


class Deliveries:
    """Runs channels beside one another: a receiver that is slow or away holds up no other one."""

    def __init__(self, kit: Kit) -> None:
        """Use it as a context manager."""
        self._kit = kit
        self._sender = Sender(kit.service, OutgoingPolicy.of(kit.settings))
        self._running: dict[tuple[UUID, int], tuple[Channel, asyncio.Task[None]]] = {}

    async def __aenter__(self) -> Self:
        """Nothing runs until `follow` says what."""
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """End all channels; each notes how far it has come."""
        await self.follow([])
        await self._sender.close()

    def wake(self) -> None:
        """There may be events to deliver."""
        for channel, _ in self._running.values():
            channel.wake.set()

    async def follow(self, targets: Sequence[Target]) -> bool:
        """Let exactly these run. Returns whether there are any."""
        wanted = {(target.id, target.version): target for target in targets}
        ended = [self._running.pop(key)[1] for key in self._running.keys() - wanted.keys()]
        for task in ended:
            task.cancel()
        await asyncio.gather(*ended, return_exceptions=True)
        for key in wanted.keys() - self._running.keys():
            channel = Channel(wanted[key], self._kit, self._sender)
            self._running[key] = channel, asyncio.create_task(_keep_running(channel))
        return bool(self._running)


async def _keep_running(channel: Channel) -> None:
    while True:
        try:
            await channel.run()
        except Exception:
            log.exception("webhook broke", webhook=str(channel.target.id))
            await asyncio.sleep(RESTART_SECONDS)
        else:
            return
