"""The profile: what survey-core has is taken, or left out with a reason, and docs/survey-profile.md says so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from interlinkers.survey.tests.every_type import DOT, EVERY
from interlinkers.survey.tests.expressions.oracle import the_oracle

from interlinker_shared.errors import InvalidError
from interlinker_survey.definition import Element, read_definition
from interlinker_survey.definition.flaws import TAGGED
from interlinker_survey.definition.model import LEFT_OUT, MODELS
from interlinker_survey.definition.profile import LEFT_OUT as KEYS
from interlinker_survey.definition.profile import LEFT_OUT_TYPES, OLD_NAMES

DOCS = Path(__file__).parents[1] / "docs/survey-profile.md"
CLASSES = {
    "": "survey",
    "pages": "page",
    "choices": "choiceitem",
    "items": "multipletextitem",
    "calculatedValues": "calculatedvalue",
}


def taken(model: Any) -> set[str]:
    """The keys that a part may have."""
    return {field.alias or name for name, field in model.model_fields.items()}


def class_of(kind: str) -> str:
    """Survey-core's name for a part; a column has the keys of its kind of question as well."""
    return f"{kind.partition(':')[2]}validator" if kind.startswith("validator:") else CLASSES.get(kind, kind)


def parts() -> list[str]:
    return [kind for kind in MODELS if not kind.startswith("cell:") and kind not in {"rows", "columns", "rateValues"}]


@pytest.mark.parametrize("kind", parts())
def test_every_key_of_survey_core_is_taken_or_left_out_with_a_reason(kind: str) -> None:
    theirs = set(the_oracle().ask("keys", class_of(kind)))
    assert theirs
    elsewhere = {key for model in MODELS.values() for key in taken(model)}  # here it is refused as unknown
    unsaid = theirs - taken(MODELS[kind]) - set(KEYS) - set(OLD_NAMES) - elsewhere
    assert unsaid == set()


def test_every_type_of_survey_core_is_taken_or_left_out_with_a_reason() -> None:
    assert set(the_oracle().ask("types")) - set(MODELS) - set(LEFT_OUT_TYPES) == set()


def test_what_is_left_out_is_refused_by_its_own_code() -> None:
    raw = {"elements": [{"type": "text", "name": "q", "width": "3"}, {"type": "file", "name": "f"}], "triggers": []}
    with pytest.raises(InvalidError) as caught:
        read_definition(raw, at="")
    found = {flaw.pointer: flaw.code for flaw in caught.value.fields}
    assert found == dict.fromkeys(("/elements/0/width", "/elements/1/type", "/triggers"), "not_in_profile")


def test_an_old_name_is_told_by_the_new_one() -> None:
    raw = {"elements": [{"type": "checkbox", "name": "q", "choices": ["a"], "hasOther": True}]}
    with pytest.raises(InvalidError, match="Did you mean “showOtherItem”"):
        read_definition(raw)


def test_functions_of_the_screen_are_refused() -> None:
    for name in LEFT_OUT:
        raw = {"elements": [{"type": "text", "name": "q", "visibleIf": f"{name}('q', 'q')"}]}
        with pytest.raises(InvalidError) as caught:
            read_definition(raw)
        assert "not_in_profile" in {flaw.code for flaw in caught.value.fields}


def test_the_docs_have_a_row_for_every_part_with_its_keys() -> None:
    rows = dict(re.findall(r"^\| `([^`|]+)` \| (.*) \|$", DOCS.read_text(), re.MULTILINE))
    for kind, model in MODELS.items():
        name = kind.replace(":", " ") or "survey"
        assert set(re.findall(r"`([^`]+)`", rows.get(name, ""))) == taken(model), name


def test_the_docs_name_all_that_is_left_out() -> None:
    said = DOCS.read_text()
    absent = [key for key in (*KEYS, *LEFT_OUT_TYPES, *OLD_NAMES, *LEFT_OUT) if f"`{key}`" not in said]
    assert absent == []


