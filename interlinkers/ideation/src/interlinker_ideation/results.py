"""The result of a campaign: ballots counted, ideas ranked, the budget given out, and the reason for each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from interlinker_ideation import store
from interlinker_ideation.counting.poll import ballots_in, outcome_of
from interlinker_ideation.counting.reading import poll_of
from interlinker_ideation.domain import Outcome
from interlinker_ideation.methods.placement import Verdict
from interlinker_ideation.methods.rules import Rule
from interlinker_ideation.reasons import explain
from interlinker_ideation.wire import CampaignConfig
from interlinker_shared.assets import Asset, Item, ResultBody, State
from interlinker_shared.assets.withholding import WITHHELD

SCHEMA: dict[str, Any] = {
    "properties": {
        "items": {
            "type": "array",
            "description": "Ideas in ranking order.",
            "items": {
                "type": "object",
                "required": ["id", "title", "outcome", "reason", "rank", "votes", "support", "funded"],
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "title": {"type": "string"},
                    "text": {"type": "string", "description": "CommonMark."},
                    "language": {"type": "string"},
                    "source": {"type": "object", "description": "Where an imported idea comes from."},
                    "outcome": {"enum": [outcome.value for outcome in Outcome]},
                    "reason": {"type": "object", "description": "Why, in people's words, by language."},
                    "rank": {"type": "integer", "minimum": 1, "description": "No two ideas share a rank."},
                    "votes": {
                        "type": "integer",
                        "minimum": 0,
                        "description": "Ballots that name the idea; in favour of it, or as the first, where they say so.",
                    },
                    "score": {
                        "type": "number",
                        "description": "What ideas are put in order by, where that is not the votes; exactly in the bundle.",
                    },
                    "enough": {
                        "type": "object",
                        "description": "What would have funded it, each by itself; null: nothing of the kind would.",
                        "properties": {
                            "ballots": {
                                "type": ["integer", "null"],
                                "description": "So many more ballots that give all they can to this idea alone.",
                            },
                            "cost": {"type": ["integer", "null"], "description": "A cost of so much."},
                        },
                    },
                    "support": {"type": "integer", "minimum": 0},
                    "cost": {"type": "integer", "minimum": 0, "description": "Whole units of the currency."},
                    "funded": {"type": "boolean"},
                },
            },
        },
        "counts": {
            "type": "object",
            "required": ["ballots", "ideas", "support", "spent", "rule"],
            "properties": {
                "ballots": {"type": "integer"},
                "ideas": {"type": "integer"},
                "support": {"type": "integer"},
                "budget": {"type": "integer", "description": "Whole units of the currency; absent without a budget."},
                "spent": {"type": "integer"},
                "rule": {"type": "string", "description": "The declared rule: its method and what it goes by."},
            },
        },
    },
}
"""JSON Schema of a result; the README says in words what the rules are."""

_OUTCOMES = {
    Verdict.FUNDED: Outcome.FUNDED,
    Verdict.NO_BUDGET: Outcome.NO_BUDGET,
    Verdict.ELECTED: Outcome.ELECTED,
    Verdict.NOT_ELECTED: Outcome.NOT_ELECTED,
}


def build_result(session: Session, campaign: Asset) -> ResultBody | None:
    """Ideas in ranking order with the reason for each; None while a closed campaign is still being counted."""
    bundle = _bundle(session, campaign)
    if bundle is None:
        return None
    config, rule = CampaignConfig.of(campaign), Rule.of(bundle["rule"])
    ideas = {row.number: row for row in store.all_ideas(session, campaign.id)}
    placed = outcome_of(bundle)
    items = [_item(ideas[one["number"]], one, rule, config.currency) for one in placed]
    costs = {one["number"]: one["cost"] for one in bundle["ideas"]}
    counts: dict[str, int | str] = {
        "ballots": ballots_in(bundle),
        "ideas": len(placed),
        "support": sum(one["support"] for one in bundle["ideas"]),
        "spent": sum(costs[one["number"]] or 0 for one in placed if one["verdict"] == Verdict.FUNDED),
        "rule": rule.name,
    }
    if "budget" in bundle:
        counts["budget"] = bundle["budget"]
    return ResultBody(items=items, counts=counts)


def _bundle(session: Session, campaign: Asset) -> dict[str, Any] | None:
    """The bundle that was made at the close, or what it would be now."""
    if campaign.state is not State.CLOSED:
        return poll_of(session, campaign, sealed=False).count(explain=False)
    document = store.bundle_of(session, campaign.id)
    bundle: dict[str, Any] | None = None if document is None else json.loads(document)
    return bundle


def _item(idea: store.IdeaRow, placed: Mapping[str, Any], rule: Rule, currency: str | None) -> Item:
    verdict = Verdict(placed["verdict"])
    score = placed.get("score")
    return Item.model_validate(
        {
            "id": str(idea.id),
            "title": idea.title,
            "text": idea.text,
            "language": idea.language,
            "source": idea.source,
            "outcome": _OUTCOMES.get(verdict, Outcome.NOT_FUNDED),
            "reason": explain(placed, idea, rule, currency),
            "rank": placed["rank"],
            "votes": placed["votes"],
            "score": None if score is None else round(float(Fraction(score)), 6),
            "support": idea.support,
            "cost": idea.cost,
            "funded": verdict is Verdict.FUNDED,
            "enough": placed.get("enough"),
        }
    )


def aggregate(item: Item) -> Item:
    """What became of an idea, and by how many votes: without its words."""
    told = item.model_dump(exclude={"title", "text", "source"}) | {"title": WITHHELD}
    return Item.model_validate(told)


def is_hidden(campaign: Asset) -> bool:
    """Whether votes stay secret until the close."""
    return CampaignConfig.of(campaign).results_hidden
