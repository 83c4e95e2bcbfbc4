"""What people contributed is not kept for ever: once its time is over it is deleted for good, a few hundred rows a write."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from interlinker_shared.assets import store
from interlinker_shared.assets.actions import close_asset, entomb, require
from interlinker_shared.assets.changes import touch
from interlinker_shared.assets.events import AssetPurged
from interlinker_shared.assets.kind import AssetKind
from interlinker_shared.assets.models import State
from interlinker_shared.assets.withholding import keep_figures
from interlinker_shared.errors import DomainError
from interlinker_shared.events import record
from interlinker_shared.grants import store as grants
from interlinker_shared.grants.domain import Depth
from interlinker_shared.moderation.store import forget_asset
from interlinker_shared.state import Kit

TICK_SECONDS = 10.0
PURGED_AT_ONCE = 500
"""Rows that one write deletes at most (of posts in 20 ms); between two of them others write."""

log = structlog.get_logger()


async def run_retention(kit: Kit) -> None:
    """Purge what is due until cancelled. The dates are rows, and a purge goes on where it was: nothing is forgotten over a restart."""
    while True:
        await retire(kit)
        await asyncio.sleep(TICK_SECONDS)


async def retire(kit: Kit) -> None:
    """Date what has closed, take what is over out of sight, and purge it."""
    assert kit.assets is not None, "a service without assets keeps no contributions"  # noqa: S101
    now = kit.clock()
    if kit.settings.retention is not None:
        for asset_id in await kit.db.read(store.undated):
            await kit.db.write(date_closed, kit.assets, asset_id, kept=kit.settings.retention)
    for asset_id in await kit.db.read(store.expired, now):
        try:
            await kit.db.write(expire, kit.assets, asset_id, now=now)
        except DomainError as error:  # one that cannot close must not keep the others for longer
            log.warning("asset is kept for too long", asset=str(asset_id), reason=error.message)
    for asset_id in await kit.db.read(store.to_purge, now, now - kit.settings.deleted_retention):
        while await kit.db.write(purge_some, kit.assets, asset_id, now=now):
            pass


def date_closed(session: Session, kind: AssetKind, asset_id: UUID, *, kept: timedelta) -> None:
    """Say until when a closed asset is kept: from then on that is a promise, whatever the block is set to later."""
    asset = store.find(session, asset_id)
    if asset is None or asset.closed_at is None or asset.retain_until is not None:
        return
    store.change(session, asset, {"retain_until": asset.closed_at + kept})
    touch(session, kind.singular, asset.id, require(session, asset.id).model_dump(mode="json"))


def expire(session: Session, kind: AssetKind, asset_id: UUID, *, now: datetime) -> None:
    """Leave a tombstone of an asset whose time is over, unless its figures stay; what is still open closes before."""
    asset = store.find(session, asset_id)
    if asset is None or asset.retain_until is None or asset.retain_until > now:
        return
    if asset.state is State.OPEN:
        asset = close_asset(session, kind, asset.id, now=now)
    if asset.state is State.DRAFT or not asset.retain_result:
        entomb(session, kind, asset, now=now)


def purge_some(
    session: Session, kind: AssetKind, asset_id: UUID, *, now: datetime, limit: int = PURGED_AT_ONCE
) -> bool:
    """Delete up to `limit` rows of what belongs to an asset; False once nothing is left to delete."""
    row = store.remains(session, asset_id)
    if row is None:
        return False
    if kind.on_purge(session, asset_id, limit) or store.purge_imports(session, asset_id, limit):
        return True
    _finish(session, kind, row, now)
    return False


def _finish(session: Session, kind: AssetKind, row: Any, now: datetime) -> None:
    """Let go of what is small, and say that the asset is purged."""
    forget_asset(session, row.id)
    grants.remove_scopes(session, [f"{Depth.ASSET}:{row.id}"])
    result_kept = row.deleted_at is None
    left: dict[str, Any] = {"purged_at": now, "created_by": None}
    if result_kept:
        keep_figures(session, kind, row.id, now=now)
    else:
        store.forget_result(session, row.id)
        left |= {"title": "", "config": {}}
    store.empty_out(session, row, left)
    asset = store.as_asset(row)
    touch(session, kind.singular, row.id, require(session, row.id).model_dump(mode="json") if result_kept else None)
    event = AssetPurged(asset=row.id, context=asset.context, result_kept=result_kept)
    record(session, event, aggregate=row.id, now=now)
