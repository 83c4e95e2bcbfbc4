"""Greedy budget allocation: down the ranking, whatever still fits into the budget is funded."""

from __future__ import annotations

from collections.abc import Iterable

from interlinker_ideation.methods.placement import Contender, Placement, Verdict

RULE = "greedy/votes"
"""The declared rule: most votes first; equal votes, lower cost first; equal costs, earlier idea first. An idea that
does not fit into what is left is passed over and the next is tried. Without votes or a cost nothing is funded."""


def allocate(contenders: Iterable[Contender], budget: int) -> list[Placement]:
    """Rank the contenders by RULE and fund what fits, in ranking order."""
    left = budget
    placements = []
    for rank, contender in enumerate(sorted(contenders, key=_standing), start=1):
        placement = Placement(contender, rank, _verdict(contender, left), left)
        placements.append(placement)
        left -= placement.spent
    return placements


def _standing(contender: Contender) -> tuple[int, bool, int, int]:
    """Sort key of RULE; an unknown cost counts as higher than any known one."""
    return -contender.votes, contender.cost is None, contender.cost or 0, contender.number


def _verdict(contender: Contender, left: int) -> Verdict:
    if contender.votes == 0:
        return Verdict.NO_VOTES
    if contender.cost is None:
        return Verdict.NO_COST
    return Verdict.FUNDED if contender.cost <= left else Verdict.TOO_COSTLY
