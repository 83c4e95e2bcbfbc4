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
from interlinker_shared.assets.models import Result
from interlinker_shared.events import record
from interlinker_shared.manifest import canonical_json, digest_of

WITHHELD = "[removed]"
"""What stands in the place of a title, so that counts and ranks stay those of the whole."""


def withhold(session: Session, asset_id: UUID, item: UUID | str, *, now: datetime) -> dict[str, Any] | None:
    """Take the words of an item out of the final result, of which a new version is published; gives the words.

    None when there is no final result, or no such item in it. Ranks, counts and all other items stay as they are.
    """
    entry = _entry(session, asset_id, item)
    if entry is None:
        return None
    words: dict[str, Any] = {name: entry[name] for name in ("title", "text") if name in entry}
    _publish(session, asset_id, item, {"title": WITHHELD, "text": None}, now)
    return words


def give_back(session: Session, asset_id: UUID, item: UUID | str, words: Mapping[str, Any], *, now: datetime) -> None:
    """Put the words that `withhold` gave into the final result again."""
    _publish(session, asset_id, item, {"title": None, "text": None} | dict(words), now)


def _entry(session: Session, asset_id: UUID, item: UUID | str) -> dict[str, Any] | None:
    document = store.final_result(session, asset_id)
    if document is None:
        return None
    return next((entry for entry in json.loads(document)["items"] if entry["id"] == str(item)), None)


def _with(entry: dict[str, Any], words: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (entry | dict(words)).items() if value is not None}


def _publish(session: Session, asset_id: UUID, item: UUID | str, words: Mapping[str, Any], now: datetime) -> None:
    content = json.loads(store.final_result(session, asset_id) or "{}")
    content["items"] = [_with(entry, words) if entry["id"] == str(item) else entry for entry in content["items"]]
    hashed = canonical_json({"items": content["items"], "counts": content["counts"]})
    content |= {"version": content["version"] + 1, "hash": digest_of(hashed)}
    result = Result.model_validate(content)
    store.replace_result(session, result)
    asset = store.find(session, asset_id)
    published = ResultPublished(
        asset=asset_id, context=asset.context if asset else None, version=result.version, hash=result.hash
    )
    record(session, published, aggregate=asset_id, now=now)
