"""What a valid ballot is, for each type: the form that is kept, and every wrong entry named at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from interlinker_ideation.methods import ballots
from interlinker_ideation.methods.ballots import Limits
from interlinker_shared.errors import InvalidError

NUMBERS = {"park": 1, "pool": 2, "path": 3}
COSTS = {"park": 70, "pool": 50, "path": None}


def complaints(check: Callable[[], Any]) -> list[tuple[str, str]]:
    with pytest.raises(InvalidError) as caught:
        check()
    return [(field.pointer, field.code) for field in caught.value.fields]


def test_approvals_are_kept_as_sorted_numbers() -> None:
    assert ballots.approval(["path", "park"], NUMBERS, Limits()) == [1, 3]


def test_approvals_name_each_wrong_entry() -> None:
    assert complaints(lambda: ballots.approval(["park", "moon", "pool", "park"], NUMBERS, Limits())) == [
        ("/approvals/1", "unknown-idea"),
        ("/approvals/3", "duplicate"),
    ]


def test_approvals_keep_within_their_limits() -> None:
    assert complaints(lambda: ballots.approval([], NUMBERS, Limits(least=1))) == [("/approvals", "too_short")]
    assert complaints(lambda: ballots.approval(["park", "pool"], NUMBERS, Limits(most=1))) == [
        ("/approvals", "too_long")
    ]


def test_empty_ballot_is_valid_where_the_campaign_allows_it() -> None:
    assert ballots.approval([], NUMBERS, Limits(least=0)) == []


def test_knapsack_may_be_full_but_not_overfull() -> None:
    assert ballots.knapsack(["pool", "park"], NUMBERS, COSTS, 120, Limits()) == [1, 2]
    assert complaints(lambda: ballots.knapsack(["pool", "park"], NUMBERS, COSTS, 119, Limits())) == [
        ("/approvals", "over-budget")
    ]


def test_knapsack_takes_nothing_without_a_cost() -> None:
    check = lambda: ballots.knapsack(["park", "path"], NUMBERS, COSTS, 100, Limits())  # noqa: E731
    assert complaints(check) == [("/approvals/1", "no-cost")]


def test_points_are_kept_by_number() -> None:
    assert ballots.points([("pool", 3), ("park", 7)], NUMBERS, total=10) == [(1, 7), (2, 3)]


def test_points_name_each_wrong_entry() -> None:
    check = lambda: ballots.points([("pool", 0), ("moon", 4), ("park", 6)], NUMBERS, total=9, most_each=5)  # noqa: E731
    assert complaints(check) == [
        ("/points/1", "unknown-idea"),
        ("/points/0", "too_small"),
        ("/points/2", "too_large"),
        ("/points", "too_large"),
    ]


def test_too_few_points_are_refused_where_all_must_be_given() -> None:
    assert complaints(lambda: ballots.points([("park", 4)], NUMBERS, total=5, least=5)) == [("/points", "too_small")]


def test_ranking_keeps_its_order() -> None:
    assert ballots.ranking(["path", "park"], NUMBERS, Limits()) == [3, 1]


def test_ranking_names_nobody_twice() -> None:
    assert complaints(lambda: ballots.ranking(["path", "path"], NUMBERS, Limits())) == [("/ranking/1", "duplicate")]


def test_answers_are_on_their_scale() -> None:
    answers = ballots.answers([("pool", 5), ("park", 1)], NUMBERS, range(1, 6), Limits(), field="ratings")
    assert answers == [(1, 1), (2, 5)]
    check = lambda: ballots.answers([("park", 2)], NUMBERS, (-1, 0, 1), Limits(), field="votes")  # noqa: E731
    assert complaints(check) == [("/votes/0", "not-allowed")]
