"""The asset contract, built once: a service describes its kind of asset and gets all of it."""

from interlinker_shared.assets.actions import contribute, require, require_open, require_shown, withdraw
from interlinker_shared.assets.changes import bury, touch
from interlinker_shared.assets.kind import AssetKind, Export
from interlinker_shared.assets.models import (
    Asset,
    AssetCreate,
    Context,
    Handover,
    Item,
    Result,
    ResultBody,
    Source,
    State,
)
from interlinker_shared.assets.store import AssetRow

__all__ = [
    "Asset",
    "AssetCreate",
    "AssetKind",
    "AssetRow",
    "Context",
    "Export",
    "Handover",
    "Item",
    "Result",
    "ResultBody",
    "Source",
    "State",
    "bury",
    "contribute",
    "require",
    "require_open",
    "require_shown",
    "touch",
    "withdraw",
]
