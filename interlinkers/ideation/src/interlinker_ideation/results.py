"""The result of a campaign: ballots counted, ideas ranked, the budget given out, and the reason for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from interlinker_ideation import store
from interlinker_ideation.domain import Outcome
from interlinker_ideation.methods import greedy, ranking
from interlinker_ideation.methods.placement import Contender, Placement, Verdict, count_approvals
from interlinker_ideation.reasons import explain
from interlinker_ideation.wire import CampaignConfig
from interlinker_shared.assets import Asset, Item, ResultBody
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
                    "votes": {"type": "integer", "minimum": 0, "description": "Ballots that approve the idea."},
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
                "rule": {"enum": [greedy.RULE, ranking.RULE], "description": "The declared rule, ties included."},
            },
        },
    },
}
"""JSON Schema of a result; the README says in words what the rules are."""

_OUTCOMES = {Verdict.FUNDED: Outcome.FUNDED, Verdict.NO_BUDGET: Outcome.NO_BUDGET}


def build_result(session: Session, campaign: Asset) -> ResultBody:
    """Count, rank and allocate; ideas come in ranking order, with the rule that was used among the counts."""
    config = CampaignConfig.of(campaign)
    ideas = {row.number: row for row in store.all_ideas(session, campaign.id)}
    ballots = list(store.grouped_ballots(session, campaign.id))
    placements = place(list(ideas.values()), ballots, config.budget)
    counts: dict[str, int | str] = {
        "ballots": sum(times for _, times in ballots),
        "ideas": len(ideas),
        "support": sum(row.support for row in ideas.values()),
        "spent": sum(placement.spent for placement in placements),
        "rule": greedy.RULE if config.budget is not None else ranking.RULE,
    }
    if config.budget is not None:
        counts["budget"] = config.budget
    items = [_item(ideas[one.contender.number], one, config.currency) for one in placements]
    return ResultBody(items=items, counts=counts)


def place(
    ideas: Sequence[store.IdeaRow], ballots: Sequence[tuple[list[int], int]], budget: int | None
) -> Sequence[Placement]:
    """Ideas by rank, after all ballots are counted."""
    votes = count_approvals(ballots)
    contenders = [Contender(idea.number, votes[idea.number], idea.cost, idea.support) for idea in ideas]
    return ranking.rank(contenders) if budget is None else greedy.allocate(contenders, budget).placements


def _item(idea: store.IdeaRow, placement: Placement, currency: str | None) -> Item:
    outcome = _OUTCOMES.get(placement.verdict, Outcome.NOT_FUNDED)
    return Item.model_validate(
        {
            "id": str(idea.id),
            "title": idea.title,
            "text": idea.text,
            "language": idea.language,
            "source": idea.source,
            "outcome": outcome,
            "reason": explain(placement, currency),
            "rank": placement.rank,
            "votes": placement.contender.votes,
            "support": idea.support,
            "cost": idea.cost,
            "funded": outcome is Outcome.FUNDED,
        }
    )


def aggregate(item: Item) -> Item:
    """What became of an idea, and by how many votes: without its words."""
    told = item.model_dump(exclude={"title", "text", "source"}) | {"title": WITHHELD}
    return Item.model_validate(told)


def is_hidden(campaign: Asset) -> bool:
    """Whether votes stay secret until the close."""
    return CampaignConfig.of(campaign).results_hidden
