"""Greedy budget allocation: down the ranking, what fits into the budget is funded."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from interlinker_ideation.methods.placement import Contender, Outcome, Placement, Verdict
from interlinker_ideation.methods.ties import Ties

RULE = "greedy/votes"
"""The declared rule: most votes first; equal votes, lower cost first; equal costs, earlier idea first. An idea that
does not fit into what is left is passed over and the next is tried. Without votes or a cost nothing is funded."""


class Overrun(StrEnum):
    """What happens at the first idea that does not fit into what is left."""

    SKIP = "skip"  # it is passed over and the next is tried
    STOP = "stop"  # nothing more is funded


def allocate(
    contenders: Iterable[Contender], budget: int, *, overrun: Overrun = Overrun.SKIP, ties: Ties | None = None
) -> Outcome:
    """Rank the contenders by votes, equal ones as declared, and fund what fits, in ranking order."""
    ties = ties or Ties()
    ordered = ties.order(contenders, _votes)
    left, stopped = budget, False
    placements = []
    for rank, contender in enumerate(ordered, start=1):
        verdict = _verdict(contender, left, stopped=stopped)
        stopped = stopped or (verdict is Verdict.TOO_COSTLY and overrun is Overrun.STOP)
        placements.append(Placement(contender, rank, verdict, left))
        left -= placements[-1].spent
    return Outcome(tuple(placements), tuple(ties.broken([one for one in ordered if one.votes], _votes)))


def _votes(contender: Contender) -> int:
    return contender.votes


def _verdict(contender: Contender, left: int, *, stopped: bool) -> Verdict:
    if contender.votes == 0:
        return Verdict.NO_VOTES
    if contender.cost is None:
        return Verdict.NO_COST
    if stopped:
        return Verdict.STOPPED
    return Verdict.FUNDED if contender.cost <= left else Verdict.TOO_COSTLY
