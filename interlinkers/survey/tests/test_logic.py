"""What a form shows, lets answer and demands, without survey-core at hand."""

from __future__ import annotations

import copy
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from interlinker_survey.expressions import TooManyStepsError
from interlinker_survey.logic import CycleError, FormError, State, compile_form

NOW = datetime(2026, 3, 14, 15, 9, tzinfo=UTC)


def text(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "name": name, **more}


def judged(elements: list[dict[str, Any]], answers: dict[str, Any], **more: Any) -> State:
    return compile_form({"elements": elements, **more}).judge(answers, now=NOW)


def test_a_question_is_shown_open_and_demanded_by_its_conditions() -> None:
    asked = text("b", visibleIf="{a} > 1", enableIf="{a} < 5", requiredIf="{a} = 3")
    assert judged([text("a"), asked], {"a": 3}).parts["b"] == (True, True, True)
    assert judged([text("a"), asked], {"a": 7}).parts["b"] == (True, False, False)
    assert not judged([text("a"), asked], {}).visible("b")


def test_what_is_in_a_hidden_panel_is_hidden_and_not_demanded() -> None:
    panel = {"type": "panel", "name": "p", "visibleIf": "{a} = 1", "elements": [text("b", isRequired=True)]}
    state = judged([text("a"), panel], {"a": 2})
    assert (state.visible("p"), state.visible("b"), state.required("b")) == (False, False, False)


def test_a_page_without_anything_to_show_is_not_shown() -> None:
    pages = [{"name": "one", "elements": [text("a")]}, {"name": "two", "elements": [text("b", visibleIf="{a} = 1")]}]
    form = compile_form({"pages": pages})
    assert not form.judge({}, now=NOW).visible("two")
    assert form.judge({"a": 1}, now=NOW).visible("two")


def test_choices_can_be_left_out_and_closed() -> None:
    choices = ["bus", {"value": "car", "visibleIf": "{age} >= 18"}, {"value": "bike", "enableIf": "{item} = {likes}"}]
    state = judged([text("age"), text("likes"), {"type": "checkbox", "name": "by", "choices": choices}], {"age": 12})
    assert state.choices["by"] == ["bus", "bike"]
    assert state.closed["by"] == ["bike"]


def test_panels_and_rows_see_their_own_answers_and_their_neighbours() -> None:
    inside = [text("age"), text("school", visibleIf="{panel.age} < 18 and {prevPanel.age} > {panel.age}")]
    panel = {"type": "paneldynamic", "name": "kids", "templateElements": inside}
    state = judged([panel], {"kids": [{"age": 20}, {"age": 9}, {"age": 12}]})
    assert [state.visible(f"kids[{index}].school") for index in range(3)] == [False, True, False]


def test_rows_of_a_matrix_are_left_out_by_their_condition() -> None:
    columns = [
        {"name": "count", "cellType": "text", "requiredIf": "{row.kind} notempty"},
        {"name": "kind", "cellType": "text"},
    ]
    matrix = {"type": "matrixdropdown", "name": "goods", "rows": ["apples", "pears"], "columns": columns}
    state = judged([matrix | {"rowsVisibleIf": "{item} = 'pears'"}], {"goods": {"pears": {"kind": "green"}}})
    assert state.rows["goods"] == ["pears"]
    assert state.required("goods.pears.count")
    assert not state.visible("goods.apples.count")


def test_calculated_values_come_in_the_order_of_their_needs() -> None:
    values = [{"name": "total", "expression": "{net} * 1.21"}, {"name": "net", "expression": "{count} * 10"}]
    assert judged([text("count")], {"count": 3}, calculatedValues=values).values == {"net": 30, "total": 36.3}


def test_questions_that_calculate_settle_whatever_their_order() -> None:
    sums = [{"type": "expression", "name": f"s{index}", "expression": f"{{s{index + 1}}} + 1"} for index in range(5)]
    given: dict[str, Any] = {"s5": 1}
    assert judged([*sums, text("s5")], given).answers["s0"] == 6
    assert given == {"s5": 1}


def test_answers_stay_as_they_were_given() -> None:
    total = {"name": "sum", "cellType": "expression", "expression": "{row.a} + 1"}
    matrix = {"type": "matrixdynamic", "name": "m", "columns": [{"name": "a", "cellType": "text"}, total]}
    given: dict[str, Any] = {"m": [{"a": 1}]}
    before = copy.deepcopy(given)
    assert judged([matrix], given).answers == {"m": [{"a": 1, "sum": 2}]}
    assert given == before


def test_values_that_need_one_another_are_a_cycle() -> None:
    values = [{"name": "a", "expression": "{b} + 1"}, {"name": "b", "expression": "{A} + 1"}]
    with pytest.raises(CycleError) as refused:
        compile_form({"elements": [text("q")], "calculatedValues": values})
    assert refused.value.names == ("a", "b")
    assert refused.value.pointer == "/calculatedValues/0/expression"


def test_an_expression_that_cannot_be_used_has_its_place() -> None:
    panel = {"type": "panel", "name": "p", "elements": [text("b", requiredIf="not {a}")]}
    with pytest.raises(FormError) as refused:
        compile_form({"pages": [{"name": "one", "elements": [text("a"), panel]}]})
    assert refused.value.pointer == "/pages/0/elements/1/elements/0/requiredIf"
    assert (refused.value.code, refused.value.position) == ("syntax", 4)


def test_a_whole_form_has_a_limit_of_steps() -> None:
    greedy = [text(f"q{index}", visibleIf="{list} allof {list}") for index in range(30)]
    start = time.process_time()
    with pytest.raises(TooManyStepsError):
        judged(greedy, {"list": list(range(130))})
    assert time.process_time() - start < 1


def test_a_chained_form_is_judged_a_thousand_times_a_second() -> None:
    """The goal is 1 000 a second for a core by itself; a test on a busy machine asks for a quarter."""
    chain = [text("q0")] + [
        text(f"q{n}", visibleIf=f"{{q{n - 1}}} > {n - 1} and {{q0}} notempty") for n in range(1, 50)
    ]
    form, answers = compile_form({"elements": chain}), {f"q{n}": n + 1 for n in range(50)}
    start = time.process_time()
    for _ in range(50):
        assert form.judge(answers, now=NOW).visible("q49")
    assert time.process_time() - start < 50 / 250
