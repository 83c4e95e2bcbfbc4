"""Every seeded fault in the logic of a definition is found, with its place; none is seen where there is none."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest
from interlinkers.survey.tests.expressions import form_corpus

from interlinker_survey.logic import check_logic

INSIDE = [
    {"type": "text", "name": "age"},
    {"type": "text", "name": "school", "visibleIf": "{panel.age} < {limit} and {prevPanel.age} notempty"},
]
COLUMNS = [
    {"name": "price", "cellType": "text"},
    {"name": "sum", "cellType": "expression", "expression": "{row.price} * {rowIndex}"},
]
CHOICES = ["bus", {"value": "car", "visibleIf": "{limit} >= 18 and {item} notempty"}]
RIGHT: dict[str, Any] = {
    "pages": [
        {
            "name": "one",
            "elements": [
                {"type": "text", "name": "limit"},
                {"type": "checkbox", "name": "by", "choices": CHOICES, "choicesEnableIf": "{item} <> {limit}"},
                {"type": "paneldynamic", "name": "kids", "templateElements": INSIDE},
                {"type": "matrixdynamic", "name": "goods", "columns": COLUMNS, "rowsVisibleIf": "{row.price} empty"},
                {
                    "type": "panel",
                    "name": "p",
                    "elements": [{"type": "text", "name": "note", "requiredIf": "{Total} > 3"}],
                },
            ],
        },
        {"name": "two", "visibleIf": "isContainerReady('one')", "elements": [{"type": "text", "name": "end"}]},
    ],
    "calculatedValues": [
        {
            "name": "total",
            "expression": "sumInArray({goods}, 'price', {price} > {limit}) + {goods[0].price} + {kids.length}",
        },
        {"name": "twice", "expression": "{total} * 2 + iif({by} contains 'bus', 1, 0)"},
    ],
}
FAULTS = [
    ("/pages/0/elements/4/elements/0/requiredIf", "{totl} > 3", "dangling", "total"),
    ("/pages/0/elements/4/elements/0/requiredIf", "not {total}", "syntax", "write !"),
    ("/pages/0/elements/4/elements/0/requiredIf", "{total} = ", "syntax", "the end"),
    ("/pages/0/elements/4/elements/0/requiredIf", "iff({total}, 1, 2)", "unknown_function", "iif"),
    ("/pages/0/elements/4/elements/0/requiredIf", "dateDiff({total})", "function_arguments", "2 to 3"),
    ("/pages/0/elements/4/elements/0/requiredIf", "{$limit.isVisible}", "not_in_profile", "property"),
    ("/pages/0/elements/4/elements/0/requiredIf", "{item} = 1", "dangling", "item"),
    ("/pages/0/elements/4/elements/0/requiredIf", "{panel.age} = 1", "dangling", "panel.age"),
    ("/pages/0/elements/4/elements/0/requiredIf", "displayValue('limmit') = 1", "dangling", "limit"),
    ("/pages/0/elements/1/choicesEnableIf", "{itm} = 1", "dangling", "itm"),
    ("/pages/0/elements/1/choices/1/visibleIf", "{limits} > 1", "dangling", "limit"),
    ("/pages/0/elements/2/templateElements/1/visibleIf", "{panel.aeg} > 1", "dangling", "age"),
    ("/pages/0/elements/2/templateElements/1/visibleIf", "{row.age} > 1", "dangling", "row.age"),
    ("/pages/0/elements/3/rowsVisibleIf", "{row.cost} > 1", "dangling", "row.cost"),
    ("/pages/0/elements/3/columns/1/expression", "{row.prices}", "dangling", "price"),
    ("/pages/1/visibleIf", "isContainerReady('uno')", "dangling", "uno"),
    ("/calculatedValues/0/expression", "sumInArray({goods}, 'cost')", "dangling", "cost"),
    ("/calculatedValues/0/expression", "sumInArray({goods}, 'price', '{price} =')", "syntax", "sumInArray"),
    ("/calculatedValues/0/expression", "{goods[0].cost}", "dangling", "cost"),
    ("/calculatedValues/0/expression", "{twice} + 1", "cycle", "total → twice → total"),
    ("/calculatedValues/0/expression", "{Total} + 1", "cycle", "total → total"),
]


def spoiled(pointer: str, value: Any) -> dict[str, Any]:
    definition = copy.deepcopy(RIGHT)
    node: Any = definition
    *way, last = pointer.removeprefix("/").split("/")
    for part in way:
        node = node[int(part) if part.isdigit() else part]
    node[last] = value
    return definition


def test_a_definition_that_is_right_has_no_flaw() -> None:
    assert check_logic(RIGHT) == []


@pytest.mark.parametrize(("pointer", "text", "code", "said"), FAULTS)
def test_a_seeded_fault_is_found_at_its_place(pointer: str, text: str, code: str, said: str) -> None:
    (flaw,) = check_logic(spoiled(pointer, text))
    assert (flaw.pointer, flaw.code) == (pointer, code)
    assert said in flaw.message


@pytest.mark.parametrize(
    "never",
    [{"visibleIf": "1 = 2"}, {"visible": False}, {"elements": [{"type": "text", "name": "end", "visible": False}]}],
)
def test_a_page_that_nobody_can_see_is_found(never: dict[str, Any]) -> None:
    definition = spoiled("/pages/1/visibleIf", "")
    definition["pages"][1] |= never
    (flaw,) = check_logic(definition)
    assert (flaw.pointer, flaw.code) == ("/pages/1", "unreachable")


def test_questions_that_calculate_in_a_circle_are_found() -> None:
    elements = [{"type": "expression", "name": name, "expression": f"{{{other}}} + 1"} for name, other in ("ab", "ba")]
    (flaw,) = check_logic({"elements": elements})
    assert (flaw.pointer, flaw.code) == ("/elements/0/expression", "cycle")


def test_random_forms_have_no_flaw_but_names_that_are_not_there() -> None:
    rng = random.Random(3)
    for _ in range(150):
        definition = form_corpus.definition(rng)
        there = {element["name"] for page in definition["pages"] for element in elements_in(page)}
        there |= {value["name"] for value in definition.get("calculatedValues", [])}
        for flaw in check_logic(definition):
            assert flaw.code in {"dangling", "cycle", "unreachable"}, flaw
            said = flaw.message.split("“")[1].split("”")[0] if flaw.code == "dangling" else "?"
            assert said.split(".")[0].split("[")[0] not in there, flaw


def elements_in(container: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for element in container["elements"]:
        found += [element, *(elements_in(element) if element["type"] == "panel" else [])]
    return found
