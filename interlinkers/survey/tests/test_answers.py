"""What an answer may be: every forged kind against every type of question."""

import json
import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlinker_shared.errors import InvalidError
from interlinker_survey.definition import read_definition
from interlinker_survey.domain import answers_of_form, check_answers

NOW = datetime(2026, 3, 14, 15, 9, tzinfo=UTC)
QUESTIONS: list[dict[str, Any]] = [
    {"type": "text", "name": "line", "maxLength": 20},
    {"type": "text", "name": "number", "inputType": "number", "min": 0, "max": 100},
    {"type": "text", "name": "mail", "inputType": "email"},
    {"type": "text", "name": "day", "inputType": "date", "min": "2024-01-01", "max": "2024-12-31"},
    {"type": "comment", "name": "comment"},
    {"type": "radiogroup", "name": "radio", "choices": ["a", "b", 3]},
    {"type": "dropdown", "name": "drop", "choices": [{"value": "x", "text": "X"}, "y"]},
    {
        "type": "checkbox",
        "name": "boxes",
        "choices": ["a", "b", "c", 4],
        "minSelectedChoices": 2,
        "maxSelectedChoices": 3,
    },
    {"type": "rating", "name": "stars"},
    {"type": "boolean", "name": "yes"},
]
NAMES = [question["name"] for question in QUESTIONS]
DEFINITION = read_definition({"elements": QUESTIONS})
ALL_REQUIRED = read_definition({"elements": [{**question, "isRequired": True} for question in QUESTIONS]})

GOOD: dict[str, Any] = {
    "line": "A bench",
    "number": 12.5,
    "mail": "ana@example.org",
    "day": "2024-02-29",
    "comment": "First line\nsecond",
    "radio": 3,
    "drop": "x",
    "boxes": ["a", 4],
    "stars": 5,
    "yes": False,
}


def checked(definition: Any, raw: dict[str, Any]) -> dict[str, Any]:
    """The answers that are kept."""
    return check_answers(definition, raw, now=NOW)


def refusals(raw: dict[str, Any], definition: Any = DEFINITION) -> list[tuple[str, str]]:
    """(pointer, code) of each refused answer."""
    with pytest.raises(InvalidError) as caught:
        checked(definition, raw)
    json.dumps([(field.pointer, field.message) for field in caught.value.fields], ensure_ascii=False).encode()
    return [(field.pointer, field.code) for field in caught.value.fields]


def test_good_answers_are_kept_in_the_order_of_asking() -> None:
    kept = checked(ALL_REQUIRED, dict(reversed(GOOD.items())))
    assert kept == GOOD
    assert list(kept) == NAMES


def test_no_answer_is_fine_where_none_is_required() -> None:
    empty = {name: [] if name == "boxes" else "" for name in NAMES}
    assert checked(DEFINITION, {}) == checked(DEFINITION, empty) == {}
    assert checked(DEFINITION, dict.fromkeys(NAMES)) == {}


def test_every_required_question_without_an_answer_is_named() -> None:
    assert refusals({}, ALL_REQUIRED) == [(f"/answers/{name}", "missing") for name in NAMES]
    assert refusals({**GOOD, "line": "  \t "}, ALL_REQUIRED) == [("/answers/line", "missing")]
    assert refusals({**GOOD, "boxes": []}, ALL_REQUIRED) == [("/answers/boxes", "missing")]


def test_no_is_an_answer_to_a_required_yes_or_no() -> None:
    assert checked(ALL_REQUIRED, GOOD)["yes"] is False


