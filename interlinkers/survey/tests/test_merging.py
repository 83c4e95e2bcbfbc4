"""Which answers go on from one version to the next: pure rules, and that no edit loses or re-labels an answer."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest

from interlinker_shared.errors import InvalidError
from interlinker_survey.definition import Definition, read_definition
from interlinker_survey.domain import ChangeKind, Merge, Step, apart, merged

Json = dict[str, Any]
CHOICE: Json = {"type": "radiogroup", "name": "q", "choices": ["a", "b"]}
TEXT: Json = {"type": "text", "name": "q"}
NUMBER: Json = {"type": "text", "name": "q", "inputType": "number", "min": 0}
RATING: Json = {"type": "rating", "name": "q"}


def asks(*questions: Json) -> Definition:
    """A definition of these questions, and of one that never changes."""
    return read_definition({"elements": [*questions, {"type": "boolean", "name": "always"}]})


def step(former: Json, new: Json, **merges: Merge) -> Step:
    """From one question to another."""
    return Step(asks(former), asks(new), merges)


@pytest.mark.parametrize(
    ("former", "new", "kind"),
    [
        (CHOICE, CHOICE | {"title": "Anew"}, ChangeKind.REWORDED),
        (CHOICE, CHOICE | {"isRequired": True}, ChangeKind.REWORDED),
        (CHOICE, CHOICE | {"choices": ["b", {"value": "a", "text": "A"}]}, ChangeKind.REWORDED),
        (CHOICE, CHOICE | {"choices": ["a", "b", "c"]}, ChangeKind.CHANGED),
        (CHOICE, CHOICE | {"choices": ["a"]}, ChangeKind.CHANGED),
        (CHOICE, CHOICE | {"type": "checkbox"}, ChangeKind.CHANGED),
        (CHOICE, CHOICE | {"type": "dropdown"}, ChangeKind.CHANGED),
        (TEXT, TEXT | {"maxLength": 20}, ChangeKind.REWORDED),
        (TEXT, NUMBER, ChangeKind.CHANGED),
        (NUMBER, NUMBER | {"min": 1}, ChangeKind.CHANGED),
        (RATING, RATING | {"maxRateDescription": "best"}, ChangeKind.REWORDED),
        (RATING, RATING | {"rateMax": 7}, ChangeKind.CHANGED),
        (CHOICE, CHOICE | {"name": "r"}, ChangeKind.ADDED),
    ],
    ids=lambda case: getattr(case, "value", None) or str(sorted(case.items()))[:80],
)
def test_what_became_of_a_question(former: Json, new: Json, kind: ChangeKind) -> None:
    assert step(former, new).changes[0].kind is kind


@pytest.mark.parametrize(
    ("former", "new", "merge", "code"),
    [
        (CHOICE, CHOICE | {"choices": ["a"]}, Merge("q"), "missing"),
        (CHOICE, CHOICE | {"choices": ["a"]}, Merge("q", {"b": "z"}), "missing"),
        (CHOICE, CHOICE | {"choices": ["a", "c"]}, Merge("q", {"b": "c", "z": "a"}), "unknown-value"),
        (CHOICE, RATING, Merge("q"), "other-type"),
        (TEXT, NUMBER, Merge("q"), "other-type"),
        (TEXT, TEXT | {"maxLength": 3}, Merge("q", {"a": "b"}), "not_applicable"),
        (CHOICE, CHOICE | {"title": "Anew"}, Merge("r"), "unknown-question"),
    ],
    ids=str,
)
def test_a_mapping_that_cannot_be_is_refused(former: Json, new: Json, merge: Merge, code: str) -> None:
    with pytest.raises(InvalidError) as refused:
        step(former, new, q=merge)
    assert [flaw.code for flaw in refused.value.fields] == [code]


def test_a_text_keeps_the_name_under_which_it_was_told() -> None:
    with pytest.raises(InvalidError, match="under the name"):
        step(TEXT, TEXT | {"name": "r"}, r=Merge("q"))


def test_two_questions_do_not_share_the_answers_of_one() -> None:
    with pytest.raises(InvalidError, match="already"):
        Step(asks(CHOICE), asks(CHOICE, CHOICE | {"name": "r"}), {"q": Merge("q"), "r": Merge("q")})


def test_values_are_mapped_singly_and_in_lists() -> None:
    boxes: Json = {"type": "checkbox", "name": "q", "choices": ["a", "b", "c"]}
    lead = step(boxes, boxes | {"choices": ["x", "c"]}, q=Merge("q", {"a": "x", "b": "x"}))
    assert merged({"q": ["a", "b", "c"], "always": True}, [lead]) == {"q": ["x", "c"], "always": True}


def test_a_numeric_key_becomes_the_number_that_it_stands_for() -> None:
    lead = step(CHOICE, CHOICE | {"choices": [1, 2]}, q=Merge("q", {"a": "1", "b": "2"}))
    assert merged({"q": "b"}, [lead]) == {"q": 2}


def test_what_was_changed_in_between_does_not_come_back() -> None:
    there, back = step(CHOICE, RATING), step(RATING, CHOICE)
    assert (merged({"q": "a"}, [there, back]), apart({"q": "a"}, [there, back])) == ({}, {"q": "a"})


@pytest.mark.parametrize("seed", range(50))
def test_no_answer_is_lost_or_told_as_another(seed: int) -> None:
    """Twenty histories of edits with a seed: every answer goes on under its own meaning, or is apart; never both."""
    chance = random.Random(seed)
    for _ in range(20):
        names = [f"q{number}" for number in range(5)]
        history = [asks(*(edited(name, chance) for name in chance.sample(names, 4))) for _ in range(4)]
        steps = [Step(one, two, {}) for one, two in pairwise(history)]
        given = {name: chosen(history[0], name, chance) for name in history[0].questions}
        on, left = merged(given, steps), apart(given, steps)
        assert on | left == given
        assert not on.keys() & left.keys()
        for name, answer in on.items():
            assert [values(one, name) for one in history] == [values(history[0], name)] * 4
            assert answer in values(history[-1], name)


def edited(name: str, chance: random.Random) -> Json:
    """A question as somebody may have it by now."""
    return {
        "type": "radiogroup",
        "name": name,
        "title": f"{name}, version {chance.random():.3f}",
        "choices": chance.choice([["a", "b"], ["b", "a"], ["a", "b", "c"]]),
    }


def values(asked: Definition, name: str) -> list[Any]:
    """What can be chosen."""
    question = asked.questions.get(name)
    return [True, False] if name == "always" else sorted(choice.value for choice in getattr(question, "choices", []))


def chosen(asked: Definition, name: str, chance: random.Random) -> Any:
    """An answer."""
    return chance.choice(values(asked, name))
