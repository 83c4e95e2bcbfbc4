"""Wire models: the configuration of a campaign, ideas, support and ballots."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from interlinker_ideation.domain import MAX_MONEY, Gate
from interlinker_ideation.methods.ballots import Limits
from interlinker_shared.assets import Asset, Source
from interlinker_shared.auth import Channel
from interlinker_shared.text import Key, LanguageTag, Line, Prose, Wire

MAX_APPROVALS = 1000
MOST_READ = 256

Money = Annotated[int, Field(ge=0, le=MAX_MONEY, strict=True)]
Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]


class BallotConfig(Wire):
    """How many ideas one ballot may approve."""

    min: int = Field(1, ge=0, le=MAX_APPROVALS, strict=True, description="Fewest ideas on a ballot.")
    max: int | None = Field(
        None, ge=1, le=MAX_APPROVALS, strict=True, description="Most ideas on a ballot; null: as many as one likes."
    )

    @model_validator(mode="after")
    def _min_within_max(self) -> Self:
        if self.max is not None and self.min > self.max:
            raise ValueError("min must not be above max")
        return self


class CampaignConfig(Wire):
    """Settings of a campaign; submissions and voting can be opened and closed by PATCH while the campaign is open."""

    description: Prose | None = Field(None, description="What the campaign is about; CommonMark.")
    budget: Money | None = Field(None, description="Money to give out, in whole units of the currency; null: none.")
    currency: Currency | None = Field(None, description="ISO 4217 code, such as EUR.")
    guests: bool = Field(default=False, description="Whether people without an account may submit ideas.")
    ballot: BallotConfig = Field(default_factory=BallotConfig)
    results_hidden: bool = Field(default=True, description="Whether votes stay secret until the campaign closes.")
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
    created_at: datetime


class Support(Wire):
    """Whether the caller supports an idea, and how many people do."""

    idea: UUID
    supported: bool
    support: int


class BallotPaper(Wire):
    """The ideas that a ballot approves."""

    approvals: list[UUID] = Field(max_length=MAX_APPROVALS, description="Ids of ideas of this campaign, each once.")
    receipt: Key | None = Field(None, description="Needed to change a ballot that was cast before.")


class EnteredBallot(Wire):
    """A ballot that staff enter for somebody else."""

    voter: Key = Field(description="Pseudonymous key of the voter: one ballot each.")
    approvals: list[UUID] = Field(max_length=MAX_APPROVALS, description="Ids of ideas of this campaign, each once.")
    channel: Channel = Field(Channel.PAPER, description="How the ballot reached us.")


class Receipt(Wire):
    """What proves that a ballot is in, and lets its voter change it; only its hash is kept."""

    receipt: str | None = Field(description="Told once, when the ballot is cast; null when it was changed.")


class Turnout(Wire):
    """Whether the caller has voted. Nobody can be told how."""

    voted: bool