FORGED = {
    "zero": 0,
    "negative": -1,
    "past the range": 101,
    "huge": 10**400,
    "fraction": 2.5,
    "not a number": math.nan,
    "infinite": math.inf,
    "true": True,
    "number as text": "5",
    "word": "surely-not-a-choice-or-date",
    "capitals": "A",
    "space": "a ",
    "nul": "a\x00b",
    "escape": "a\x1b[31m",
    "surrogate": "\ud83d",
    "long": "x" * 20_001,
    "two lines": "a\nb",
    "line separator": "a\u2028b",
    "arabic digits": "٢٠٢٤-٠٢-٠٣",
    "no such day": "2024-02-30",
    "day before the first": "2023-12-31",
    "object": {"value": "a"},
    "empty object": {},
    "list of lists": [["a"], ["b"]],
    "one of the list": ["a"],
    "all of the list": ["a", "b", "c", 4],
    "twice the same": ["a", "a"],
    "same as text and number": [4, "4"],
    "stranger in the list": ["a", "z"],
    "null in the list": ["a", None],
    "list of a thousand": ["a"] * 1000,
    "true in the list": ["a", True],
}
# What of the above is a good answer after all, and to which questions.
ACCEPTED = {
    "zero": {"number"},
    "fraction": {"number"},
    "number as text": {"line", "comment"},
    "word": {"comment"},
    "capitals": {"line", "comment"},
    "space": {"line", "comment"},
    "two lines": {"comment"},
    "line separator": {"comment"},
    "arabic digits": {"line", "comment"},
    "no such day": {"line", "comment"},
    "day before the first": {"line", "comment"},
    "true": {"yes"},
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_answer_is_refused_at_its_place(kind: str, name: str) -> None:
    raw = {name: FORGED[kind]}
    if name in ACCEPTED.get(kind, set()):
        assert list(checked(DEFINITION, raw)) == [name]
    else:
        assert [pointer for pointer, _ in refusals(raw)] == [f"/answers/{name}"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ({"line": "x" * 21}, "string_too_long"),
        ({"line": "a\nb"}, "one_line"),
        ({"comment": "a\x00"}, "nul"),
        ({"comment": 5}, "string_type"),
        ({"mail": "ana@"}, "email"),
        ({"mail": "a" * 250 + "@b.org"}, "string_too_long"),
        ({"day": "29.02.2024"}, "date_parsing"),
        ({"day": "20240229"}, "date_parsing"),
        ({"day": "2025-01-01"}, "too_late"),
        ({"number": "12"}, "float_parsing"),
        ({"number": -0.1}, "greater_than_equal"),
        ({"radio": "3"}, "literal_error"),
        ({"radio": 3.0}, "literal_error"),
        ({"boxes": ["a"]}, "too_short"),
        ({"boxes": ["a", "b", "c", 4]}, "too_long"),
        ({"boxes": ["a", "a"]}, "duplicate"),
        ({"boxes": ["a"] * 5}, "too_long"),
        ({"boxes": "a"}, "list_type"),
        ({"boxes": ""}, "list_type"),
        ({"stars": 6}, "literal_error"),
        ({"stars": 5.0}, "int_parsing"),
        ({"yes": 1}, "literal_error"),
        ({"line": []}, "string_type"),
    ],
    ids=str,
)
def test_each_refusal_has_its_code(raw: dict[str, Any], code: str) -> None:
    assert [found for _, found in refusals(raw)] == [code]


def test_an_answer_to_no_question_is_refused_with_a_suggestion() -> None:
    assert refusals({"linn": "x", "a/b\ud800": 1}) == [
        ("/answers/linn", "extra_forbidden"),
        ("/answers/a~1b\\ud800", "extra_forbidden"),
    ]
    with pytest.raises(InvalidError, match="Did you mean “line”"):
        checked(DEFINITION, {"linn": "x"})


def test_a_thousand_unknown_answers_are_told_as_fifty() -> None:
    assert len(refusals({f"x{n}": 1 for n in range(1000)})) == 50


def test_line_ends_of_browsers_count_as_one_character() -> None:
    definition = read_definition({"elements": [{"type": "comment", "name": "c", "maxLength": 3}]})
    assert checked(definition, {"c": "a\r\nb"}) == {"c": "a\nb"}


VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(0, 101)
    | st.floats()
    | st.text()
    | st.dates(date(2023, 12, 1), date(2025, 1, 31)).map(str)
    | st.sampled_from(["a", "b", "c", "x", "y", 3, 4, "ana@example.org", ""])
    | st.lists(st.sampled_from(["a", "b", "c", 4, "4", None, True]), max_size=5)
    | st.dictionaries(st.text(), st.integers(), max_size=2)
)


def holds(name: str, value: Any) -> bool:
    """The rules of QUESTIONS once more, said in another way."""
    tests: dict[str, Callable[[], object]] = {
        "line": lambda: isinstance(value, str) and 0 < len(value) <= 20 and "\n" not in value and "\0" not in value,
        "number": lambda: type(value) in {int, float} and 0 <= value <= 100,
        "mail": lambda: isinstance(value, str) and value.count("@") == 1,
        "day": lambda: date.fromisoformat(value).year == 2024,
        "comment": lambda: isinstance(value, str) and 0 < len(value) <= 5000 and "\0" not in value,
        "radio": lambda: (type(value), value) in {(str, "a"), (str, "b"), (int, 3)},
        "drop": lambda: value in {"x", "y"},
        "boxes": lambda: len(value) in {2, 3} and len({*map(str, value)}) == len(value) and True not in value,
        "stars": lambda: type(value) is int and 1 <= value <= 5,
        "yes": lambda: isinstance(value, bool),
    }
    return bool(tests[name]())


def flawed_names(raw: dict[str, Any]) -> set[str]:
    """The questions whose answers are refused; any other error fails the test."""
    try:
        checked(DEFINITION, raw)
    except InvalidError as refused:
        return {field.pointer.removeprefix("/answers/") for field in refused.fields}
    return set()


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # a busy machine is no failure
@given(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3))
def test_only_what_the_questions_ask_for_is_ever_accepted(raw: dict[str, Any]) -> None:
    wrong = flawed_names(raw)
    assert wrong <= set(raw)
    kept = checked(DEFINITION, {name: value for name, value in raw.items() if name not in wrong})
    assert all(holds(name, value) for name, value in kept.items())
    assert checked(DEFINITION, kept) == kept
    json.dumps(kept, ensure_ascii=False, allow_nan=False).encode()


def test_a_form_says_the_same_as_the_api() -> None:
    fields = {name: str(value) for name, value in GOOD.items()} | {"boxes": ["a", "4"], "yes": "false"}
    assert checked(DEFINITION, answers_of_form(DEFINITION, fields)) == GOOD


def test_an_empty_form_is_no_answer() -> None:
    assert checked(DEFINITION, answers_of_form(DEFINITION, {"boxes": [], "line": "", "stars": " "[:0]})) == {}


def test_a_decimal_comma_is_a_number_in_a_form() -> None:
    assert answers_of_form(DEFINITION, {"number": " 2,5 ", "stars": "4"}) == {"number": 2.5, "stars": 4}


@pytest.mark.parametrize(
    ("entered", "code"),
    [
        ({"number": "1e3"}, "float_parsing"),
        ({"number": "١٢"}, "float_parsing"),
        ({"number": "9" * 5000}, "float_parsing"),
        ({"stars": "2.5"}, "int_parsing"),
        ({"radio": ["a", "b"]}, "literal_error"),
        ({"line": ["a", "b"]}, "string_type"),
        ({"line": {"a": "b"}}, "string_type"),
        ({"boxes": ["a", "z"]}, "literal_error"),
        ({"boxes": "a"}, "list_type"),
        ({"yes": "maybe"}, "literal_error"),
        ({"forged": "x"}, "extra_forbidden"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_forged_form_is_refused_like_the_api_does(entered: dict[str, object], code: str) -> None:
    assert [found for _, found in refusals(answers_of_form(DEFINITION, entered))] == [code]
