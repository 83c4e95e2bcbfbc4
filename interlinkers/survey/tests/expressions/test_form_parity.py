"""Whole forms look as survey-core 2.5.38 has them: what is shown, open, demanded, offered and calculated."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from interlinkers.survey.tests.expressions import form_corpus
from interlinkers.survey.tests.expressions.oracle import NOW, alike, read, the_oracle

from interlinker_survey.expressions import UNDEFINED
from interlinker_survey.logic import State, compile_form

LISTS = ("choices", "closed", "rows", "columns")


def told(state: State) -> dict[str, Any]:
    """A state in the words of oracle.js."""
    return {"parts": {place: list(part) for place, part in state.parts.items()}} | {
        key: getattr(state, key) for key in LISTS
    }


def differences(state: State, theirs: dict[str, Any]) -> list[str]:
    ours = told(state)
    found = [f"parts {place}" for place in ours["parts"].keys() ^ theirs["parts"].keys()]
    for key in ("parts", *LISTS):
        found += [
            f"{key} of {place}: {value} instead of {theirs[key].get(place)}"
            for place, value in ours[key].items()
            if theirs[key].get(place) != value
        ]
    for name, value in theirs["values"].items():
        if not alike(state.values.get(name, UNDEFINED), read(value)) and read(value) not in (None, ""):
            found.append(f"value {name}: {state.values.get(name)} instead of {value}")
    if state.answers.get("total") != read(theirs["answers"].get("total")):
        found.append(f"total: {state.answers.get('total')} instead of {theirs['answers'].get('total')}")
    return found


def compared(seed: int, definitions: int, sets: int) -> tuple[int, list[str]]:
    """How many forms were compared, and all that differs."""
    rng, count, found = random.Random(seed), 0, []
    for _ in range(definitions):
        definition = form_corpus.definition(rng)
        answers = [form_corpus.answers(rng, definition) for _ in range(sets)]
        form = compile_form(definition)
        for one, theirs in zip(answers, the_oracle().ask("forms", definition, answers), strict=True):
            if "parts" in theirs:  # else survey-core stopped with an error
                count += 1
                state = form.judge(json.loads(json.dumps(one)), now=NOW)
                found += [f"{said}\n{json.dumps(definition)}\n{one}" for said in differences(state, theirs)]
    return count, found


@pytest.mark.parametrize("seed", range(2))
def test_random_forms_look_the_same(seed: int) -> None:
    count, found = compared(seed, definitions=25, sets=2)
    assert count > 45
    assert found == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 120))
def test_twenty_thousand_forms_look_the_same(seed: int) -> None:
    _, found = compared(seed, definitions=50, sets=20)
    assert found == []


def pruned(value: Any) -> Any:
    """Without what is empty: nobody keeps that."""
    if isinstance(value, dict):
        return {key: left for key, inner in value.items() if (left := pruned(inner)) not in ({}, [], None)}
    return [pruned(inner) for inner in value] if isinstance(value, list) else value


def always_open(node: Any) -> Any:
    """The same with nothing closed (there the server keeps less: see the profile) and no rows that people add left out."""
    if isinstance(node, list):
        return [always_open(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    left_out = {"enableIf", "readOnly"} | ({"rowsVisibleIf"} if node.get("name") == "items" else set())
    return {key: always_open(inner) for key, inner in node.items() if key not in left_out}


def settled(seed: int, definitions: int, sets: int) -> tuple[int, list[str]]:
    """How many sets of answers were settled, and those of which less is left than in survey-core.

    More is left where something was hidden only by an answer that is gone itself: survey-core clears both at once.
    """
    rng, count, found = random.Random(seed), 0, []
    for _ in range(definitions):
        drawn = form_corpus.definition(rng)
        answers = [pruned(form_corpus.answers(rng, drawn)) for _ in range(sets)]
        pages = [page for page in always_open(drawn)["pages"] if page["name"] != "sums"]
        form = compile_form({"pages": pages})
        for one, theirs in zip(answers, the_oracle().ask("kept", {"pages": pages}, answers), strict=True):
            ours = pruned(dict(form.settle(json.loads(json.dumps(one)), now=NOW).answers))
            if "$" not in theirs:
                count += 1
                found += [f"{ours} instead of {theirs}\n{json.dumps(pages)}"] * (
                    not pruned(theirs).keys() <= ours.keys()
                )
    return count, found


def test_nothing_goes_that_survey_core_would_keep() -> None:
    count, found = settled(1, definitions=10, sets=2)
    assert count > 15
    assert found == []
