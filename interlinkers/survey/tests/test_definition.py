"""What a definition may be, and how each flaw is told."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlinker_shared.errors import FieldError, InvalidError
from interlinker_survey.definition import Definition, read_definition, texts

AT = "/config/definition"


def asked(question_type: str = "text", name: str = "q", **more: Any) -> dict[str, Any]:
    """A question of this type that is valid unless `more` spoils it."""
    needed = {"choices": ["a", "b", "c"]} if question_type in {"radiogroup", "dropdown", "checkbox"} else {}
    return {"type": question_type, "name": name, **needed, **more}


def flaws(raw: object) -> list[tuple[str, str]]:
    """(pointer under /config/definition, code) of each flaw."""
    with pytest.raises(InvalidError) as caught:
        read_definition(raw)
    json.dumps([field.pointer for field in caught.value.fields], ensure_ascii=False).encode()
    return [(field.pointer.removeprefix(AT), field.code) for field in caught.value.fields]


def flaw_of(question: dict[str, Any]) -> list[tuple[str, str]]:
    """The same of one question, relative to it."""
    return [(pointer.removeprefix("/elements/0"), code) for pointer, code in flaws({"elements": [question]})]


def message_of(raw: object) -> str:
    """What the first flaw says to people."""
    with pytest.raises(InvalidError) as caught:
        read_definition(raw)
    return caught.value.fields[0].message


@pytest.mark.parametrize(
    "question",
    [
        asked(title="Why?", description={"default": "Say", "es": "Di"}, isRequired=True, maxLength=9),
        asked(inputType="number", min=-1.5, max=10),
        asked(inputType="date", min="2024-02-29", max="2024-03-01"),
        asked(inputType="email"),
        asked("comment", maxLength=20_000),
        asked("radiogroup", choices=["a", 2, {"value": "c", "text": {"default": "See", "es": "Ce"}}]),
        asked("dropdown"),
        asked("checkbox", minSelectedChoices=1, maxSelectedChoices=3),
        asked("checkbox", minSelectedChoices=2, maxSelectedChoices=0),
        asked("rating", rateMin=0, rateMax=10, minRateDescription="bad", maxRateDescription="good"),
        asked("boolean", labelTrue="Yes", labelFalse={"default": "No"}),
    ],
    ids=str,
)
def test_every_type_of_question_is_read(question: dict[str, Any]) -> None:
    assert read_definition({"elements": [question]}).questions["q"].type == question["type"]


def test_pages_and_elements_alone_mean_the_same() -> None:
    flat = read_definition({"elements": [asked(name="a"), asked(name="b")]})
    paged = read_definition({"pages": [{"elements": [asked(name="a")]}, {"name": "p", "elements": [asked(name="b")]}]})
    assert list(flat.questions) == list(paged.questions) == ["a", "b"]
    assert [len(page.elements) for page in paged.shown] == [1, 1]


@pytest.mark.parametrize(
    ("spoiled", "found"),
    [
        (asked(isRequird=True), [("/isRequird", "extra_forbidden")]),
        (asked(visibleIf="{a} = 1"), [("/visibleIf", "dangling")]),
        (asked("rating", choices=["a"]), [("/choices", "extra_forbidden")]),
        (asked("matrx"), [("/type", "union_tag_invalid")]),
        ({"name": "q"}, [("/type", "missing")]),
        ({"type": "text"}, [("/name", "missing")]),
        (asked(name="a.b"), [("/name", "string_pattern_mismatch")]),
        (asked(name="a\n"), [("/name", "string_pattern_mismatch")]),
        (asked(name="ñ"), [("/name", "string_pattern_mismatch")]),
        ({"type": "text", "name": 7}, [("/name", "string_type")]),
        (asked(isRequired="yes"), [("/isRequired", "bool_type")]),
        (asked(isRequired=1), [("/isRequired", "bool_type")]),
        (asked(title=""), [("/title", "string_too_short")]),
        (asked(title={}), [("/title", "too_short")]),
        (asked(title={"no language": "x"}), [("/title/no language", "string_pattern_mismatch")]),
        (asked(title="a\x00b"), [("/title", "value_error")]),
        (asked(title="a\ud800b"), [("/title", "string_unicode")]),
        (asked(title={"es": ["x"]}), [("/title/es", "string_type")]),
        (asked(inputType="password"), [("/inputType", "literal_error")]),
        (asked(maxLength=0), [("/maxLength", "greater_than_equal")]),
        (asked(maxLength=10**30), [("/maxLength", "less_than_equal")]),
        (asked(maxLength=5.5), [("/maxLength", "int_type")]),
        (asked(inputType="number", maxLength=5), [("/maxLength", "not_applicable")]),
        (asked(min=5), [("/min", "not_applicable")]),
        (asked(inputType="number", min="5"), [("/min", "type_error")]),
        (asked(inputType="number", min=True), [("/min", "value_error")]),
        (asked(inputType="number", min=float("nan")), [("/min", "value_error")]),
        (asked(inputType="number", max=10**400), [("/max", "value_error")]),
        (asked(inputType="number", min=6, max=5), [("/max", "bad_range")]),
        (asked(inputType="date", max="2023-02-29"), [("/max", "type_error")]),
        (asked(inputType="date", max="0000-01-01"), [("/max", "type_error")]),
        (asked(inputType="date", min="2024-01-02", max="2024-01-01"), [("/max", "bad_range")]),
        (asked("dropdown", choices=[]), [("/choices", "too_short")]),
        ({"type": "dropdown", "name": "q"}, [("/choices", "missing")]),
        (asked("dropdown", choices="a"), [("/choices", "list_type")]),
        (asked("dropdown", choices=["a", "b", "a"]), [("/choices/2", "duplicate")]),
        (asked("checkbox", choices=["1", 1]), [("/choices/1", "duplicate")]),
        (asked("dropdown", choices=[True]), [("/choices/0", "string_type")]),
        (asked("dropdown", choices=[1.5]), [("/choices/0", "model_type")]),
        (asked("dropdown", choices=[None]), [("/choices/0", "model_type")]),
        (asked("dropdown", choices=[" a"]), [("/choices/0", "string_pattern_mismatch")]),
        (asked("dropdown", choices=["a\nb"]), [("/choices/0", "string_pattern_mismatch")]),
        (asked("dropdown", choices=[{"value": "a", "txt": "A"}]), [("/choices/0/txt", "extra_forbidden")]),
        (asked("dropdown", choices=[{"text": "A"}]), [("/choices/0/value", "missing")]),
        (asked("dropdown", choices=list(range(201))), [("/choices", "too_long")]),
        (asked("checkbox", maxSelectedChoices=4), [("/maxSelectedChoices", "bad_range")]),
        (asked("checkbox", minSelectedChoices=4), [("/minSelectedChoices", "bad_range")]),
        (asked("checkbox", minSelectedChoices=2, maxSelectedChoices=1), [("/minSelectedChoices", "bad_range")]),
        (asked("rating", rateMin=5, rateMax=5), [("/rateMax", "bad_range")]),
        (asked("rating", rateMin=5, rateMax=1), [("/rateMax", "bad_range")]),
        (asked("rating", rateMin=0, rateMax=21), [("/rateMax", "bad_range")]),
        (asked("rating", rateMin=-1), [("/rateMin", "greater_than_equal")]),
    ],
    ids=lambda value: json.dumps(value)[:60] if isinstance(value, dict) else "",
)
def test_each_flaw_of_a_question_has_its_place_and_code(spoiled: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert flaw_of(spoiled) == found


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ({}, [("", "pages_or_elements")]),
        ([], [("", "model_type")]),
        (None, [("", "model_type")]),
        ({"elements": []}, [("/elements", "too_short")]),
        ({"pages": []}, [("/pages", "too_short")]),
        ({"pages": [{"elements": []}]}, [("/pages/0/elements", "too_short")]),
        ({"pages": [{"elements": ["text"]}]}, [("/pages/0/elements/0", "model_attributes_type")]),
        ({"pages": [{"elements": [asked()]}], "elements": [asked(name="b")]}, [("", "pages_or_elements")]),
        ({"element": [asked()]}, [("/element", "extra_forbidden")]),
        ({"elements": [asked()], "a/b~": 1}, [("/a~1b~0", "extra_forbidden")]),
        ({"elements": [asked()], "\ud800": 1}, [("", "string_unicode")]),
        ({"elements": [asked(), asked("comment")]}, [("/elements/1/name", "duplicate")]),
    ],
    ids=str,
)
def test_each_flaw_of_the_whole_has_its_place_and_code(raw: object, found: list[tuple[str, str]]) -> None:
    assert flaws(raw) == found


def test_a_name_used_on_two_pages_is_a_duplicate() -> None:
    raw = {"pages": [{"elements": [asked()]}, {"elements": [asked(name="x"), asked()]}]}
    assert flaws(raw) == [("/pages/1/elements/1/name", "duplicate")]


def test_all_flaws_are_told_at_once() -> None:
    raw = {"elements": [asked(name="a", titel="x"), asked("radio", name="b"), asked("rating", name="c", rateMax="5")]}
    assert flaws(raw) == [
        ("/elements/0/titel", "extra_forbidden"),
        ("/elements/1/type", "union_tag_invalid"),
        ("/elements/2/rateMax", "int_type"),
    ]


@pytest.mark.parametrize(
    ("raw", "suggestion"),
    [
        ({"elements": [asked(isRequird=True)]}, "Did you mean “isRequired”?"),
        ({"elements": [asked("radiogrup")]}, "Did you mean “radiogroup”?"),
        ({"pages": [{"titel": "x", "elements": [asked()]}]}, "Did you mean “title”?"),
        ({"elemens": []}, "Did you mean “elements”?"),
        ({"elements": [asked("dropdown", choices=[{"valu": 1, "value": 1}])]}, "Did you mean “value”?"),
    ],
    ids=str,
)
def test_a_near_miss_gets_a_suggestion(raw: dict[str, Any], suggestion: str) -> None:
    assert suggestion in message_of(raw)


def test_nothing_is_suggested_for_something_far() -> None:
    assert "Did you mean" not in message_of({"elements": [asked("zzzzzz")]})


def test_a_survey_may_have_two_hundred_questions_over_all_pages() -> None:
    pages = [{"elements": [asked(name=f"q{page}_{n}") for n in range(100)]} for page in range(2)]
    assert len(read_definition({"pages": pages}).questions) == 200
    pages.append({"elements": [asked(name="one_more")]})
    assert flaws({"pages": pages}) == [("/pages/2/elements/0", "too_long")]


def test_a_thousand_flaws_are_told_as_fifty() -> None:
    assert len(flaws({f"wrong{n}": 1 for n in range(1000)})) == 50


def test_the_default_text_is_in_the_language_of_the_survey() -> None:
    assert texts({"default": "Hallo", "es": "Hola"}, "de", "name") == {"de": "Hallo", "es": "Hola"}
    assert texts({"default": "Hallo", "de": "Moin"}, "de", "name") == {"de": "Moin"}
    assert texts({"es": "Hola"}, "de", "name") == {"es": "Hola"}
    assert texts(None, "de", "name") == {"de": "name"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.sampled_from(["type", "name"]), inner),
    max_leaves=12,
)
KEYS = ["type", "name", "title", "choices", "min", "max", "rateMin", "rateMax", "inputType", "elements", "pages"]


def read_or_flaws(raw: object) -> Definition | tuple[FieldError, ...]:
    """One or the other; any other error fails the test."""
    try:
        return read_definition(raw)
    except InvalidError as refused:
        return refused.fields


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # a busy machine is no failure
@given(JSON | st.fixed_dictionaries({"elements": st.lists(st.dictionaries(st.sampled_from(KEYS), JSON), max_size=3)}))
def test_any_json_is_either_read_or_refused_with_places(raw: object) -> None:
    found = read_or_flaws(raw)
    if isinstance(found, Definition):
        assert read_definition(found.model_dump(by_alias=True)) == found
    else:
        assert found
        assert all(flaw.pointer.startswith(AT) and flaw.message and flaw.code for flaw in found)
        "".join(flaw.pointer + flaw.message for flaw in found).encode()


def test_a_question_that_awaits_choices_may_begin_without_any() -> None:
    raw = {"elements": [asked("checkbox", choices=[], maxSelectedChoices=3), asked("dropdown", name="d", choices=[])]}
    with pytest.raises(InvalidError) as caught:
        read_definition(raw, awaits_choices="q")
    assert [field.pointer for field in caught.value.fields] == [f"{AT}/elements/1/choices"]
