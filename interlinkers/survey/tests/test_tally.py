"""Counting, free texts and what erasing leaves."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlinker_survey.definition import read_definition
from interlinker_survey.domain import Tally, erase_texts, free_texts, item_id

DEFINITION = read_definition(
    {
        "elements": [
            {"type": "radiogroup", "name": "one", "choices": ["a", {"value": 2, "text": "two"}]},
            {"type": "checkbox", "name": "many", "choices": ["x", "y"]},
            {"type": "rating", "name": "stars", "rateMax": 3},
            {"type": "boolean", "name": "yes"},
            {"type": "text", "name": "age", "inputType": "number"},
            {"type": "text", "name": "mail", "inputType": "email"},
            {"type": "text", "name": "born", "inputType": "date"},
            {"type": "text", "name": "line"},
            {"type": "comment", "name": "more"},
        ]
    }
)
FULL: dict[str, Any] = {
    "one": 2,
    "many": ["x", "y"],
    "stars": 3,
    "yes": True,
    "age": 40.5,
    "mail": "ana@example.org",
    "born": "1990-01-01",
    "line": "A bench",
    "more": "By the river",
}


def counted(*responses: dict[str, Any]) -> dict[str, Any]:
    """The counts of these responses."""
    tally = Tally(DEFINITION)
    for answers in responses:
        tally.add(answers)
    return tally.counts()


def test_every_choice_is_counted_also_the_one_nobody_chose() -> None:
    counts = counted(FULL, {"one": "a", "stars": 2}, {})
    assert counts["responses"] == 3
    assert counts["questions"]["one"] == {"responses": 2, "skipped": 1, "choices": {"a": 1, "2": 1}}
    assert counts["questions"]["many"] == {"responses": 1, "skipped": 2, "choices": {"x": 1, "y": 1}}
    assert counts["questions"]["yes"] == {"responses": 1, "skipped": 2, "choices": {"true": 1, "false": 0}}
    assert counts["questions"]["line"] == {"responses": 1, "skipped": 2}


def test_ratings_and_numbers_have_a_mean() -> None:
    questions = counted(FULL, {"stars": 2, "age": 20})["questions"]
    assert questions["stars"] == {"responses": 2, "skipped": 0, "choices": {"1": 0, "2": 1, "3": 1}, "mean": 2.5}
    assert questions["age"] == {"responses": 2, "skipped": 0, "mean": 30.25}


def test_without_answers_there_is_no_mean() -> None:
    assert counted()["questions"]["stars"]["mean"] is None


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # a busy machine is no failure
@given(st.permutations([0.1, 0.2, 0.3, 1e15, -1e15, 7]))
def test_the_mean_does_not_depend_on_the_order_of_arrival(ages: list[float]) -> None:
    means = {counted(*({"age": age} for age in order))["questions"]["age"]["mean"] for order in (ages, ages[::-1])}
    assert means == {round(7.6 / 6, 6)}


def test_free_texts_become_items_and_addresses_never() -> None:
    assert list(free_texts(DEFINITION, FULL)) == [("line", "A bench"), ("more", "By the river")]
    assert item_id("r1", "line") == "r1.line"


def test_erasing_keeps_every_count_and_no_word() -> None:
    erased = erase_texts(DEFINITION, FULL)
    assert counted(erased) == counted(FULL)
    assert list(free_texts(DEFINITION, erased)) == []
    assert {name for name, answer in erased.items() if answer is None} == {"mail", "born", "line", "more"}
