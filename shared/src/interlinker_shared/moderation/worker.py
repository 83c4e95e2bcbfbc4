"""Restrictions that end by themselves: what was hidden until a day comes back on it."""

from __future__ import annotations

import asyncio

import structlog

from interlinker_shared.errors import DomainError
from interlinker_shared.moderation import store
from interlinker_shared.moderation.actions import lift_due
from interlinker_shared.moderation.kind import Kinds
from interlinker_shared.state import Kit

TICK_SECONDS = 5.0

log = structlog.get_logger()


async def run_ends(kinds: Kinds, kit: Kit) -> None:
    """Put things back until cancelled. The days are rows: nothing is forgotten over a restart."""
    while True:
        await end_due(kinds, kit)
        await asyncio.sleep(TICK_SECONDS)


async def end_due(kinds: Kinds, kit: Kit) -> None:
    """Put back what is due now."""
    now = kit.clock()
    for decision in await kit.db.read(store.due, now):
        try:
            await kit.db.write(lift_due, kinds, decision, now=now)
        except DomainError as error:  # one that cannot come back must not keep the others away
            log.warning("restriction not ended", decision=str(decision), reason=error.message)
