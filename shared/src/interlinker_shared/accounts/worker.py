"""The background task that answers requests for links: here, and not in the request, it shows whether there is an account."""

from __future__ import annotations

import asyncio
import contextlib

from interlinker_shared.accounts import actions, links
from interlinker_shared.accounts.letters import Writer
from interlinker_shared.state import Kit

IDLE_SECONDS = 60.0


class Desk:
    """Deals with requests for links, in the order they came."""

    def __init__(self, kit: Kit) -> None:
        """Listen to the commits of the kit's database."""
        self._kit = kit
        self._changed = asyncio.Event()
        kit.db.on_commit(self._on_commit)

    async def run(self) -> None:
        """Deal with them until cancelled."""
        while True:
            self._changed.clear()
            await self._round()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(IDLE_SECONDS):
                    await self._changed.wait()

    def _on_commit(self, signals: set[str]) -> None:
        if links.SIGNAL in signals:
            self._changed.set()

    async def _round(self) -> None:
        kit = self._kit
        while requests := await kit.db.read(links.asked):
            for request in requests:
                writer, open_to_all = Writer.of(kit), kit.settings.sign_up == "open"
                await kit.db.write(actions.deal_with, request, writer, sign_up=open_to_all, now=kit.clock())
