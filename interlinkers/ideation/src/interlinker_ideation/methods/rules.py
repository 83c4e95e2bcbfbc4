"""The declared rules of giving money out: a name and parameters that can be published, and the method they stand for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from interlinker_ideation.methods import equal_shares, greedy, phragmen
from interlinker_ideation.methods.enough import with_enough
from interlinker_ideation.methods.equal_shares import Completion, Progress, Utility
from interlinker_ideation.methods.greedy import Overrun
from interlinker_ideation.methods.placement import Election, Outcome
from interlinker_ideation.methods.ties import BY_VOTES, TieBy, Ties


class Method(StrEnum):
    """How money is given out."""

    GREEDY = "greedy"
    EQUAL_SHARES = "equal-shares"
    PHRAGMEN = "phragmen"


@dataclass(frozen=True, slots=True)
class Rule:
    """A method with its parameters; a method takes no notice of those that are another's."""

    method: Method = Method.GREEDY
    overrun: Overrun = Overrun.SKIP
    utility: Utility = Utility.COST
    completion: Completion = Completion.ADD_ONE_GREEDY
    ties: Ties = BY_VOTES

    @property
    def parameters(self) -> dict[str, Any]:
        """What has to be published for the rule to be followed again; `of` reads it."""
        told: dict[str, Any] = {"method": self.method.value}
        if self.method is Method.EQUAL_SHARES:
            told |= {"utility": self.utility.value, "completion": self.completion.value}
        else:
            told |= {"overrun": self.overrun.value}
        return told | {"ties": [by.value for by in self.ties.by], "seed": self.ties.seed}

    @classmethod
    def of(cls, told: dict[str, Any]) -> Rule:
        """The rule that `parameters` told of. Raises ValueError for what is none, KeyError where something is missing."""
        ties = Ties(tuple(TieBy(by) for by in told["ties"]), told["seed"])
        method = Method(told["method"])
        if method is Method.EQUAL_SHARES:
            return cls(method, utility=Utility(told["utility"]), completion=Completion(told["completion"]), ties=ties)
        return cls(method, overrun=Overrun(told["overrun"]), ties=ties)

    def decide(self, election: Election, *, progress: Progress | None = None) -> Outcome:
        """Who gets money; without what would have sufficed, which takes many runs more."""
        if self.method is Method.EQUAL_SHARES:
            return equal_shares.allocate(
                election, utility=self.utility, completion=self.completion, ties=self.ties, progress=progress
            )
        if self.method is Method.PHRAGMEN:
            return phragmen.allocate(election, overrun=self.overrun, ties=self.ties)
        return greedy.allocate(election.contenders, election.budget, overrun=self.overrun, ties=self.ties)

    def explain(self, election: Election, outcome: Outcome) -> Outcome:
        """The outcome with what would have sufficed for each idea that was not funded."""
        return with_enough(election, outcome, lambda other: self.decide(other).funded)
