"""Words that leave a final result: who decided that something must go, decided it for the published result as well."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_shared.assets import store
from interlinker_shared.assets.events import ResultPublished
from interlinker_shared.assets.kind import AssetKind
from interlinker_shared.assets.models import Item, Result
from interlinker_shared.events import record
from interlinker_shared.manifest import canonical_json, digest_of

WITHHELD = "[removed]"
"""What stands in the place of a title, so that counts and ranks stay those of the whole."""
NO_WORDS: Mapping[str, Any] = {"title": WITHHELD, "text": None}


def withhold(session: Session, asset_id: UUID, item: UUID | str, *, now: datetime) -> dict[str, Any] | None:
    """Take the words of an item out of the final result, of which a new version is published; gives the words.

    None when there is no final result, or no such item in it with words. Ranks, counts and all other items stay as they are.
    """
    content = _content(session, asset_id)
    entry = entry_of(content, item)
    if entry is None or not has_words(entry):
        return None
    words: dict[str, Any] = {name: entry[name] for name in ("title", "text") if name in entry}
    _publish(session, with_words(content, item, NO_WORDS), now)
    return words


def give_back(session: Session, asset_id: UUID, item: UUID | str, words: Mapping[str, Any], *, now: datetime) -> None:
    """Put the words that `withhold` gave into the final result again."""
    content = _content(session, asset_id)
    if entry_of(content, item) is not None:
        _publish(session, with_words(content, item, {"title": None, "text": None} | dict(words)), now)


def entry_of(content: Mapping[str, Any], item: UUID | str) -> dict[str, Any] | None:
    """The item in a result; None where it is not."""
    return next((entry for entry in content.get("items", []) if entry["id"] == str(item)), None)


def has_words(entry: Mapping[str, Any]) -> bool:
    """Whether an item in a result says something."""
    return entry.get("title") != WITHHELD or "text" in entry


def with_words(content: Mapping[str, Any], item: UUID | str, words: Mapping[str, Any]) -> dict[str, Any]:
    """The next version of a result, in which an item says this. Whoever has a copy comes to the same version and hash."""
    items = [_with(entry, words) if entry["id"] == str(item) else entry for entry in content["items"]]
    return _next_version(content, items)


def _content(session: Session, asset_id: UUID) -> dict[str, Any]:
    document = store.final_result(session, asset_id)
    return json.loads(document) if document is not None else {}


def _with(entry: Mapping[str, Any], words: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**entry, **words}.items() if value is not None}


def keep_figures(session: Session, kind: AssetKind, asset_id: UUID, *, now: datetime) -> None:
    """Publish of the final result what `kind` calls aggregate, and the counts: nobody's words."""
    content = _content(session, asset_id)
    if not content:
        return  # it was never published
    kept = [kind.aggregate(Item.model_validate(entry)) for entry in content["items"]]
    items = [item.model_dump(mode="json", exclude_none=True) for item in kept if item]
    _publish(session, _next_version(content, items), now)


def _next_version(content: Mapping[str, Any], items: list[dict[str, Any]]) -> dict[str, Any]:
    hashed = canonical_json({"items": items, "counts": content["counts"]})
    return {**content, "items": items, "version": content["version"] + 1, "hash": digest_of(hashed)}


def _publish(session: Session, content: Mapping[str, Any], now: datetime) -> None:
    result = Result.model_validate(content)
    store.replace_result(session, result)
    asset = store.find(session, result.asset)
    published = ResultPublished(
        asset=result.asset, context=asset.context if asset else None, version=result.version, hash=result.hash
    )
    record(session, published, aggregate=result.asset, now=now)
