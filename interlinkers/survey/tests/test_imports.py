"""Imported items as choices."""

import pytest

from interlinker_shared.errors import InvalidError
from interlinker_survey.definition import read_definition
from interlinker_survey.domain import NewChoice, import_target, with_choices, without_choice

RAW = {
    "pages": [
        {"elements": [{"type": "text", "name": "why"}]},
        {"elements": [{"type": "checkbox", "name": "best", "choices": ["a"]}]},
    ]
}


def test_items_become_choices_of_the_named_question() -> None:
    changed = with_choices(RAW, "best", [NewChoice("i1", "Un banco", "es"), NewChoice("i2", "A bench")])
    question = import_target(read_definition(changed), "best")
    assert [choice.key for choice in question.choices] == ["a", "i1", "i2"]
    assert question.choices[1].text == {"default": "Un banco", "es": "Un banco"}
    assert RAW["pages"][1]["elements"][0]["choices"] == ["a"]  # type: ignore[index] # JSON in a test


@pytest.mark.parametrize("name", [None, "why", "nobody"])
def test_only_a_question_with_choices_takes_items(name: str | None) -> None:
    with pytest.raises(InvalidError) as caught:
        import_target(read_definition(RAW), name)
    assert caught.value.fields[0].pointer == "/config/imports_into"


def test_more_choices_than_fit_are_refused() -> None:
    with pytest.raises(InvalidError) as caught:
        with_choices(RAW, "best", [NewChoice(f"i{n}", "x") for n in range(200)])
    assert [field.code for field in caught.value.fields] == ["too_long"]


def test_a_withdrawn_choice_loses_its_words_and_keeps_its_place() -> None:
    changed = without_choice(with_choices(RAW, "best", [NewChoice("i1", "secret")]), "best", "i1", {"en": "Withdrawn"})
    assert "secret" not in str(changed)
    assert [choice.key for choice in read_definition(changed).questions["best"].choices] == ["a", "i1"]  # type: ignore[union-attr] # a checkbox


def test_a_choice_withdrawn_for_good_is_gone() -> None:
    changed = without_choice(with_choices(RAW, "best", [NewChoice("i1", "secret")]), "best", "i1", None)
    assert changed == RAW


def test_words_of_an_item_are_made_to_fit() -> None:
    choice = NewChoice.of("i1", " a\x0bb" + "x" * 3000, "es")
    assert choice.text.startswith("a bx")
    assert len(choice.text) == 2000
    with_choices(RAW, "best", [choice])
