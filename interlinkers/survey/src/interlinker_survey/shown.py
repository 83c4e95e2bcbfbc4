"""What the templates show of a survey: fields to fill in, and figures of the result."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from interlinker_survey.definition import (
    BooleanQuestion,
    CheckboxQuestion,
    ChoiceQuestion,
    Definition,
    Question,
    RatingQuestion,
    TextQuestion,
    texts,
)
from interlinker_survey.domain import field_name

Texts = dict[str, str]
Option = tuple[str, Texts | None]

SHOWN_TEXTS = 50


@dataclass(frozen=True)
class ShownQuestion:
    """A question: `kind` says which macro shows it; an option without a text is a plain yes or no."""

    name: str
    kind: str
    label: Texts
    hint: Texts | None
    question: Question
    options: list[Option] = field(default_factory=list)
    lowest: Texts | None = None
    highest: Texts | None = None


@dataclass(frozen=True)
class Section:
    """Questions that stand together."""

    title: Texts | None
    description: Texts | None
    questions: list[ShownQuestion]


@dataclass(frozen=True)
class Figure:
    """What one question brought: `rows` of label and count, a mean, or the first of its texts, each with its language and id."""

    name: str
    label: Texts
    responses: int
    rows: list[tuple[Texts | None, str, int]]
    mean: float | None
    texts: list[tuple[str, str | None, str]]
    more: int


def sections(definition: Definition, language: str) -> list[Section]:
    """The pages of a definition whose own language is `language`."""
    return [
        Section(
            _optional(page.title, language),
            _optional(page.description, language),
            [_question(question, language) for question in page.elements],
        )
        for page in definition.shown
    ]


def labels(definition: Definition, language: str) -> dict[str, Texts]:
    """What each field is called, for the summary of errors."""
    return {field_name(name): _label(question, language) for name, question in definition.questions.items()}


def figures(definition: Definition, language: str, result: dict[str, Any]) -> list[Figure]:
    """The result of each question, in the order of asking."""
    said: dict[str, list[tuple[str, str | None, str]]] = {}
    for item in result["items"]:
        if "text" in item:  # neither an imported choice nor what was withheld
            said.setdefault(item["question"], []).append((item["text"], item.get("language"), item["id"]))
    counts = result["counts"]["questions"]
    return [
        _figure(question, language, counts[name], said.get(name, [])) for name, question in definition.questions.items()
    ]


def _figure(
    question: Question, language: str, counts: dict[str, Any], said: list[tuple[str, str | None, str]]
) -> Figure:
    choices = counts.get("choices", {})
    return Figure(
        name=question.name,
        label=_label(question, language),
        responses=counts["responses"],
        rows=[(text, key, choices[key]) for key, text in _options(question, language)],
        mean=counts.get("mean"),
        texts=said[:SHOWN_TEXTS],
        more=len(said[SHOWN_TEXTS:]),
    )


def _question(question: Question, language: str) -> ShownQuestion:
    ends = (
        (question.min_rate_description, question.max_rate_description) if isinstance(question, RatingQuestion) else ()
    )
    lowest, highest = (_optional(end, language) for end in ends or (None, None))
    return ShownQuestion(
        name=field_name(question.name),
        kind=_kind(question),
        label=_label(question, language),
        hint=_optional(question.description, language),
        question=question,
        options=_options(question, language),
        lowest=lowest,
        highest=highest,
    )


def _kind(question: Question) -> str:
    match question:
        case TextQuestion():
            return question.input_type
        case RatingQuestion():
            return "rating" if question.rate_min == 1 else "scale"
        case _:
            return question.type


def _label(question: Question, language: str) -> Texts:
    return texts(question.title, language, question.name)


def _optional(localised: dict[str, str] | None, language: str) -> Texts | None:
    return texts(localised, language, "") if localised else None


def _options(question: Question, language: str) -> list[Option]:
    match question:
        case ChoiceQuestion() | CheckboxQuestion():
            return [(choice.key, texts(choice.text, language, choice.key)) for choice in question.choices]
        case RatingQuestion():
            return [
                (str(step), _step(question, step, language)) for step in range(question.rate_min, question.rate_max + 1)
            ]
        case BooleanQuestion():
            return [
                ("true", _optional(question.label_true, language)),
                ("false", _optional(question.label_false, language)),
            ]
        case _:
            return []


def _step(question: RatingQuestion, step: int, language: str) -> Texts:
    """A step of a scale; its ends say what they mean."""
    ends = {question.rate_min: question.min_rate_description, question.rate_max: question.max_rate_description}
    meant = texts(ends.get(step), language, "")
    return {tag: f"{step} – {words}" if words else str(step) for tag, words in meant.items()}
