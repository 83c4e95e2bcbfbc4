"""Writes on assets: their life, imports and results, the same in every block."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_shared.assets import store
from interlinker_shared.assets.changes import touch
from interlinker_shared.assets.events import (
    AssetClosed,
    AssetDeleted,
    AssetOpened,
    ContributionMade,
    ItemWithdrawn,
    ResultPublished,
)
from interlinker_shared.assets.kind import AssetKind
from interlinker_shared.assets.models import (
    Asset,
    AssetClone,
    AssetCreate,
    AssetPatch,
    Handover,
    Imported,
    ImportedItem,
    Item,
    Result,
    State,
)
from interlinker_shared.assets.withholding import WITHHELD, withhold
from interlinker_shared.auth import Channel, Principal, Role, check_role
from interlinker_shared.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    PreconditionError,
    UnavailableError,
)
from interlinker_shared.events import record
from interlinker_shared.gate import enter, refuse_locked
from interlinker_shared.grants.domain import path_of
from interlinker_shared.ids import new_id
from interlinker_shared.manifest import canonical_json, digest_of


class AssetClosedError(ConflictError):
    """The asset takes no more contributions."""

    slug = "asset-closed"


class AssetDraftError(ConflictError):
    """The asset is not open yet."""

    slug = "asset-draft"


class ResultPendingError(UnavailableError):
    """The asset is closed, and its result is still being computed."""

    slug = "result-pending"

    def __init__(self) -> None:
        """Whoever asks may come again in some seconds."""
        super().__init__("The result is being computed. Ask again in a moment.", retry_after=3)


RETENTION = frozenset({"retain_until", "retain_result"})
"""What of an asset only its owner changes, also once it is closed."""


class AssetOpenError(ConflictError):
    """What was asked can only be done to a draft."""

    slug = "asset-open"


def require(session: Session, asset_id: UUID) -> Asset:
    """The asset; NotFoundError when there is none that the caller may know of, ForbiddenError when she may not do this there."""
    asset = store.find(session, asset_id)
    if asset is None:
        raise NotFoundError
    return asset


def require_shown(session: Session, asset_id: UUID) -> None:
    """The same for those who need nothing of it."""
    if not store.pass_by(session, asset_id):
        raise NotFoundError


def require_open(session: Session, asset_id: UUID, now: datetime) -> Asset:
    """The asset if it takes contributions at `now`; AssetClosedError or AssetDraftError otherwise."""
    asset = require(session, asset_id)
    if asset.state is State.DRAFT:
        message = "This is not open yet."
        raise AssetDraftError(message)
    if asset.state is State.CLOSED or (asset.closes_at is not None and asset.closes_at <= now):
        message = "This is closed: nobody can take part any more."
        raise AssetClosedError(message)
    return asset


def create_asset(session: Session, kind: AssetKind, body: AssetCreate, *, by: str | None, now: datetime) -> Asset:
    """A new draft; raises InvalidError when `config` is not what the kind takes."""
    asset = _add(session, kind, body, kind.check_config(body.config), by=by, now=now)
    kind.on_create(session, asset, now)
    return asset


def clone_asset(
    session: Session, kind: AssetKind, asset_id: UUID, body: AssetClone, *, by: str | None, now: datetime
) -> Asset:
    """A new draft like the asset, without what people contributed to it."""
    original = require(session, asset_id)
    create = AssetCreate(
        title=body.title or original.title,
        language=original.language,
        closes_at=body.closes_at,
        context=body.context,
        visibility=original.visibility,
        retain_result=original.retain_result,
    )
    asset = _add(session, kind, create, original.config, by=by, now=now)
    kind.on_create(session, asset, now)
    return asset


def change_asset(
    session: Session,
    kind: AssetKind,
    asset_id: UUID,
    body: AssetPatch,
    *,
    version: int,
    by: Principal,
    now: datetime,
) -> Asset:
    """Change an asset that is still at `version`; PreconditionError otherwise."""
    asset = require(session, asset_id)
    expect_version(asset, version)
    values = {name: getattr(body, name) for name in body.model_fields_set}
    if asset.state is State.CLOSED and values.keys() - RETENTION:
        message = "This is closed: it cannot be changed any more."
        raise AssetClosedError(message)
    if values.keys() & RETENTION:
        check_role(by.on(asset.path), Role.OWNER)
    if body.config is not None:
        values["config"] = _changed_config(session, kind, asset, body.config)
    _check_dates(asset, values, now)
    return _change(session, kind, asset, values)


def open_asset(session: Session, kind: AssetKind, asset_id: UUID, *, now: datetime) -> Asset:
    """Let people take part. Opening an open asset changes nothing."""
    asset = require(session, asset_id)
    if asset.state is State.OPEN:
        return asset
    if asset.state is State.CLOSED:
        message = "This is closed and stays so. Clone it to begin again."
        raise AssetClosedError(message)
    if asset.closes_at is not None and asset.closes_at <= now:
        message = "Its closing time is over; set a later one first."
        raise InvalidError(message, slug="closes-in-the-past", pointer="/closes_at")
    opened = _change(session, kind, asset, {"state": State.OPEN, "opened_at": now})
    kind.on_open(session, opened, now)
    record(session, AssetOpened(asset=asset.id, context=asset.context), aggregate=asset.id, now=now)
    return opened


def close_asset(session: Session, kind: AssetKind, asset_id: UUID, *, now: datetime) -> Asset:
    """End participation and publish the result. Closing a closed asset changes nothing."""
    asset = require(session, asset_id)
    if asset.state is State.CLOSED:
        return asset
    if asset.state is State.DRAFT:
        message = "This was never opened, so there is nothing to close."
        raise AssetDraftError(message)
    kind.on_close(session, asset, now)
    closed = _change(session, kind, asset, {"state": State.CLOSED, "closed_at": now})
    record(session, AssetClosed(asset=asset.id, context=asset.context), aggregate=asset.id, now=now)
    publish_result(session, kind, asset.id, now=now)
    return closed


def publish_result(session: Session, kind: AssetKind, asset_id: UUID, *, now: datetime) -> None:
    """Keep the final result of a closed asset, if it can be built by now and is not kept yet, and tell that it is there."""
    asset = store.find(session, asset_id)
    if asset is None or asset.state is not State.CLOSED or store.final_result(session, asset.id) is not None:
        return
    result = build_result(session, kind, asset, now=now)
    if result is not None:
        store.add_result(session, result)
        published = ResultPublished(asset=asset.id, context=asset.context, version=result.version, hash=result.hash)
        record(session, published, aggregate=asset.id, now=now)


def delete_asset(session: Session, kind: AssetKind, asset_id: UUID, *, version: int | None, now: datetime) -> None:
    """Leave a tombstone."""
    asset = require(session, asset_id)
    if version is not None:
        expect_version(asset, version)
    entomb(session, kind, asset, now=now)


def entomb(session: Session, kind: AssetKind, asset: Asset, *, now: datetime) -> None:
    """Leave a tombstone of an asset; what people contributed to it is purged later."""
    kind.on_delete(session, asset, now)
    store.change(session, asset, {"deleted_at": now, "purged_at": None})
    touch(session, kind.singular, asset.id, None)
    record(session, AssetDeleted(asset=asset.id, context=asset.context), aggregate=asset.id, now=now)


def fire_due(session: Session, kind: AssetKind, asset_id: UUID, *, now: datetime) -> None:
    """Open or close an asset whose time has come; somebody may have been faster, then nothing happens."""
    asset = store.find(session, asset_id)
    if asset is None:
        return
    if asset.state is State.DRAFT and asset.opens_at is not None and asset.opens_at <= now:
        open_asset(session, kind, asset_id, now=now)
    elif asset.state is State.OPEN and asset.closes_at is not None and asset.closes_at <= now:
        close_asset(session, kind, asset_id, now=now)


def import_items(session: Session, kind: AssetKind, asset_id: UUID, body: Handover, *, now: datetime) -> Imported:
    """Take items over from an earlier step; each (handover, item) once, however often it is sent."""
    asset = require(session, asset_id)
    if asset.state is State.CLOSED:
        message = "This is closed: it takes nothing over any more."
        raise AssetClosedError(message)
    known = store.imported(session, asset.id, body.handover, [item.id for item in body.items])
    new = [item for item in body.items if item.id not in known]
    gone = _gone(session, new)
    silent = [_without_words(item) if item.id in gone else item for item in new]
    ids = list(kind.import_items(session, asset, silent, now)) if new else []
    store.add_imports(
        session, [_import_row(asset, body.handover, item, here) for item, here in zip(new, ids, strict=True)]
    )
    taken = {item.id: local for item, local in zip(new, ids, strict=True)}
    for item in sorted(gone):
        assert kind.withdraw_item is not None, "who hears of withdrawals can withdraw"  # noqa: S101 - narrows the type
        kind.withdraw_item(session, require(session, asset.id), taken[item], now)
    here = known | taken
    entries = [
        ImportedItem(id=item.id, item=here[item.id], status="known" if item.id in known else "created")
        for item in body.items
    ]
    return Imported(handover=body.handover, created=len(new), known=len(known), items=entries)


def contribute(
    session: Session,
    asset: Asset,
    who: Principal,
    *,
    action: str,
    items: Iterable[UUID | str] = (),
    now: datetime,
    channel: Channel | None = None,
) -> None:
    """Record that `who` took part: the gateway learns whom to tell what became of it."""
    event = ContributionMade(
        asset=asset.id,
        context=asset.context,
        action=action,
        items=[str(item) for item in items],
        channel=channel or who.channel,
    )
    record(session, event, aggregate=asset.id, actor=who.subject, now=now)


def withdraw(session: Session, asset: Asset, item: UUID | str, *, now: datetime) -> None:
    """Record that an item is gone, so that later steps let it go too; a final result is published anew without its words."""
    record(session, ItemWithdrawn(asset=asset.id, item=str(item)), aggregate=asset.id, now=now)
    withhold(session, asset.id, item, now=now)


def read_result(session: Session, kind: AssetKind, asset_id: UUID, *, now: datetime) -> str:
    """The result as JSON: final once closed, provisional before; ForbiddenError while it is hidden."""
    asset = require(session, asset_id)
    document = store.final_result(session, asset.id)
    if document is not None:
        return document
    if asset.state is not State.CLOSED and kind.result_hidden(asset):
        message = "The result can be seen once this is closed."
        raise ForbiddenError(message, slug="result-hidden")
    result = build_result(session, kind, asset, now=now)
    if result is None:
        raise ResultPendingError
    return result.model_dump_json(exclude_none=True)


def build_result(session: Session, kind: AssetKind, asset: Asset, *, now: datetime) -> Result | None:
    """Compute the result as it is now; None while it is computed elsewhere."""
    body = kind.build_result(session, asset)
    if body is None:
        return None
    content = canonical_json(body.model_dump(mode="json", exclude_none=True))
    return Result(
        asset=asset.id,
        status="final" if asset.state is State.CLOSED else "provisional",
        version=1 if asset.state is State.CLOSED else 0,
        schema_id=f"{session.info['service']}.result.v1",
        hash=digest_of(content),
        computed_at=now,
        items=body.items,
        counts=body.counts,
    )


def expect_version(asset: Asset, version: int) -> None:
    """PreconditionError unless the asset is still at the version that the caller has seen."""
    if asset.version != version:
        message = f"This was changed meanwhile (version {asset.version}, not {version}). Read it again, then repeat your change."
        raise PreconditionError(message)


def _add(
    session: Session, kind: AssetKind, body: AssetCreate, config: dict[str, Any], *, by: str | None, now: datetime
) -> Asset:
    refuse_locked(session)
    _check_future(body.retain_until, now)
    context = body.context
    enter(session, path_of(process=context.process if context else None, task=context.task if context else None))
    values: dict[str, Any] = {
        "id": new_id(),
        "title": body.title,
        "config": config,
        "language": body.language,
        "state": State.DRAFT,
        "opens_at": body.opens_at,
        "closes_at": body.closes_at,
        "process": context.process if context else None,
        "task": context.task if context else None,
        "visibility": body.visibility,
        "retain_until": body.retain_until,
        "retain_result": body.retain_result,
        "version": 1,
        "created_at": now,
        "created_by": by,
    }
    store.add(session, values)
    asset = require(session, values["id"])
    touch(session, kind.singular, asset.id, _public(asset))
    return asset


def _change(session: Session, kind: AssetKind, asset: Asset, values: dict[str, Any]) -> Asset:
    store.change(session, asset, values)
    changed = require(session, asset.id)
    touch(session, kind.singular, asset.id, _public(changed))
    return changed


def _public(asset: Asset) -> dict[str, Any]:
    return asset.model_dump(mode="json")


def _changed_config(session: Session, kind: AssetKind, asset: Asset, config: dict[str, Any]) -> dict[str, Any]:
    checked = kind.check_config(config)
    if asset.state is not State.DRAFT and checked != asset.config:
        if kind.check_change is None:
            message = "The configuration is fixed once people can take part. Clone it to begin anew with another one."
            raise AssetOpenError(message)
        kind.check_change(session, asset, checked)
    return checked


def _check_dates(asset: Asset, values: dict[str, Any], now: datetime) -> None:
    opens_at, closes_at = values.get("opens_at", asset.opens_at), values.get("closes_at", asset.closes_at)
    if opens_at and closes_at and closes_at <= opens_at:
        message = "The closing time must be after the opening time."
        raise InvalidError(message, slug="closes-before-it-opens", pointer="/closes_at")
    retain_until = values.get("retain_until", asset.retain_until)
    if retain_until and closes_at and retain_until < closes_at:
        message = "What people contribute must be kept until the closing time at least."
        raise InvalidError(message, slug="purged-before-it-closes", pointer="/retain_until")
    _check_future(values.get("retain_until"), now)


def _check_future(retain_until: datetime | None, now: datetime) -> None:
    """Nobody deletes what others wrote by a slip of the year: for that there is DELETE."""
    if retain_until is not None and retain_until <= now:
        message = "This time is over. Choose a later one, or delete it."
        raise InvalidError(message, slug="purged-in-the-past", pointer="/retain_until")


def _gone(session: Session, items: Iterable[Item]) -> set[str]:
    """Those that were withdrawn where they come from while the call that brings them was under way."""
    sources = {item.id: (one.interlinker, one.asset, one.item) for item in items if (one := item.source) is not None}
    gone = store.withdrawn_elsewhere(session, set(sources.values()))
    return {item for item, source in sources.items() if source in gone}


def _without_words(item: Item) -> Item:
    return Item.model_validate({"id": item.id, "source": item.source, "title": WITHHELD, "language": item.language})


def _import_row(asset: Asset, handover: str, item: Item, here: str) -> dict[str, Any]:
    source = item.source
    return {
        "asset_id": asset.id,
        "handover": handover,
        "source_id": item.id,
        "item": here,
        "source_interlinker": source.interlinker if source else None,
        "source_asset": source.asset if source else None,
        "source_item": source.item if source else None,
    }
