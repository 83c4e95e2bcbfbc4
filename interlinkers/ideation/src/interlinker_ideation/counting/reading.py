"""From a campaign to the poll that it is: its rule, its ideas and its ballots."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_ideation import store
from interlinker_ideation.counting.poll import Poll
from interlinker_ideation.methods.placement import Contender
from interlinker_ideation.methods.ranked import BY_LOT
from interlinker_ideation.methods.ranking import BY_SUPPORT
from interlinker_ideation.methods.rules import Method, Rule
from interlinker_ideation.methods.scoring import VOTES, ScoreBy, Scoring
from interlinker_ideation.methods.ties import BY_VOTES, TieBy, Ties
from interlinker_ideation.voting import (
    EqualSharesRule,
    GreedyRule,
    PhragmenRule,
    PointsMethod,
    RankedMethod,
    RatingMethod,
)
from interlinker_ideation.wire import CampaignConfig
from interlinker_shared.assets import Asset

QUICK_BALLOTS = 20_000
QUICK_IDEAS = 100
"""So many are counted, and explained, within the transaction that closes a campaign: some tenths of a second."""


def poll_of(session: Session, campaign: Asset, *, sealed: bool = True) -> Poll:
    """Everything that the result of a campaign is computed from; receipts are there once its ballots are sealed."""
    config = CampaignConfig.of(campaign)
    ideas = [Contender(row.number, 0, row.cost, row.support) for row in store.all_ideas(session, campaign.id)]
    rule = rule_of(config, campaign.id, ideas=len(ideas))
    ballots = list(store.grouped_ballots(session, campaign.id))
    return Poll(rule, config.budget, ideas, ballots, store.receipts_of(session, campaign.id) if sealed else ())


def write_poll(session: Session, campaign: Asset) -> Iterator[bytes]:
    """The same, written."""
    return poll_of(session, campaign).written()


def is_quick(session: Session, campaign: Asset) -> bool:
    """Whether a campaign is counted in the transaction that closes it; otherwise that is done apart, and takes a while."""
    rule = rule_of(CampaignConfig.of(campaign), campaign.id, ideas=0)
    ideas, ballots = store.size_of(session, campaign.id)
    return rule.is_quick and ideas <= QUICK_IDEAS and ballots <= QUICK_BALLOTS


def rule_of(config: CampaignConfig, campaign: UUID, *, ideas: int) -> Rule:
    """The rule that a campaign's configuration declares; `ideas` is how many there are."""
    rule = _rule(config, _scoring(config, ideas))
    by = rule.ties.by if config.ties is None else tuple(config.ties)
    seed = (config.seed or str(campaign)) if TieBy.LOT in by else ""
    return replace(rule, ties=Ties(by, seed))


def _rule(config: CampaignConfig, scoring: Scoring) -> Rule:
    method, rule = config.method, config.rule
    if isinstance(method, RankedMethod) and method.count != "borda":
        if method.count == "stv":
            return Rule(Method.STV, seats=method.seats, ties=BY_LOT)
        return Rule(Method.IRV, ties=BY_LOT)
    if config.budget is None:
        return Rule(Method.RANKING, scoring=scoring, ties=BY_SUPPORT)
    if isinstance(rule, EqualSharesRule):
        return Rule(Method.EQUAL_SHARES, utility=rule.utility, completion=rule.completion, ties=BY_VOTES)
    if isinstance(rule, PhragmenRule):
        return Rule(Method.PHRAGMEN, overrun=rule.overrun, ties=BY_VOTES)
    return Rule(Method.GREEDY, overrun=(rule or GreedyRule()).overrun, scoring=scoring, ties=Ties())


def _scoring(config: CampaignConfig, ideas: int) -> Scoring:
    method = config.method
    if isinstance(method, RatingMethod):
        return Scoring(ScoreBy.RATING, levels=method.levels, weight=method.weight)
    if isinstance(method, PointsMethod):
        return Scoring(ScoreBy.POINTS, most=method.most)
    if isinstance(method, RankedMethod):
        return Scoring(ScoreBy.BORDA, places=config.ballot.max or ideas)
    return {"support": Scoring(ScoreBy.SUPPORT), "up-down": Scoring(ScoreBy.UP_DOWN)}.get(method.type, VOTES)
