"""A plain ranking, for campaigns that have no money to give."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from interlinker_ideation.methods.placement import Contender, Outcome, Placement, Verdict
from interlinker_ideation.methods.ties import TieBy, Ties

BY_SUPPORT = Ties((TieBy.SUPPORT, TieBy.EARLIER))
"""What is usual for a ranking: more support first, then the earlier idea."""


def rank(contenders: Iterable[Contender], *, ties: Ties = BY_SUPPORT) -> Outcome:
    """Order the contenders by their votes or score, equal ones as declared."""
    ordered = ties.order(contenders, _worth)
    placements = [Placement(contender, place, Verdict.NO_BUDGET) for place, contender in enumerate(ordered, start=1)]
    return Outcome(tuple(placements), tuple(ties.broken([one for one in ordered if one.votes], _worth)))


def _worth(contender: Contender) -> int | Fraction:
    return contender.worth
