"""Where we differ from survey-core on purpose: each line of "Deviations" in the package's README has its test here."""

from __future__ import annotations

import pytest
from interlinkers.survey.tests.expressions.oracle import NOW

from interlinker_survey.expressions import MAX_NODES, ExpressionError, Moment, Run, Value, Values, compile_expression


def result(text: str, answers: dict[str, Value]) -> Value:
    return compile_expression(text).evaluate(Run(Values(answers), now=NOW))


@pytest.mark.parametrize("text", ["5", "abc 12", "14 March 2026", "03/14/2026", "2026-3-14", "2026-03-14 10:00"])
def test_only_iso_8601_is_a_date(text: str) -> None:
    moment = result("getDate({#a})", {"a": text})
    assert isinstance(moment, Moment)
    assert not moment.valid


def test_where_survey_core_stops_with_an_error_there_is_no_result() -> None:
    assert result("sum('a', 1.5)", {}) is None


def test_a_side_that_cannot_matter_is_not_looked_at() -> None:
    assert result("{a} or sum('a', 1.5)", {"a": True}) is True


def test_an_answer_is_never_read_as_an_expression() -> None:
    rows: list[Value] = [{"n": 1}, {"n": 2}]
    assert result("countInArray({rows}, 'n', {a})", {"rows": rows, "a": "{n} > 1"}) == 0


def test_of_names_that_differ_in_case_the_exact_one_counts() -> None:
    assert result("{a}", {"A": 1, "a": 2}) == 2


def test_comparing_a_date_does_not_change_it() -> None:
    noon = Moment(1_773_490_166_535)
    assert result("{d} > '2026-03-14'", {"d": noon}) is False
    assert noon.ms == 1_773_490_166_535


def test_what_is_too_large_is_refused() -> None:
    with pytest.raises(ExpressionError):
        compile_expression("1" + "+1" * MAX_NODES)
