import pytest

from interlinker_gateway.definition.expressions import (
    BrokenExpressionError,
    compiled,
    expressions_in,
    holds,
    only,
    rendered,
    split,
)
from interlinker_gateway.domain.planner import ExpressionError

ITEMS = [{"id": "1", "text": "Trees", "question": "suggestion"}, {"id": "2", "text": "Bins", "question": "other"}]
VARIABLES = {"inputs": {"amount": 1000}, "tasks": {"needs": {"result": {"items": ITEMS, "counts": {"a": 1}}}}}


def test_a_text_that_is_one_expression_keeps_its_type() -> None:
    assert rendered({"budget": "${{ inputs.amount * 2 }}"}, VARIABLES) == {"budget": 2000}
    assert rendered("${{ tasks.needs.result.items.filter(i, i.question == 'suggestion') }}", VARIABLES) == [ITEMS[0]]


def test_an_expression_inside_a_text_is_written_out() -> None:
    assert rendered("${{ inputs.amount }} euro, ${{ inputs.amount > 1 }}", VARIABLES) == "1000 euro, true"


def test_a_map_literal_may_hold_the_closing_braces() -> None:
    assert rendered("${{ {'a': {'b': inputs.amount}} }}!", VARIABLES) == '{"a": {"b": 1000}}!'


def test_maps_come_back_in_one_order() -> None:
    value = rendered("${{ {'b': 1, 'a': 2, 'c': 3} }}", VARIABLES)
    assert list(value) == ["a", "b", "c"]


@pytest.mark.parametrize(
    "source",
    [
        "1/0",
        "tasks.none",
        "tasks.needs.result.items[9]",
        "'a' + 1",
        "9223372036854775807 + 1",
        "0.0/0.0",
        "b'x'",
        "{1: 2}",
    ],
)
def test_an_expression_without_a_value_is_an_error_that_names_it(source: str) -> None:
    with pytest.raises(ExpressionError) as failed:
        compiled(source).value(VARIABLES)
    assert source in str(failed.value)


@pytest.mark.parametrize("text", ["${{ 1 +", "${{ 1 + }}", "${{ }}", "${{ " + "x" * 3000 + " }}", "${{ a b }}"])
def test_a_broken_expression_is_refused(text: str) -> None:
    with pytest.raises(BrokenExpressionError):
        split(text)


def test_comprehensions_are_nested_two_deep_at_most() -> None:
    compiled("inputs.a.map(x, inputs.b.filter(y, y == x))")
    with pytest.raises(BrokenExpressionError, match="nested"):
        compiled("inputs.a.map(x, inputs.b.filter(y, inputs.c.all(z, z == y)))")


def test_names_bound_by_a_macro_are_no_variables() -> None:
    expression = compiled("tasks.needs.result.items.filter(i, i.text == 'tasks.other' && j == 1)")
    assert expression.variables == {"tasks", "j"}
    assert expression.members("tasks") == {"needs"}


@pytest.mark.parametrize("source", ["tasks['needs'].state", "tasks.map(t, t)", "size(tasks)", "tasks == tasks"])
def test_tasks_cannot_be_reached_but_by_name(source: str) -> None:
    assert compiled(source).members("tasks") & {"", "map"}


def test_an_unknown_function_is_found() -> None:
    assert compiled("inputs.a.shuffle() + random(1)").unknown_functions == {"shuffle", "random"}


def test_a_condition_must_be_true_or_false() -> None:
    assert holds("${{ inputs.amount > 1 }}", VARIABLES)
    with pytest.raises(ExpressionError, match="true or false"):
        holds("${{ inputs.amount }}", VARIABLES)


def test_more_than_one_expression_is_not_only_one() -> None:
    with pytest.raises(BrokenExpressionError):
        only("${{ 1 }} ${{ 2 }}")


def test_each_expression_is_found_with_its_place() -> None:
    value = {"a/b": ["x", {"c": "${{ 1 }}"}]}
    assert list(expressions_in(value)) == [("/a~1b/1/c", "${{ 1 }}")]
