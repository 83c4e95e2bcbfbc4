"""What statistics say of small answers that can be counted by hand."""

from __future__ import annotations

from collections import Counter

import pytest

from interlinker_survey.statistics import (
    Column,
    Kind,
    Missing,
    NoWeightError,
    Variable,
    answered,
    associate,
    chosen,
    describe,
    effective_size,
    promoters,
    rake,
    rank,
    upper_tail,
    values,
    wilson,
)


def test_why_there_is_no_answer_is_told_apart() -> None:
    column: Column = Counter({"a": 3, Missing.NOT_SHOWN: 2, Missing.NOT_ANSWERED: 1})
    found = answered(column)
    assert (found.answered, found.total) == (3, 6)
    assert found.missing == {Missing.NOT_SHOWN: 2, Missing.NOT_ANSWERED: 1, Missing.REFUSED: 0}
    assert values(column) == {"a": 3}


def test_every_key_is_counted_also_of_several() -> None:
    variable = Variable("v", Kind.MULTIPLE, ("a", "b", "c"))
    column: Column = Counter({("a", "b"): 2, ("b",): 3, Missing.NOT_ANSWERED: 9, ("gone",): 1})
    assert chosen(variable, column) == {"a": 2, "b": 5, "c": 0}


def test_numbers_do_not_depend_on_their_order_nor_lose_digits() -> None:
    found = describe(Counter([1e16, 1.0, -1e16]))
    assert found is not None
    assert found.mean == pytest.approx(1 / 3, rel=1e-15)
    assert (found.least, found.most, found.quartiles[1]) == (-1e16, 1e16, 1.0)


def test_one_number_has_no_deviation_and_none_has_nothing() -> None:
    one = describe({4.0: 1})
    assert one is not None
    assert (one.mean, one.deviation, one.quartiles) == (4.0, None, (4.0, 4.0, 4.0))
    assert describe({}) is None


def test_nobody_knows_a_share_of_nobody() -> None:
    found = wilson(0, 0)
    assert (found.low, found.high) == (0, 1)


def test_net_promoter_score() -> None:
    found = promoters(20, 30, 50)
    assert found is not None
    score, interval = found
    assert score == pytest.approx(0.3)
    assert -1 <= interval.low < score < interval.high <= 1
    assert promoters(0, 0, 0) is None


def test_the_interval_of_a_unanimous_score_has_a_width() -> None:
    found = promoters(0, 0, 4)
    assert found is not None
    assert found[0] == 1
    assert found[1].low < 1


def test_ranks_and_borda_points() -> None:
    found = rank(("a", "b", "c"), {("a", "b", "c"): 2, ("b", "a", "c"): 1, ("b",): 1})
    assert [found[key].borda for key in "abc"] == [2 * 2 + 1 + 0.5, 2 * 1 + 2 + 2, 0.5]
    assert [found[key].mean for key in "ab"] == pytest.approx([4 / 3, 1.5])
    assert (found["b"].first, found["c"].ranked) == (2, 3)


def test_what_is_independent_has_no_association() -> None:
    found = associate([[10, 20], [30, 60]])
    assert found is not None
    assert (found.chi_squared, found.p, found.v, found.v_corrected) == (0, 1, 0, 0)


def test_what_is_the_same_is_wholly_associated() -> None:
    found = associate([[50, 0, 0], [0, 0, 50]])
    assert found is not None
    assert (found.freedom, found.v) == (1, 1)


def test_a_single_line_cannot_be_tested() -> None:
    assert associate([[3, 4], [0, 0]]) is None


def test_there_is_no_distribution_without_a_degree_of_freedom() -> None:
    with pytest.raises(ValueError, match="degree"):
        upper_tail(1.0, 0)
    assert (upper_tail(0, 3), upper_tail(float("inf"), 3)) == (1, 0)


def test_strata_count_as_they_do_in_the_population() -> None:
    found = rake({("north",): 80, ("south",): 20}, [{"north": 500, "south": 500}])
    assert found.weights == {("north",): pytest.approx(0.625), ("south",): pytest.approx(2.5)}
    assert found.effective == pytest.approx(64)
    assert effective_size({}, {}) == 0


@pytest.mark.parametrize(
    "population", [{"north": 5, "south": 5, "west": 5}, {"north": 5}, {"north": 5, "south": 0}, {}], ids=str
)
def test_a_population_that_nobody_stands_for_has_no_weights(population: dict[str, float]) -> None:
    with pytest.raises(NoWeightError):
        rake({("north",): 8, ("south",): 2}, [population])


def test_margins_that_contradict_what_was_answered_have_no_weights() -> None:
    with pytest.raises(NoWeightError):
        rake({("a", "x"): 5, ("b", "y"): 5}, [{"a": 1, "b": 1}, {"x": 1, "y": 3}])
