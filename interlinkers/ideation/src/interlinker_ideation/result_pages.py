"""What the page of a closed campaign shows: its result with the reason for every idea, or how far the count is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from interlinker_ideation import publishing, store
from interlinker_ideation.counting.reading import rule_of
from interlinker_ideation.reasons import money
from interlinker_ideation.wire import CampaignConfig
from interlinker_shared.assets import Asset
from interlinker_shared.assets.store import final_result

BARS = 20


def result_context(session: Session, campaign: Asset, language: str) -> dict[str, Any]:
    """Everything that `result.html` needs."""
    document = final_result(session, campaign.id)
    config = CampaignConfig.of(campaign)
    if document is None:
        return {"campaign": campaign, "progress": publishing.read_progress(session, campaign.id)}
    result: Mapping[str, Any] = json.loads(document)
    items, counts = result["items"], result["counts"]
    rule = rule_of(config, campaign.id, ideas=counts["ideas"])
    return {
        "campaign": campaign,
        "items": items,
        "counts": counts,
        "rule": rule,
        "scored": any("score" in item for item in items) and rule.method.value in {"greedy", "ranking"},
        "has_bundle": store.bundle_of(session, campaign.id) is not None,
        "budget": amount(counts.get("budget"), config, language),
        "spent": amount(counts["spent"], config, language),
        "costs": {item["id"]: amount(item.get("cost"), config, language) for item in items},
        "bars": [({item["language"]: item["title"]}, item["votes"]) for item in items[:BARS]],
    }


def amount(some: int | None, config: CampaignConfig, language: str) -> str:
    """Money in the campaign's currency; nothing where there is none."""
    return "" if some is None else money(some, config.currency, language)
