"""Tells when a phase begins or ends. What people may do never waits for it: that is decided by the time of their request."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_ideation import store
from interlinker_ideation.events import PhaseBegan, PhaseEnded
from interlinker_ideation.phases import PhaseKind, edges
from interlinker_ideation.wire import CampaignConfig
from interlinker_shared.assets.store import find
from interlinker_shared.events import record
from interlinker_shared.state import Kit

TICK_SECONDS = 1.0

Edge = tuple[datetime, PhaseKind, bool]


class Clockwork:
    """What it has told in this life of the service is in memory, what was told ever is in a table."""

    def __init__(self) -> None:
        self._known: dict[UUID, tuple[int, list[Edge]]] = {}

    async def tick(self, kit: Kit) -> None:
        """Tell of every beginning and end that lies in the past and that nobody was told of."""
        now = kit.clock()
        await self._learn(kit)
        for campaign, (version, ahead) in self._known.items():
            due = [edge for edge in ahead if edge[0] <= now]
            if due:
                await kit.db.write(tell, campaign, due, now=now)
                self._known[campaign] = (version, [edge for edge in ahead if edge[0] > now])

    async def _learn(self, kit: Kit) -> None:
        """Read the configurations that changed; a change counts the version of its campaign up."""
        versions = await kit.db.read(store.open_campaigns)
        changed = {one for one, version in versions.items() if self._known.get(one, (None,))[0] != version}
        found = await kit.db.read(store.configurations, changed) if changed else []
        self._known = {one: known for one, known in self._known.items() if one in versions}
        for one, config in found:
            self._known[one] = (versions[one], edges(CampaignConfig.model_validate(config).phases))


def tell(session: Session, campaign_id: UUID, due: Sequence[Edge], *, now: datetime) -> None:
    """Record what began and what ended, each once; pages that are kept are rendered anew."""
    campaign = find(session, campaign_id)
    if campaign is None:
        return
    for at, kind, begins in due:
        if store.note_told(session, campaign.id, at, kind, begins=begins):
            event = PhaseBegan if begins else PhaseEnded
            record(session, event(campaign=campaign.id, phase=kind), aggregate=campaign.id, now=now)


async def run_phases(kit: Kit) -> None:
    """Tick until cancelled. The dates are rows: nothing is forgotten over a restart."""
    clockwork = Clockwork()
    while True:
        await clockwork.tick(kit)
        await asyncio.sleep(TICK_SECONDS)
