"""What questions and their answers are called, in each language of a definition."""

from __future__ import annotations

from collections.abc import Sequence

from interlinker_survey.definition import (
    BooleanQuestion,
    CheckboxQuestion,
    Choice,
    ChoiceQuestion,
    Element,
    ImagePickerQuestion,
    RatingQuestion,
    texts,
)

Texts = dict[str, str]
Option = tuple[str, Texts | str | None]


def label(element: Element, language: str) -> Texts:
    """The title of an element, or its name; `language` is that of the definition."""
    return texts(getattr(element, "title", None), language, element.name)


def optional(localised: dict[str, str] | None, language: str) -> Texts | None:
    """A text that there may be."""
    return texts(localised, language, "") if localised else None


def options(question: Element, language: str, choices: Sequence[Choice] | None = None) -> list[Option]:
    """Each answer that can be chosen, and its words; a plain yes or no has none. `choices` are those of its own that are left."""
    match question:
        case ChoiceQuestion() | CheckboxQuestion() | ImagePickerQuestion():
            own = question.choices if choices is None else choices
            return [choice_option(choice, language) for choice in (*own, *getattr(question, "special", []))]
        case RatingQuestion():
            return [(step.key, _step(question, step, language)) for step in question.steps]
        case BooleanQuestion():
            return [
                ("true", optional(question.label_true, language)),
                ("false", optional(question.label_false, language)),
            ]
        case _:
            return []


def choice_option(choice: Choice, language: str) -> tuple[str, Texts]:
    """A choice, row or column, and its words."""
    return choice.key, texts(choice.text, language, choice.key)


def joined(outer: Texts, inner: Texts) -> Texts:
    """Both texts, in each language that has one of them."""
    return {tag: f"{_in(outer, tag)} – {_in(inner, tag)}" for tag in {**outer, **inner}}


def _in(text: Texts, tag: str) -> str:
    return text.get(tag) or next(iter(text.values()))


def _step(question: RatingQuestion, step: Choice, language: str) -> Texts:
    """A step of a scale; its ends say what they mean."""
    own = texts(step.text, language, step.key)
    ends = {question.steps[-1].key: question.max_rate_description, question.steps[0].key: question.min_rate_description}
    meant = ends.get(step.key)
    return joined(own, texts(meant, language, "")) if meant else own
