"""Wire models: the configuration of a campaign, ideas and support; those of voting are in `voting`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from interlinker_ideation.asked import Asked, Place, Slug
from interlinker_ideation.domain import MAX_MONEY, Gate
from interlinker_ideation.methods.ballots import Limits
from interlinker_ideation.methods.ties import TieBy, Ties
from interlinker_ideation.statuses import Status
from interlinker_ideation.voting import (
    ApprovalMethod,
    BallotConfig,
    BudgetRule,
    GreedyRule,
    KnapsackMethod,
    RankedMethod,
    SupportMethod,
    VotingMethod,
)
from interlinker_shared.assets import Asset, Source
from interlinker_shared.text import JsonObject, LanguageTag, Line, Prose, Wire

MOST_READ = 256

Money = Annotated[int, Field(ge=0, le=MAX_MONEY, strict=True)]
Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]


class CampaignConfig(Asked):
    """Settings of a campaign; submissions and voting can be opened and closed by PATCH while the campaign is open."""

    description: Prose | None = Field(None, description="What the campaign is about; CommonMark.")
    budget: Money | None = Field(None, description="Money to give out, in whole units of the currency; null: none.")
    currency: Currency | None = Field(None, description="ISO 4217 code, such as EUR.")
    guests: bool = Field(default=False, description="Whether people without an account may submit ideas.")
    ballot: BallotConfig = Field(default_factory=BallotConfig)
    results_hidden: bool = Field(default=True, description="Whether votes stay secret until the campaign closes.")
    method: VotingMethod = Field(
        default_factory=ApprovalMethod, description="How people vote, and what their ballots come to."
    )
    rule: BudgetRule | None = Field(
        None, description="How the budget is given out; null: greedily, where there is one."
    )
    ties: list[TieBy] | None = Field(
        None, max_length=6, description="What puts equal ideas in order; null: what is usual for the rule."
    )
    seed: Line | None = Field(None, description="What the lot among equals is drawn from; null: the campaign's id.")
    submissions: Gate = Field(Gate.OPEN, description="Whether ideas are taken.")
    voting: Gate = Field(Gate.OPEN, description="Whether ballots are taken.")

    @classmethod
    def of(cls, campaign: Asset) -> CampaignConfig:
        """The settings, checked once for each that is read: equal rows of a campaign share one `config`."""
        known = _read.get(campaign.id)
        if known is None or known[0] is not campaign.config:
            if len(_read) >= MOST_READ:
                _read.clear()
            known = _read[campaign.id] = (campaign.config, cls.model_validate(campaign.config))
        return known[1]

    @field_validator("method")
    @classmethod
    def _method_goes_with_the_rest(cls, method: VotingMethod, info: ValidationInfo) -> VotingMethod:
        budget, hidden = info.data.get("budget"), info.data.get("results_hidden")
        if isinstance(method, KnapsackMethod) and budget is None:
            raise ValueError("knapsack needs a budget")
        if isinstance(method, SupportMethod) and hidden:
            raise ValueError("support is counted in the open: set results_hidden to false")
        if isinstance(method, RankedMethod) and budget is not None and method.count != "borda":
            raise ValueError("with a budget rankings are counted by borda")
        return method

    @field_validator("rule")
    @classmethod
    def _rule_goes_with_the_method(cls, rule: BudgetRule | None, info: ValidationInfo) -> BudgetRule | None:
        if rule is not None and info.data.get("budget") is None:
            raise ValueError("a rule is for giving out a budget")
        if rule is None or isinstance(rule, GreedyRule):
            return rule
        if not isinstance(info.data.get("method"), ApprovalMethod | KnapsackMethod):
            raise ValueError("equal-shares and phragmen need ballots that approve ideas")  # noqa: TRY004 - what pydantic takes
        if not info.data.get("results_hidden"):
            raise ValueError("this rule is computed at the close: results_hidden must be true")
        return rule

    @field_validator("ties")
    @classmethod
    def _ties_leave_nobody_equal(cls, ties: list[TieBy] | None) -> list[TieBy] | None:
        if ties is not None:
            Ties(tuple(ties))
        return ties

    @property
    def limits(self) -> Limits:
        return Limits(self.ballot.min, self.ballot.max)


_read: dict[UUID, tuple[dict[str, Any], CampaignConfig]] = {}


class IdeaCreate(Wire):
    """A new idea."""

    title: Line
    text: Prose = Field(description="CommonMark; headings and pictures are shown as text.")
    language: LanguageTag = "en"
    cost: Money | None = Field(None, description="What it would cost, in whole units; moderators only.")
    category: Slug | None = Field(None, description="One of the campaign's categories, where it has some.")
    district: Slug | None = Field(None, description="One of the campaign's districts, where it has some.")
    fields: JsonObject = Field(default_factory=dict, description="Answers to the campaign's own fields, by their ids.")
    location: Place | None = Field(None, description="Where it is, if the campaign asks for that.")


class Assessment(Wire):
    """What a moderator has found out about an idea."""

    cost: Money | None = Field(description="What it would cost, in whole units of the currency; null: not known.")


class Idea(Wire):
    """An idea as everybody may read it; who submitted it is not told."""

    id: UUID
    campaign: UUID
    number: int = Field(description="Counts from the campaign's first idea.")
    title: str
    text: str
    html: str = Field(description="The text, rendered and sanitised.")
    language: str
    cost: int | None
    support: int = Field(description="How many people support it. Votes are another thing and are not told here.")
    source: Source | None
    category: str | None = None
    district: str | None = None
    fields: JsonObject = Field(description="Answers to the campaign's own fields, by their ids.")
    location: Place | None = None
    status: Status = Field(description="How far it has come with the officials.")
    version: int = Field(description="1 as submitted; each change of its words counts on.")
    created_at: datetime


class Support(Wire):
    """Whether the caller supports an idea, and how many people do."""

    idea: UUID
    supported: bool
    support: int
