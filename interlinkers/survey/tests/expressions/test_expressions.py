"""What an expression says and what it costs, without survey-core at hand."""

from __future__ import annotations

import contextlib
import time
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from interlinkers.survey.tests.expressions.oracle import NOW

from interlinker_survey.expressions import (
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_NODES,
    UNDEFINED,
    ExpressionError,
    Moment,
    Run,
    TooManyStepsError,
    Value,
    Values,
    as_json,
    compile_expression,
    names,
    parse,
    problems,
)

DAY_MS = 86_400_000


def result(text: str, now: datetime = NOW, **answers: Any) -> Value:
    return compile_expression(text).evaluate(Run(Values(answers), now=now))


def refusal(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as refused:
        compile_expression(text)
    return refused.value


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2^3^2", 64),
        ("'10' > '9'", False),
        ("{n} = '5'", True),
        ("{word} = 'RED'", True),
        ("{list} = [2, 1]", True),
        ("{nothing} < 1", False),
        ("{nothing} != true", True),
        ("0 empty", False),
        ("'' empty", True),
        ("1/0", None),
        ("'1' + 2", "12"),
        ("0.1 + 0.2", 0.3),
        ("1 or 0 and 0", 1),
        ("iif({n} > 4, 'many', 'few')", "many"),
        ("sumInArray({rows}, 'cost', {kind} = 'bus')", 7),
        ("maxInArray({rows}, 'cost', 'kind')", "car"),
        ("as_it_is = {#code}", False),
        ("{#code} = '007'", True),
    ],
)
def test_facts_of_the_language(text: str, wanted: Value) -> None:
    rows = [{"kind": "bus", "cost": "2"}, {"kind": "bus", "cost": 5}, {"kind": "car", "cost": 9}]
    assert result(text, n=5, word="red", list=[1, 2], rows=rows, code="007") == wanted


def test_a_leap_day_and_a_year_are_the_first_of_march() -> None:
    assert as_json(result("dateAdd('2024-02-29', 1, 'years')")) == "2025-03-01"


def test_the_clock_is_given_and_has_a_zone() -> None:
    late = datetime(2026, 3, 28, 23, 30, tzinfo=ZoneInfo("UTC"))
    assert as_json(result("today()", now=late.astimezone(ZoneInfo("Europe/Madrid")))) == "2026-03-29"
    assert as_json(result("today()", now=late)) == "2026-03-28"


def test_a_day_on_which_clocks_change_has_its_own_midnight() -> None:
    madrid = datetime(2026, 3, 29, 12, tzinfo=ZoneInfo("Europe/Madrid"))
    start, end = result("today()", now=madrid), result("today(1)", now=madrid)
    assert isinstance(start, Moment)
    assert isinstance(end, Moment)
    assert end.ms - start.ms == DAY_MS - 3_600_000


@pytest.mark.parametrize(("answer", "holds"), [(True, True), (1, True), (2, False), ("yes", False), (None, False)])
def test_a_condition_holds_for_true_and_1_only(answer: Value, *, holds: bool) -> None:
    assert compile_expression("{a}").holds(Run(Values({"a": answer}))) is holds


@pytest.mark.parametrize(
    ("text", "code", "position", "hint"),
    [
        ("not {a}", "syntax", 4, "write ! before"),
        ("{a} = 'open", "syntax", 6, "quotation mark"),
        ("{a = 1", "syntax", 0, "curly bracket"),
        ("{a} = 1 {b}", "syntax", 8, "Expected an operator"),
        ("null", "null_operand", 0, ""),
        ("x" * (MAX_LENGTH + 1), "too_long", MAX_LENGTH, ""),
        ("(" * (MAX_DEPTH + 1) + "1", "too_complex", MAX_DEPTH, ""),
        ("1" + "+1" * MAX_NODES, "too_complex", MAX_NODES + 1, ""),
    ],
)
def test_a_refusal_has_a_code_a_place_and_a_hint(text: str, code: str, position: int, hint: str) -> None:
    refused = refusal(text)
    assert (refused.code, refused.position) == (code, position)
    assert hint in str(refused)


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("sumArray({a}, 'b')", "unknown_function", "sumInArray"),
        ("iff({a}, 1, 2)", "unknown_function", "iif"),
        ("dateDiff({a})", "function_arguments", "2 to 3"),
        ("sumInArray({a}, 'b', '{c} = ')", "syntax", "In the condition of sumInArray"),
        ("sumInArray({a}, 'b', noSuch({c}))", "unknown_function", "noSuch"),
    ],
)
def test_what_can_never_mean_anything_is_found(text: str, code: str, said: str) -> None:
    (found, *_) = problems(parse(text))
    assert found.code == code
    assert said in found.message


def test_all_names_are_found_with_their_places() -> None:
    node = parse("{a} + {b.c} > countInArray({rows}, 'n', '{m} = {a}') and displayValue('q') = 'x'")
    found = [(name.path.name, name.position, name.array, name.by_function) for name in names(node)]
    assert found == [
        ("a", 0, None, None),
        ("b.c", 6, None, None),
        ("n", 14, "rows", None),
        ("m", 14, "rows", None),
        ("a", 14, "rows", None),
        ("rows", 27, None, None),
        ("q", 57, None, "displayValue"),
    ]


def test_long_chains_are_read_run_and_written() -> None:
    chain = " or ".join(f"{{a}} = {number}" for number in range(120))
    assert result(chain, a=119) is True
    assert str(parse(chain)).endswith(" or ({a} == 119))")


@pytest.mark.parametrize(
    "text",
    [
        "{big} allof {big}",
        "{big} = {other}",
        "{big} anyof {other}",
        "countInArray({rows}, 'n', " + " and ".join(["{n} = {n}"] * 100) + ")",
        "+".join(["{long}"] * 240),
        "+".join(["{big}"] * 240),
        "+".join(["{long}"] * 100) + " contains " + "'x'",
        "sum(" + ",".join(["{big}"] * 200) + ")",
        "{deep} = {deep2}",
        "round(1.5, 999999999) + trunc({n}, 99999999999)",
        "dateAdd(today(), 99999999999999, 'years')",
        "{n} ^ {n} ^ {n}",
    ],
)
def test_no_expression_takes_longer_than_50_ms(text: str) -> None:
    deep: Value = {"a": [{"b": [1, 2, 3]}] * 300}
    answers: dict[str, Any] = {
        "big": [str(n) for n in range(1000)],
        "other": [str(n) for n in range(1000, 2000)],
        "n": 1e300,
    }
    answers |= {
        "rows": [{"n": n} for n in range(1, 1000)],
        "long": "x" * 20_000,
        "deep": deep,
        "deep2": {"a": [{"b": [3, 2, 1]}] * 300},
    }
    expression, run = compile_expression(text), Run(Values(answers), now=NOW)
    start = time.process_time()
    with contextlib.suppress(TooManyStepsError):
        expression.evaluate(run)
    assert time.process_time() - start < 0.05


def test_too_many_steps_are_no_result_but_an_error() -> None:
    with pytest.raises(TooManyStepsError):
        result("{a} allof {a}", a=list(range(1000)))


def test_results_are_written_as_json_has_them() -> None:
    written = as_json([UNDEFINED, float("nan"), Moment(0), Moment(float("nan")), {"a": [1.5]}])
    assert written == [None, None, "1970-01-01", None, {"a": [1.5]}]
