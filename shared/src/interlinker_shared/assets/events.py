"""Events that every block emits."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel

from interlinker_shared.assets.models import Context
from interlinker_shared.auth import Channel
from interlinker_shared.events import Event


class AssetOpened(Event):
    """People can take part."""

    name: ClassVar[str] = "asset.opened.v1"

    asset: UUID
    context: Context | None


class AssetClosed(Event):
    """Nobody can take part any more; the result is final."""

    name: ClassVar[str] = "asset.closed.v1"

    asset: UUID
    context: Context | None


class AssetDeleted(Event):
    """The asset is gone."""

    name: ClassVar[str] = "asset.deleted.v1"

    asset: UUID
    context: Context | None


class AssetPurged(Event):
    """What people contributed is gone for good; `result_kept` says whether the counts of the result can still be read."""

    name: ClassVar[str] = "asset.purged.v1"

    asset: UUID
    context: Context | None
    result_kept: bool


class ResultPublished(Event):
    """A final result can be read."""

    name: ClassVar[str] = "result.published.v1"

    asset: UUID
    context: Context | None
    version: int
    hash: str


class ItemWithdrawn(Event):
    """An item is gone; whoever took it over should let it go too."""

    name: ClassVar[str] = "item.withdrawn.v1"

    asset: UUID
    item: str


class ContributionMade(Event):
    """Somebody took part. Who, if known, is the envelope's `actor`; `items` are those of the result that it became part of."""

    name: ClassVar[str] = "contribution.made.v1"

    asset: UUID
    context: Context | None
    action: str
    items: list[str]
    channel: Channel


class WithdrawnItem(BaseModel):
    """What we read of another block's `item.withdrawn`."""

    asset: UUID
    item: str


COMMON_EVENTS: tuple[type[Event], ...] = (
    AssetOpened,
    AssetClosed,
    AssetDeleted,
    AssetPurged,
    ResultPublished,
    ItemWithdrawn,
    ContributionMade,
)
