"""Due dates: assets open and close by themselves, within two seconds of their time."""

from __future__ import annotations

import asyncio

import structlog

from interlinker_shared.assets import store
from interlinker_shared.assets.actions import fire_due
from interlinker_shared.errors import DomainError
from interlinker_shared.state import Kit

TICK_SECONDS = 1.0

log = structlog.get_logger()


async def run_due_dates(kit: Kit) -> None:
    """Fire due dates until cancelled. The dates are rows: nothing is forgotten over a restart."""
    while True:
        await fire(kit)
        await asyncio.sleep(TICK_SECONDS)


async def fire(kit: Kit) -> None:
    """Open and close what is due now."""
    assert kit.assets is not None, "a service without assets has no due dates"  # noqa: S101
    now = kit.clock()
    for asset in await kit.db.read(store.due, now):
        try:
            await kit.db.write(fire_due, kit.assets, asset.id, now=now)
        except DomainError as error:  # one that cannot open must not keep the others from their time
            log.warning("due date not kept", asset=str(asset.id), reason=error.message)
