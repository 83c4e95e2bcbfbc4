"""A plain ranking, for campaigns that have no money to give."""

from __future__ import annotations

from collections.abc import Iterable

from interlinker_ideation.methods.placement import Contender, Placement, Verdict

RULE = "ranking/votes-support"
"""The declared rule: most votes first; equal votes, more support first; equal support, earlier idea first."""


def rank(contenders: Iterable[Contender]) -> list[Placement]:
    """Order the contenders by RULE."""
    ordered = sorted(contenders, key=lambda one: (-one.votes, -one.support, one.number))
    return [Placement(contender, place, Verdict.NO_BUDGET) for place, contender in enumerate(ordered, start=1)]
