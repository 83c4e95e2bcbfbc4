"""Wire models of voting: the ways to vote and to count that a campaign can be set to, ballots, receipts, turnout."""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeAlias
from uuid import UUID

from pydantic import Field, model_validator

from interlinker_ideation.methods.equal_shares import Completion, Utility
from interlinker_ideation.methods.greedy import Overrun
from interlinker_shared.auth import Channel
from interlinker_shared.text import Key, Wire

MAX_MARKS = 1000
"""Ideas that one ballot can name at most."""
MAX_POINTS = 10_000
MAX_LEVELS = 10
MAX_SEATS = 100
UP, NEITHER, DOWN = 1, 0, -1

IdeaIds: TypeAlias = Annotated[list[UUID], Field(max_length=MAX_MARKS)]


class BallotConfig(Wire):
    """How many ideas one ballot may name."""

    min: int = Field(1, ge=0, le=MAX_MARKS, strict=True, description="Fewest ideas on a ballot.")
    max: int | None = Field(
        None, ge=1, le=MAX_MARKS, strict=True, description="Most ideas on a ballot; null: as many as one likes."
    )

    @model_validator(mode="after")
    def _min_within_max(self) -> Self:
        if self.max is not None and self.min > self.max:
            raise ValueError("min must not be above max")
        return self


class SupportMethod(Wire):
    """No ballots: ideas are put in order by how many people support them, which everybody sees."""

    type: Literal["support"]


class UpDownMethod(Wire):
    """Each idea up, down, or neither; ordered by the lower end of Wilson's interval for the share of ups."""

    type: Literal["up-down"]


class RatingMethod(Wire):
    """Marks from 1 to `levels`; ordered by the mean, as if `weight` more people had rated each idea in the middle."""

    type: Literal["rating"]
    levels: int = Field(5, ge=2, le=MAX_LEVELS, strict=True, description="The best mark.")
    weight: int = Field(5, ge=0, le=1000, strict=True, description="How much it takes to leave the middle.")


class ApprovalMethod(Wire):
    """Any ideas that one approves of, within the limits of `ballot`."""

    type: Literal["approval"] = "approval"


class KnapsackMethod(Wire):
    """Ideas that fit into the budget together."""

    type: Literal["knapsack"]


class PointsMethod(Wire):
    """Points to spread over ideas."""

    type: Literal["points"]
    total: int = Field(10, ge=1, le=MAX_POINTS, strict=True, description="Points that one ballot may give altogether.")
    most_each: int | None = Field(
        None, ge=1, le=MAX_POINTS, strict=True, description="Most points for one idea; null: all of them."
    )
    least: int = Field(0, ge=0, le=MAX_POINTS, strict=True, description="Points that one ballot must give at least.")

    @model_validator(mode="after")
    def _limits_can_be_kept(self) -> Self:
        if self.least > self.total:
            raise ValueError("least must not be above total")
        if self.most_each is not None and self.most_each > self.total:
            raise ValueError("most_each must not be above total")
        return self

    @property
    def most(self) -> int:
        """Most points for one idea."""
        return self.total if self.most_each is None else self.most_each


class RankedMethod(Wire):
    """Ideas from the most to the least preferred, as far as one likes."""

    type: Literal["ranked"]
    count: Literal["stv", "irv", "borda"] = Field(
        "stv",
        description="`stv`: the single transferable vote by the Scottish rules; `irv`: instant runoff; `borda`: points by place.",
    )
    seats: int = Field(1, ge=1, le=MAX_SEATS, strict=True, description="How many ideas are elected.")

    @model_validator(mode="after")
    def _runoff_has_one_winner(self) -> Self:
        if self.count != "stv" and self.seats != 1:
            raise ValueError("seats are for stv")
        return self


VotingMethod: TypeAlias = Annotated[
    SupportMethod | UpDownMethod | RatingMethod | ApprovalMethod | KnapsackMethod | PointsMethod | RankedMethod,
    Field(discriminator="type"),
]


class GreedyRule(Wire):
    """Down the ranking: what fits into the budget is funded."""

    type: Literal["greedy"] = "greedy"
    overrun: Overrun = Field(
        Overrun.SKIP, description="At an idea that does not fit: `skip` it and try the next, or `stop`."
    )


class EqualSharesRule(Wire):
    """The Method of Equal Shares: everybody has the same share of the budget, and supporters buy what they approve of."""

    type: Literal["equal-shares"]
    utility: Utility = Field(
        Utility.COST, description="What an idea is worth to who approves of it: its `cost`, or one (`cardinality`)."
    )
    completion: Completion = Field(
        Completion.ADD_ONE_GREEDY, description="How money is given out that the shares alone do not reach."
    )


class PhragmenRule(Wire):
    """Sequential Phragmen: everybody is given money at one pace, and supporters buy an idea once they can."""

    type: Literal["phragmen"]
    overrun: Overrun = Field(Overrun.STOP, description="At an idea that does not fit into what is left.")


BudgetRule: TypeAlias = Annotated[GreedyRule | EqualSharesRule | PhragmenRule, Field(discriminator="type")]


class Points(Wire):
    """Points for one idea."""

    idea: UUID
    points: int = Field(ge=1, le=MAX_POINTS, strict=True)


class Rating(Wire):
    """A mark for one idea."""

    idea: UUID
    rating: int = Field(ge=1, le=MAX_LEVELS, strict=True)


class Vote(Wire):
    """For or against one idea."""

    idea: UUID
    vote: Literal[-1, 0, 1] = Field(description="1: for it; -1: against it; 0: seen, and neither.")


class Choices(Wire):
    """What is on a ballot: the one of these fields that the campaign's `method` takes, the others left out."""

    approvals: IdeaIds | None = Field(None, description="Ids of ideas of this campaign, each once: approval, knapsack.")
    points: list[Points] | None = Field(None, max_length=MAX_MARKS, description="Method points.")
    ranking: IdeaIds | None = Field(None, description="The most preferred first: method ranked.")
    ratings: list[Rating] | None = Field(None, max_length=MAX_MARKS, description="Method rating.")
    votes: list[Vote] | None = Field(None, max_length=MAX_MARKS, description="Method up-down.")


class BallotPaper(Choices):
    """A ballot of one's own."""

    receipt: Key | None = Field(None, description="Needed to change a ballot that was cast before.")


class EnteredBallot(Choices):
    """A ballot that staff enter for somebody else."""

    voter: Key = Field(description="Pseudonymous key of the voter: one ballot each.")
    channel: Channel = Field(Channel.PAPER, description="How the ballot reached us.")


class Receipt(Wire):
    """What proves that a ballot is in, and lets its voter change it; only its hash is kept."""

    receipt: str | None = Field(description="Told once, when the ballot is cast; null when it was changed.")


class Turnout(Wire):
    """Whether the caller has voted. Nobody can be told how."""

    voted: bool
