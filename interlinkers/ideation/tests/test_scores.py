"""Scores: exact, and fair to ideas that few have seen."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlinker_ideation.methods.scores import BILLION, bayesian_average, borda, sum_points, wilson_bound

VOTES = st.integers(0, 10**6)


@given(VOTES, VOTES)
def test_wilson_bound_is_the_textbook_formula(ups: int, downs: int) -> None:
    votes, z = ups + downs, 1.96
    if votes == 0:
        assert wilson_bound(ups, downs) == 0
        return
    share = ups / votes
    root = z * sqrt(share * (1 - share) / votes + z * z / (4 * votes * votes))
    textbook = max(0.0, (share + z * z / (2 * votes) - root) / (1 + z * z / votes))
    assert float(wilson_bound(ups, downs)) == pytest.approx(textbook, abs=3e-9)


def test_few_votes_rank_below_many_that_are_nearly_as_good() -> None:
    assert wilson_bound(3, 0) < wilson_bound(90, 10)
    assert wilson_bound(1, 0) > wilson_bound(0, 0) == 0


@given(VOTES, VOTES)
def test_another_up_never_lowers_and_another_down_never_raises(ups: int, downs: int) -> None:
    grain = Fraction(2, BILLION)
    assert wilson_bound(ups + 1, downs) >= wilson_bound(ups, downs) - grain
    assert wilson_bound(ups, downs + 1) <= wilson_bound(ups, downs) + grain


def test_a_single_best_rating_does_not_outrank_many_good_ones() -> None:
    one, many = ([5], [5, 4, 5, 4, 5, 5, 4, 5])
    middle = Fraction(3)
    assert bayesian_average(one, middle=middle, weight=5) == Fraction(10, 3)
    assert bayesian_average(many, middle=middle, weight=5) == Fraction(52, 13)
    assert bayesian_average([], middle=middle, weight=5) == 3


def test_points_are_summed_over_equal_ballots() -> None:
    assert sum_points([([(1, 3), (2, 1)], 2), ([(2, 5)], 1)]) == {1: 6, 2: 7}


def test_places_are_worth_one_less_each() -> None:
    assert borda([([3, 1], 2), ([1, 2, 3], 1)], 3) == {3: 7, 1: 7, 2: 2}
