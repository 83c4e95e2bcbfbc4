"""Every type of question against every kind of forged answer; the list of types is that of the models."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from interlinkers.survey.tests.every_type import ACCEPTED, ASKED, ELEMENTS, EVERY, FORGED, GOOD, kinds

from interlinker_shared.errors import FieldError
from interlinker_survey.definition import read_definition
from interlinker_survey.domain import answers_of_form, check_answers, erase_texts, fields_of, judge_answers
from interlinker_survey.domain.answers import Judgement
from interlinker_survey.domain.forms.reading import MAX_SHOWN, counts_of

NOW = datetime(2026, 3, 14, 15, 9, tzinfo=UTC)
DEFINITION = read_definition(EVERY)


def required(element: dict[str, Any]) -> dict[str, Any]:
    """The same, to be answered."""
    if element["type"] == "panel":
        return {**element, "elements": [required(one) for one in element["elements"]]}
    return element | ({} if element["type"] in {"html", "expression"} else {"isRequired": True})


REQUIRED = read_definition({"elements": [required(one) for one in ELEMENTS]})


def judged(raw: dict[str, Any], definition: Any = DEFINITION) -> Judgement:
    return judge_answers(definition, copy.deepcopy(raw), now=NOW)


def about(name: str, flaws: list[FieldError]) -> list[FieldError]:
    """The flaws of one question, and of the comment beside it."""
    return [flaw for flaw in flaws if flaw.pointer.split("/")[2].removesuffix("-Comment") == name]


def test_every_type_of_the_models_is_asked_here() -> None:
    asked = {element["type"] for element in ELEMENTS} | {question["type"] for question, _ in ASKED.values()}
    inputs = {f"input {element['inputType']}" for element in ELEMENTS if element.get("inputType")}
    assert asked | inputs == kinds()
    assert len(FORGED) >= 30


def test_good_answers_are_kept_as_they_are_and_in_order() -> None:
    kept = check_answers(DEFINITION, dict(reversed(copy.deepcopy(GOOD).items())), now=NOW)
    assert kept == GOOD
    assert list(kept) == list(DEFINITION.questions)


def test_what_is_worked_out_need_not_be_sent() -> None:
    sent = {name: answer for name, answer in GOOD.items() if name != "sum"}
    assert check_answers(DEFINITION, copy.deepcopy(sent), now=NOW) == GOOD


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_answer_is_refused_at_its_place(kind: str, name: str) -> None:
    found = judged({**GOOD, name: FORGED[kind]})
    if name in ACCEPTED.get(kind, set()):
        assert about(name, found.flaws) == []
        assert name in found.kept
    else:
        assert about(name, found.flaws), found.kept.get(name)


@pytest.mark.parametrize("name", [name for name in ASKED if name != "sum"])
def test_a_required_question_of_every_type_cannot_be_left_out(name: str) -> None:
    found = judged({other: answer for other, answer in GOOD.items() if other != name}, REQUIRED)
    assert [flaw.code for flaw in about(name, found.flaws)][-1] == "missing"


@pytest.mark.parametrize("name", ASKED)
def test_a_form_says_the_same_as_the_api(name: str) -> None:
    fields: dict[str, Any] = {}
    for path, value in fields_of(DEFINITION, {name: GOOD[name]}).items():
        *parents, last = path.split("/")
        node = fields
        for parent in parents:
            node = node.setdefault(parent, {})
        node[last] = [str(one) for one in value] if isinstance(value, list) else str(value)
    said = answers_of_form(DEFINITION, fields.get("answers", {}), fields.get("entries"))
    assert judged({**GOOD, name: said.get(name)}).kept == GOOD


def test_a_form_cannot_ask_for_more_rows_than_a_page_shows() -> None:
    many = {"panels": "100"} | {f"panels[{number}].pets": "100" for number in range(100)}
    assert sum(counts_of(many).values()) == MAX_SHOWN
    assert counts_of({"panels": "999", "rows": "-1", "pets": "x"}) == {"panels": 100}


def test_answers_to_what_is_not_asked_have_a_suggestion() -> None:
    (flaw,) = judged({**GOOD, "panels": [{"name": "x", "pet": []}]}).flaws
    assert (flaw.pointer, flaw.code) == ("/answers/panels/0/pet", "extra_forbidden")
    assert "pets" in flaw.message


def test_what_somebody_wrote_is_erased_at_every_depth() -> None:
    left = str(erase_texts(DEFINITION, GOOD))
    assert not [word for word in ("Ana", "red", "cat", "981", "example.org", "bench", "2001") if word in left]
    assert "['b', 3, 'a']" in left
