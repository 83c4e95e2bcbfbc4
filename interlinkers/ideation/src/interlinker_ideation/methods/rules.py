"""The declared rules: a name and parameters that can be published, and the method they stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from interlinker_ideation.methods import equal_shares, greedy, phragmen, ranked, ranking
from interlinker_ideation.methods.enough import Decide, with_enough
from interlinker_ideation.methods.equal_shares import Completion, Progress, Utility
from interlinker_ideation.methods.greedy import Overrun
from interlinker_ideation.methods.placement import Contender, Election, Outcome
from interlinker_ideation.methods.scoring import VOTES, Marks, Scoring
from interlinker_ideation.methods.ties import BY_VOTES, TieBy, Ties


class Method(StrEnum):
    """How money is given out, or ideas are put in order where there is none."""

    GREEDY = "greedy"
    EQUAL_SHARES = "equal-shares"
    PHRAGMEN = "phragmen"
    RANKING = "ranking"
    STV = "stv"
    IRV = "irv"


GIVES_MONEY = frozenset({Method.GREEDY, Method.EQUAL_SHARES, Method.PHRAGMEN})
BY_PREFERENCE = frozenset({Method.STV, Method.IRV})


@dataclass(frozen=True, slots=True)
class Rule:
    """A method with its parameters; a method takes no notice of those that are another's."""

    method: Method = Method.GREEDY
    overrun: Overrun = Overrun.SKIP
    utility: Utility = Utility.COST
    completion: Completion = Completion.ADD_ONE_GREEDY
    ties: Ties = BY_VOTES
    scoring: Scoring = VOTES
    seats: int = 1

    @property
    def name(self) -> str:
        """The rule in one word, as the counts of a result have it: `greedy/votes`."""
        return _NAMES[self.method](self)

    @property
    def parameters(self) -> dict[str, Any]:
        """What has to be published for the rule to be followed again; `of` reads it."""
        told: dict[str, Any] = {"method": self.method.value}
        for name in _NEEDED[self.method]:
            told |= self.scoring.parameters if name == "score" else {name: getattr(self, name)}
        return told | {"ties": [by.value for by in self.ties.by], "seed": self.ties.seed}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Rule:
        """The rule that `parameters` told of. Raises ValueError for what is none, KeyError where something is missing."""
        method = Method(told["method"])
        read = {_READ[name][0]: _READ[name][1](told) for name in _NEEDED[method]}
        ties = Ties(tuple(TieBy(by) for by in told["ties"]), told["seed"])
        return cls(method, ties=ties, **read)

    @property
    def is_quick(self) -> bool:
        """Whether it goes through the ideas once, and not through the ballots again and again."""
        return self.method in {Method.GREEDY, Method.RANKING}

    def poll(self, contenders: Iterable[Contender], ballots: Marks, budget: int | None) -> Election:
        """The election with its votes counted as this rule counts them; `budget` is None where there is no money."""
        tally = ranked.first_preferences if self.method in BY_PREFERENCE else self.scoring.tally
        counted = tally(contenders, ballots)
        return Election(counted, ballots, budget or 0, self.scoring.worth)

    def decide(self, election: Election, *, progress: Progress | None = None) -> Outcome:
        """Who gets money, a seat, or which rank; without what would have sufficed, which takes many runs more."""
        if self.method is Method.EQUAL_SHARES:
            return equal_shares.allocate(
                election, utility=self.utility, completion=self.completion, ties=self.ties, progress=progress
            )
        return _DECIDES[self.method](self, election)

    def explain(
        self,
        election: Election,
        outcome: Outcome,
        *,
        most_runs: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Outcome:
        """The outcome with what would have sufficed for each idea that was not funded; see `enough.with_enough`."""
        if self.method not in GIVES_MONEY:
            return outcome
        if self.method is Method.GREEDY:  # it looks at no ballot: nothing but how many there are need be carried along
            election = replace(election, ballots=[((), election.voters)])
        return with_enough(election, outcome, self._decider(election), most_runs=most_runs, progress=progress)

    def _decider(self, election: Election) -> Decide:
        """Who gets money in elections that differ from this one in an idea or in ballots."""
        if self.method is not Method.GREEDY:
            return lambda other: self.decide(other).funded
        funded = greedy.decider(election.contenders, overrun=self.overrun, ties=self.ties)
        return lambda other: funded(other.contenders, other.budget)


_NEEDED: dict[Method, tuple[str, ...]] = {
    Method.GREEDY: ("overrun", "score"),
    Method.EQUAL_SHARES: ("utility", "completion"),
    Method.PHRAGMEN: ("overrun",),
    Method.RANKING: ("score",),
    Method.STV: ("seats",),
    Method.IRV: (),
}
_READ: dict[str, tuple[str, Callable[[Mapping[str, Any]], Any]]] = {
    "overrun": ("overrun", lambda told: Overrun(told["overrun"])),
    "score": ("scoring", Scoring.of),
    "utility": ("utility", lambda told: Utility(told["utility"])),
    "completion": ("completion", lambda told: Completion(told["completion"])),
    "seats": ("seats", lambda told: int(told["seats"])),
}
_NAMES: dict[Method, Callable[[Rule], str]] = {
    Method.GREEDY: lambda rule: f"greedy{'-stop' if rule.overrun is Overrun.STOP else ''}/{rule.scoring.by}",
    Method.EQUAL_SHARES: lambda rule: f"equal-shares/{rule.utility}/{rule.completion}",
    Method.PHRAGMEN: lambda rule: f"phragmen/{rule.overrun}",
    Method.RANKING: lambda rule: f"ranking/{rule.scoring.by}-{rule.ties.by[0]}",
    Method.STV: lambda rule: f"stv/{rule.seats}",
    Method.IRV: lambda _: "irv",
}
_DECIDES: dict[Method, Callable[[Rule, Election], Outcome]] = {
    Method.GREEDY: lambda rule, one: greedy.allocate(one.contenders, one.budget, overrun=rule.overrun, ties=rule.ties),
    Method.PHRAGMEN: lambda rule, one: phragmen.allocate(one, overrun=rule.overrun, ties=rule.ties),
    Method.RANKING: lambda rule, one: ranking.rank(one.contenders, ties=rule.ties),
    Method.STV: lambda rule, one: (
        ranked.transferable_vote(one.contenders, one.ballots, rule.seats, ties=rule.ties).outcome
    ),
    Method.IRV: lambda rule, one: ranked.instant_runoff(one.contenders, one.ballots, ties=rule.ties).outcome,
}
