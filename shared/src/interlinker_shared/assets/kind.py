"""`AssetKind`: what a service says about its assets; everything else about them is shared's work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from interlinker_shared.assets.models import Asset, Item, ResultBody
from interlinker_shared.auth import Role
from interlinker_shared.errors import FieldError, InvalidError, plain, pointer

Hook = Callable[[Session, Asset, datetime], None]
Purge = Callable[[Session, UUID, int], int]


def _nothing(_session: Session, _asset: Asset, _now: datetime) -> None:
    return None


def _holds_nothing(_session: Session, _asset: UUID, _limit: int) -> int:
    return 0


def _no_item(_item: Item) -> Item | None:
    return None


def _never(_asset: Asset) -> bool:
    return False


@dataclass(frozen=True)
class Export:
    """One export format: `write(session, asset)` yields bytes; `role` is who may have it."""

    media_type: str
    write: Callable[[Session, Asset], Iterator[bytes]]
    role: Role = Role.MODERATOR


@dataclass(frozen=True)
class AssetKind:
    """One kind of asset. The functions are plain, synchronous and run inside shared's transaction."""

    path: str
    """First path segment, in the plural: `/pledges`."""
    singular: str
    config: type[BaseModel]
    """The model that `config` of an asset must satisfy."""
    result_schema: dict[str, Any]
    """JSON Schema of the result's `items` and `counts`."""
    build_result: Callable[[Session, Asset], ResultBody | None]
    """The result as it is now. None of a closed asset: it is still being computed, and `publish_result` follows."""
    import_items: Callable[[Session, Asset, Sequence[Item], datetime], Sequence[str]]
    """Take new items; return the id each one has here, in the same order."""
    export_subject: Callable[[Session, str], dict[str, Any]]
    erase_subject: Callable[[Session, str, datetime], None]
    exports: Mapping[str, Export] = field(default_factory=dict)
    on_create: Hook = _nothing
    on_open: Hook = _nothing
    on_close: Hook = _nothing
    on_delete: Hook = _nothing
    on_purge: Purge = _holds_nothing
    """Delete for good up to so many rows of what people contributed to an asset, which may be a tombstone; say how many.

    It is called in a write of its own until it says 0, also after a crash in between.
    """
    aggregate: Callable[[Item], Item | None] = _no_item
    """What of an item of a final result stays when everything else is purged: figures that nobody's words are part of."""
    withdraw_item: Callable[[Session, Asset, str, datetime], None] | None = None
    """An item that was imported has been withdrawn where it came from."""
    result_hidden: Callable[[Asset], bool] = _never
    """Whether nobody may see a provisional result before the asset closes."""
    check_change: Callable[[Session, Asset, dict[str, Any]], None] | None = None
    """Refuse (raise ConflictError) a change of config of an open asset; without it, config is fixed from opening on."""

    def location(self, asset_id: object) -> str:
        """Where an asset is, relative to the address that creates one."""
        return f"{self.path.strip('/')}/{asset_id}"

    def check_config(self, config: dict[str, Any]) -> dict[str, Any]:
        """The config with its defaults filled in; raises InvalidError with pointers below `/config`."""
        try:
            return self.config.model_validate(config).model_dump(mode="json")
        except ValidationError as error:
            found = [
                FieldError(pointer("config", *_where(e["loc"], config)), plain(e["msg"]), e["type"])
                for e in error.errors()
            ]
            raise InvalidError.many(found) from error


def _where(loc: Sequence[int | str], given: Any) -> Iterator[int | str]:
    """The place of a mistake in what was given: pydantic names the chosen one of several models too, which is no place in it."""
    for part in loc:
        if isinstance(given, dict) and part not in given and part in given.values():
            continue
        yield part
        inside = isinstance(given, dict) and part in given
        given = given[part] if inside or (isinstance(given, list) and isinstance(part, int)) else None