ROWS: dict[str, Any] = {"type": "matrix", "name": "m", "rows": ["apples", "pears"], "columns": ["x", "y"]}
FAULTS: list[tuple[Any, str, str]] = [
    ({"elements": [{"type": "panel", "name": "p", "elements": []}]}, "/elements/0/elements", "too_short"),
    ({"elements": [{"type": "html", "name": "h"}]}, "/elements/0/html", "missing"),
    (
        {"elements": [{"type": "imagepicker", "name": "i", "choices": [{"value": "x", "text": "X", "imageLink": "https://a.b/c.png"}]}]},
        "/elements/0/choices/0/imageLink",
        "string_pattern_mismatch",
    ),
    (
        {"elements": [{"type": "imagepicker", "name": "i", "choices": [{"value": "x", "imageLink": DOT}]}]},
        "/elements/0/choices/0/text",
        "missing",
    ),
    (
        {"elements": [{"type": "matrix", "name": "m", "rows": ["a", "a"], "columns": ["b"]}]},
        "/elements/0/rows/1",
        "duplicate",
    ),
    (
        {"elements": [{"type": "matrixdynamic", "name": "m", "columns": [{"name": "c", "cellType": "text", "maxLenght": 3}]}]},
        "/elements/0/columns/0/maxLenght",
        "extra_forbidden",
    ),
    (
        {"elements": [{"type": "matrixdynamic", "name": "m", "columns": [{"name": "c", "cellType": "txt"}]}]},
        "/elements/0/columns/0/cellType",
        "union_tag_invalid",
    ),
    (
        {"elements": [{"type": "matrixdynamic", "name": "m", "columns": [{"name": "c"}]}]},
        "/elements/0/columns/0/choices",
        "too_short",
    ),
    (
        {"elements": [{"type": "text", "name": "q", "validators": [{"type": "regex", "regex": "(a)\\1"}]}]},
        "/elements/0/validators/0/regex",
        "pattern",
    ),
    (
        {"elements": [{"type": "text", "name": "q", "validators": [{"type": "regexp", "regex": "a"}]}]},
        "/elements/0/validators/0/type",
        "union_tag_invalid",
    ),
    (
        {"elements": [{"type": "text", "name": "q", "validators": [{"type": "expression", "expression": "{qq} > 1"}]}]},
        "/elements/0/validators/0/expression",
        "dangling",
    ),
    (
        {"elements": [{"type": "paneldynamic", "name": "p", "keyName": "x", "templateElements": [{"type": "text", "name": "a"}]}]},
        "/elements/0/keyName",
        "dangling",
    ),
    (
        {"elements": [{"type": "paneldynamic", "name": "p", "templateElements": [{"type": "text", "name": "a"}] * 2}]},
        "/elements/0/templateElements/1/name",
        "duplicate",
    ),
    ({"elements": [{"type": "text", "name": "q"}, {"type": "text", "name": "Q"}]}, "/elements/1/name", "duplicate"),
    (
        {"elements": [{"type": "text", "name": "q"}], "calculatedValues": [{"name": "q", "expression": "1"}]},
        "/calculatedValues/0/name",
        "duplicate",
    ),
    (
        {"elements": [{"type": "text", "name": "q"}], "calculatedValues": [{"name": "a", "expression": "{a} + 1"}]},
        "/calculatedValues/0/expression",
        "cycle",
    ),
    (
        {"elements": [ROWS, {"type": "text", "name": "q", "visibleIf": "{m.aples} = 'x' or {m.Apples} = 'x'"}]},
        "/elements/1/visibleIf",
        "dangling",
    ),
    (
        {"elements": [{"type": "rating", "name": "q", "defaultValue": 9}]},
        "/elements/0/defaultValue",
        "literal_error",
    ),
    (
        {"pages": [{"elements": [{"type": "text", "name": "q"}]}, {"visibleIf": "1 = 2", "elements": [{"type": "text", "name": "r"}]}]},
        "/pages/1",
        "unreachable",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "place", "code"), FAULTS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_seeded_fault_is_found_at_its_place(raw: Any, place: str, code: str) -> None:
    with pytest.raises(InvalidError) as caught:
        read_definition(raw, at="")
    assert [(flaw.pointer, flaw.code) for flaw in caught.value.fields] == [(place, code)]


def test_a_text_that_is_not_there_in_a_language_is_found() -> None:
    asked = {"type": "text", "name": "q", "title": {"default": "Why?", "de": "Warum?"}, "description": "Say"}
    with pytest.raises(InvalidError) as caught:
        read_definition({"elements": [asked]}, at="", languages=["en", "de"])
    assert [(flaw.pointer, flaw.code) for flaw in caught.value.fields] == [
        ("/elements/0/description", "missing_translation")
    ]


def test_a_definition_of_every_type_has_no_flaw_and_is_read_back_the_same() -> None:
    read = read_definition(EVERY)
    assert read_definition(read.model_dump(by_alias=True)) == read
    assert {element["type"] for element in EVERY["elements"]} <= {
        kind for kind in MODELS if not kind.startswith(TAGGED)
    }
    assert get_args(Element)
