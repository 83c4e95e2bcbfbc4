"""What is published of counts: groups, gaps, what goes together, and what waits."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlinker_survey.disclosure import CircleError, Counted, Release, Several, TooFewError, release
from interlinker_survey.disclosure.choosing import bounds, hide
from interlinker_survey.disclosure.flows import reach
from interlinker_survey.disclosure.grouping import group
from interlinker_survey.disclosure.suppressing import everything, suppress

K = 5


def counted(**singles: list[int]) -> Counted:
    """Counts of single variables, the last number of each being "no answer"."""
    return Counted(sum(next(iter(singles.values()))), singles)


def groups(*counts: int, ordered: bool = False) -> list[tuple[int, ...]]:
    return list(group(counts, K, ordered=ordered))


def test_counts_of_enough_people_stay_as_they_are() -> None:
    assert groups(20, 5, 0, 30) == [(0,), (1,), (2,), (3,)]


def test_few_stand_with_the_next_fewest() -> None:
    assert groups(20, 4, 9, 0) == [(0,), (1, 2), (3,)]


def test_few_of_a_scale_stand_with_a_neighbour() -> None:
    assert groups(8, 20, 4, 30, 9, ordered=True) == [(0,), (1, 2), (3,), (4,)]
    assert groups(2, 0, 30, 9, 9, ordered=True) == [(0, 1, 2), (3,), (4,)]


def test_few_without_an_answer_stand_with_the_fewest() -> None:
    assert groups(20, 9, 1) == [(0,), (1, 2)]


def test_that_all_said_the_same_is_not_told() -> None:
    assert groups(50, 0, 7) == [(0, 1), (2,)]
    assert groups(50, 3, 7) == [(0,), (1, 2)]
    assert groups(50, 3, 0) == [(0, 1), (2,)]


def test_that_all_wrote_something_is_told() -> None:
    assert groups(50, 0) == [(0,), (1,)]


@given(st.lists(st.integers(0, 20), min_size=2, max_size=9), st.booleans())
def test_every_category_is_in_one_group_that_is_not_small(counts: list[int], ordered: bool) -> None:
    found = group(counts, K, ordered=ordered)
    assert sorted(place for one in found for place in one) == list(range(len(counts)))
    sums = [sum(counts[place] for place in one) for one in found]
    assert len(found) == 1 or not any(0 < held < K for held in sums)
    if ordered:
        answers = [[place for place in one if place != len(counts) - 1] for one in found if len(counts) - 1 not in one]
        assert all(after == before + 1 for one in answers for before, after in pairwise(one))


@pytest.mark.parametrize(
    "cells", [[[5, 0], [0, 5]], [[5, 5], [0, 95]], [[1, 4], [4, 1]], [[50, 0, 5], [5, 5, 0]]], ids=str
)
def test_a_table_without_any_of_its_cells_tells_nothing(cells: list[list[int]]) -> None:
    hidden = everything(cells)
    assert all(reach(cells, hidden, cell, K) == K for cell in hidden)


def test_a_single_gap_would_be_no_gap() -> None:
    cells = [[3, 20, 20], [20, 20, 20], [20, 20, 20]]
    assert reach(cells, {(0, 0)}, (0, 0), K) == 0
    hidden = suppress(cells, K)
    assert len(hidden) == 4
    assert all(reach(cells, hidden, cell, K) == K for cell in hidden)


def test_a_group_of_one_mind_is_hidden() -> None:
    assert (0, 1) in suppress([[0, 12], [20, 30]], K)


def test_what_was_hidden_stays_hidden_where_nothing_was_added() -> None:
    before = suppress([[3, 20, 20], [20, 20, 20], [20, 20, 20]], K)
    added = [[0, 0, 0], [0, 6, 6], [0, 6, 6]]
    assert before <= suppress(added, K, before)


def test_choices_are_hidden_where_few_or_nearly_all_chose() -> None:
    assert hide(Several([50, 3, 97], 100, 1, 3), K) == {1, 2}
    assert hide(Several([50, 3, 60], 100, 1, 3), K) == {1}
    assert hide(Several([97, 0, 3], 100, 1, 1), K) == {0, 2}


def test_what_stands_alone_leaves_the_others_room() -> None:
    several = Several([40, 30, 10], 50, 1, 2, alone=2)
    assert bounds(several, {0, 1}, 0) == (0, 40)
    assert bounds(Several([40, 30, 10], 50, 1, 2), {0}, 0) == (10, 50)


def test_fewer_than_k_responses_are_not_published() -> None:
    with pytest.raises(TooFewError):
        release(counted(a=[2, 2, 0]), K)


def after(former: Release, **singles: list[int]) -> Release:
    return release(counted(**singles), K, former)


def test_a_variable_waits_until_what_was_added_tells_of_nobody() -> None:
    first = release(counted(a=[20, 30, 0], b=[25, 25, 0]), K)
    second = after(first, a=[26, 37, 0], b=[27, 36, 0])
    assert second.singles["a"].counts == (26, 37, 0)
    assert second.singles["b"] == first.singles["b"]
    third = after(second, a=[26, 37, 0], b=[27, 36, 0])
    assert third.told == second.told


def test_a_changed_answer_waits_too() -> None:
    first = release(counted(a=[20, 30, 0]), K)
    assert after(first, a=[19, 31, 0]).told == first.told
    assert after(first, a=[19, 41, 0]).told == first.told


def test_newcomers_of_one_mind_wait() -> None:
    first = release(counted(a=[20, 30, 0]), K)
    assert after(first, a=[28, 30, 0]).told == first.told


def paired(cells: list[list[int]], pair: tuple[str, str] = ("a", "b")) -> dict[str, Any]:
    rows, columns = [*map(sum, cells)], [*map(sum, zip(*cells, strict=True))]
    return {"size": sum(rows), "singles": {pair[0]: rows, pair[1]: columns}, "pairs": {pair: cells}}


def test_connected_variables_go_together_or_not_at_all() -> None:
    first = release(Counted(**paired([[20, 10, 0], [10, 20, 0], [0, 0, 0]])), K)
    assert first.pairs["a", "b"].hidden == frozenset()
    second = release(Counted(**paired([[26, 10, 0], [10, 22, 0], [0, 0, 0]])), K, first)
    assert second.told == first.told
    third = release(Counted(**paired([[26, 12, 0], [14, 29, 0], [0, 0, 0]])), K, first)
    assert third.pairs["a", "b"].hidden == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_a_table_can_be_added_while_its_responses_are_the_same() -> None:
    full = paired([[20, 10, 0], [10, 20, 0], [0, 0, 0]])
    first = release(Counted(**full | {"pairs": {}}), K)
    assert set(release(Counted(**full), K, first).pairs) == {("a", "b")}
    grown = release(Counted(**paired([[30, 20, 0], [20, 30, 0], [0, 0, 0]])), K, first)
    assert (grown.size, grown.pairs) == (100, {})


def test_tables_must_not_form_a_circle() -> None:
    singles = {name: [20, 20, 0] for name in "abc"}
    cells = [[10, 10, 0], [10, 10, 0], [0, 0, 0]]
    pairs = dict.fromkeys([("a", "b"), ("b", "c"), ("a", "c")], cells)
    with pytest.raises(CircleError):
        release(Counted(40, singles, pairs=pairs), K)


def test_choices_wait_as_well() -> None:
    def asked(size: int, *chosen: int) -> Counted:
        return Counted(size, {}, several={"s": Several(chosen, size, 1, 2)})

    first = release(asked(40, 20, 30), K)
    assert release(asked(48, 26, 35), K, first).choices["s"] == first.choices["s"]
    assert release(asked(58, 28, 40), K, first).choices["s"].several.chosen == (28, 40)
