"""Looks after what may have been missed: asks blocks where their assets stand, and reads their recorded events."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import structlog
from pydantic import ValidationError
from sqlalchemy.orm import Session

from interlinker_gateway.actions.news import asset_closed, asset_deleted
from interlinker_gateway.registry import Directory
from interlinker_gateway.store import processes, records
from interlinker_gateway.workers.blocks import Block, Client, NotNowError, RefusedError
from interlinker_shared.events.envelope import Envelope
from interlinker_shared.state import Kit

WITHOUT_BROKER_SECONDS = 2.0
PAGE = 500

log = structlog.get_logger()


async def run_reconciliation(kit: Kit, directory: Directory, client: Client, seconds: float) -> None:
    """Look round until cancelled, more often where no broker brings the news."""
    while True:
        await asyncio.sleep(seconds if kit.broker is not None else min(seconds, WITHOUT_BROKER_SECONDS))
        await look_round(kit, directory, client)


async def look_round(kit: Kit, directory: Directory, client: Client) -> None:
    """One look at every asset that people take part in."""
    by_service: defaultdict[str, list[str]] = defaultdict(list)
    for _, _, asset, service in await kit.db.read(processes.active_assets):
        by_service[service].append(asset)
    for service, assets in by_service.items():
        instance = directory.serving(service)
        if instance is None:
            continue
        block = Block(client(), instance, kit.services)
        try:
            await _look_at(kit, block, assets)
        except (NotNowError, RefusedError) as error:
            log.info("could not look at a block", service=service, reason=str(error))


async def _look_at(kit: Kit, block: Block, assets: list[str]) -> None:
    states = {asset: await block.state_of(asset) for asset in assets}
    ended = [asset for asset, state in states.items() if state in {"closed", "deleted"}]
    if ended:
        await catch_up(kit, block)
    for asset in ended:
        await kit.db.write(asset_closed if states[asset] == "closed" else asset_deleted, asset, now=kit.clock())


async def catch_up(kit: Kit, block: Block) -> None:
    """Read what the block has recorded up to now; what the broker brought already is known and changes nothing."""
    base_url = block.instance.base_url
    after = await kit.db.read(records.feed_position, base_url)
    while True:
        events, following = await block.events(after, PAGE)
        await kit.db.write(_take, kit, events)
        await kit.db.write(records.set_feed_position, base_url, following)
        if len(events) < PAGE:
            return
        after = following


def _take(session: Session, kit: Kit, events: list[dict[str, object]]) -> None:
    """As if the broker had brought them: the inbox lets each take effect once, whichever way it came."""
    for event in events:
        try:
            envelope = Envelope.model_validate(event)
        except ValidationError:
            log.exception("not an event", event=event.get("id"))
            continue
        if kit.inbox.takes(envelope):
            kit.inbox.take(session, [envelope], kit.clock())
