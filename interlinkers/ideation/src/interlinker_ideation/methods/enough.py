"""What would have sufficed for an idea that was not funded: found by running the rule again, so that it is true for any rule."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from interlinker_ideation.methods.placement import Election, Enough, Outcome, Placement, Verdict

Decide = Callable[[Election], Collection[int]]
"""A rule: which ideas of an election it funds, by number."""

MOST_BALLOTS = 100
"""What is looked for ends at so many further ballots for each voter there was: more is no answer to anybody."""


def with_enough(
    election: Election,
    outcome: Outcome,
    decide: Decide,
    *,
    most_runs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Outcome:
    """The outcome with what would have sufficed for each idea that was not funded, best ranks first.

    After `most_runs` of the rule the ideas that are left go without.
    """
    runs, explained = 0, []

    def counted(other: Election) -> Collection[int]:
        nonlocal runs
        runs += 1
        return decide(other)

    for done, one in enumerate(outcome.placements):
        if progress is not None:
            progress(done, len(outcome.placements))
        left_out = one.verdict is Verdict.FUNDED or (most_runs is not None and runs >= most_runs)
        explained.append(one if left_out else replace(one, enough=enough(election, one, counted)))
    return replace(outcome, placements=tuple(explained))


def enough(election: Election, placement: Placement, decide: Decide) -> Enough:
    """How many more ballots that name this idea alone, and which cost, would have funded it, each taken by itself."""
    contender = placement.contender
    if contender.cost is None:
        return Enough(None, None)
    number, cost = contender.number, contender.cost

    def at_cost(less: int) -> bool:
        return number in decide(election.at_cost(number, cost - less))

    def with_more(ballots: int) -> bool:
        return number in decide(election.with_more(number, ballots))

    less = _first(at_cost, cost) if contender.votes else None
    most = MOST_BALLOTS * (election.voters + 1)
    return Enough(
        ballots=_first(with_more, most) if cost <= election.budget and election.worth is not None else None,
        cost=None if less is None else cost - less,
    )


def _first(holds: Callable[[int], bool], most: int) -> int | None:
    """A number from 1 to `most` for which it holds while it does not for the one before; None if doubling finds none.

    The least such number where more never hurts, which is so for greedy rules. Proportional rules can lose an idea again when
    it gains a ballot: what is found then suffices all the same, and one less does not.
    """
    below, above = 0, 1
    while not holds(min(above, most)):
        if above >= most:
            return None
        below, above = above, above * 2
    above = min(above, most)
    while above - below > 1:
        middle = (below + above) // 2
        if holds(middle):
            above = middle
        else:
            below = middle
    return above
