"""A poll: everything that a result is computed from, as plain values; and the bundle that it comes to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from interlinker_ideation.bundles import make_bundle
from interlinker_ideation.methods.placement import Contender, Election
from interlinker_ideation.methods.rules import Rule
from interlinker_ideation.methods.scoring import Marks

MOST_WORK = 200_000_000
"""So many marks on ballots are looked at to find what would have sufficed, about a minute: later ideas go without."""

Progress = Callable[[str, int, int | None], None]
"""Told the phase, how much of it is done, and of how much if that is known."""
COUNTING, REASONS = "counting", "reasons"


@dataclass(frozen=True, slots=True)
class Poll:
    """Ideas, ballots, hashes of receipts, the rule, and the budget where there is one."""

    rule: Rule
    budget: int | None
    ideas: Sequence[Contender]
    ballots: Marks
    receipts: Sequence[str]

    def written(self) -> Iterator[bytes]:
        """The poll as JSON, in pieces; `read` takes it."""
        told = {
            "rule": self.rule.parameters,
            "budget": self.budget,
            "ideas": [[one.number, one.cost, one.support] for one in self.ideas],
            "receipts": list(self.receipts),
            "ballots": [[times, marks] for marks, times in self.ballots],
        }
        for piece in json.JSONEncoder(separators=(",", ":")).iterencode(told):
            yield piece.encode()

    @classmethod
    def read(cls, data: bytes) -> Poll:
        """What `written` wrote."""
        told = json.loads(data)
        ideas = [Contender(number, 0, cost, support) for number, cost, support in told["ideas"]]
        ballots = [(marks, times) for times, marks in told["ballots"]]
        return cls(Rule.of(told["rule"]), told["budget"], ideas, ballots, told["receipts"])

    def count(self, progress: Progress | None = None, *, explain: bool = True) -> dict[str, Any]:
        """The bundle; without what would have sufficed where nobody is to be told yet."""
        tell = progress or _silent
        election = self.rule.poll(self.ideas, self.ballots, self.budget)
        rounds = 0

        def count_round(_share: Fraction) -> None:
            nonlocal rounds
            rounds += 1
            tell(COUNTING, rounds, None)

        tell(COUNTING, 0, None)
        outcome = self.rule.decide(election, progress=count_round)
        if explain:
            runs = MOST_WORK // ((rounds + 1) * max(1, _size(election)))
            outcome = self.rule.explain(
                election, outcome, most_runs=runs, progress=lambda done, of: tell(REASONS, done, of)
            )
        return make_bundle(election, self.rule, outcome, receipts=self.receipts)


def outcome_of(bundle: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What became of each idea, in the order of rank."""
    return sorted(bundle["outcome"], key=lambda one: one["rank"])


def ballots_in(bundle: Mapping[str, Any]) -> int:
    """How many ballots were counted."""
    return sum(times for times, _ in bundle["ballots"])


def _size(election: Election) -> int:
    """Marks on different ballots, and the ideas."""
    return len(election.contenders) + sum(len(marks) + 1 for marks, _ in election.ballots)


def _silent(_phase: str, _done: int, _of: int | None) -> None:
    """Nobody waits."""
