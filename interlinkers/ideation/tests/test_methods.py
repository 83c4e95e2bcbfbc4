"""Counting approvals, and the ranking without a budget."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from interlinker_ideation.methods.placement import Contender, Verdict, count_approvals
from interlinker_ideation.methods.ranking import rank

BALLOTS = st.lists(st.frozensets(st.integers(1, 8)).map(sorted), max_size=30)


def test_grouped_ballots_count_as_often_as_they_were_cast() -> None:
    assert count_approvals([([1, 2], 3), ([2], 1)]) == {1: 3, 2: 4}


@given(BALLOTS)
def test_votes_equal_the_ballots_that_name_the_idea(ballots: list[list[int]]) -> None:
    votes = count_approvals((ballot, 1) for ballot in ballots)
    assert all(votes[number] == sum(number in ballot for ballot in ballots) for number in range(1, 9))


def test_ranking_breaks_ties_by_support_then_by_age() -> None:
    placements = rank(
        [Contender(1, 2, support=1), Contender(2, 2, support=5), Contender(3, 7), Contender(4, 2, support=1)]
    ).placements
    assert [placement.contender.number for placement in placements] == [3, 2, 1, 4]
    assert {placement.verdict for placement in placements} == {Verdict.NO_BUDGET}
