"""Greedy budget allocation: down the ranking, what fits into the budget is funded."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from fractions import Fraction
from typing import Any

from interlinker_ideation.methods.placement import Contender, Outcome, Placement, Verdict
from interlinker_ideation.methods.ties import Ties


class Overrun(StrEnum):
    """What happens at the first idea that does not fit into what is left."""

    SKIP = "skip"  # it is passed over and the next is tried
    STOP = "stop"  # nothing more is funded


def allocate(
    contenders: Iterable[Contender], budget: int, *, overrun: Overrun = Overrun.SKIP, ties: Ties | None = None
) -> Outcome:
    """Rank the contenders by their votes or score, equal ones as declared, and fund what fits, in ranking order."""
    ties = ties or Ties()
    ordered = ties.order(contenders, _worth)
    left, stopped = budget, False
    placements = []
    for rank, contender in enumerate(ordered, start=1):
        verdict = _verdict(contender, left, stopped=stopped)
        stopped = stopped or (verdict is Verdict.TOO_COSTLY and overrun is Overrun.STOP)
        placements.append(Placement(contender, rank, verdict, left))
        left -= placements[-1].spent
    return Outcome(tuple(placements), tuple(ties.broken([one for one in ordered if one.votes], _worth)))


def decider(
    contenders: Iterable[Contender], *, overrun: Overrun = Overrun.SKIP, ties: Ties | None = None
) -> Callable[[Iterable[Contender], int], frozenset[int]]:
    """What tells, and no more, which ideas get money if one of these contenders is replaced."""
    key = _key(ties or Ties())
    keys = {id(one): (key(one), one) for one in contenders}  # they are kept, or another might get the same id

    def known(one: Contender) -> Any:
        found = keys.get(id(one))
        return key(one) if found is None else found[0]

    def funded(others: Iterable[Contender], budget: int) -> frozenset[int]:
        left, taken = budget, []
        for one in sorted(others, key=known):
            if one.votes and one.cost is not None:
                if one.cost <= left:
                    taken.append(one.number)
                    left -= one.cost
                elif overrun is Overrun.STOP:
                    break
        return frozenset(taken)

    return funded


def _key(ties: Ties) -> Callable[[Contender], Any]:
    return lambda one: (-one.worth, ties.key(one))


def _worth(contender: Contender) -> int | Fraction:
    return contender.worth


def _verdict(contender: Contender, left: int, *, stopped: bool) -> Verdict:
    if contender.votes == 0:
        return Verdict.NO_VOTES
    if contender.cost is None:
        return Verdict.NO_COST
    if stopped:
        return Verdict.STOPPED
    return Verdict.FUNDED if contender.cost <= left else Verdict.TOO_COSTLY
