"""Answers as the fields of a form, to be changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from interlinker_survey.definition import (
    Definition,
    ExpressionQuestion,
    MatrixDropdownQuestion,
    MatrixDynamicQuestion,
    PanelDynamicQuestion,
    Question,
    RankingQuestion,
)
from interlinker_survey.domain.forms.naming import field_name, inner_questions, names_within, number_of

Fields = dict[str, object]


def fields_of(definition: Definition, answers: Mapping[str, Any]) -> Fields:
    """The fields that say these answers, and how many panels there are of each dynamic one."""
    fields: Fields = {}
    for name, answer in answers.items():
        if name in definition.questions:
            fields |= _fields(definition.questions[name], answer, field_name(name), name)
        else:
            fields[field_name(name)] = answer  # a comment beside an answer
    return fields


def started(definition: Definition) -> Fields:
    """The fields of a form before anybody answers: defaults, and the panels that are there to begin with."""
    questions = definition.questions.items()
    fields = fields_of(
        definition, {name: one.default_value for name, one in questions if one.default_value is not None}
    )
    for name, question in questions:
        if isinstance(question, PanelDynamicQuestion) and f"entries/{name}" not in fields:
            fields[f"entries/{name}"] = max(question.panel_count, question.min_panel_count)
    return fields


def _fields(question: Question, answer: Any, field: str, place: str) -> Fields:
    names = names_within(question)
    match question, answer:
        case (_, None) | (ExpressionQuestion(), _):
            return {}  # what is worked out is not for people to say
        case RankingQuestion(), list():
            return {f"{field}/{number_of(question.choices, value)}": at for at, value in enumerate(answer, start=1)}
        case MatrixDropdownQuestion(), dict():
            return _of_entries(question, ((names or []).index(row) for row in answer), answer.values(), field, place)
        case ((MatrixDynamicQuestion() | PanelDynamicQuestion()), list()):
            counted: Fields = {f"entries/{place}": len(answer)}
            return counted | _of_entries(question, range(len(answer)), answer, field, place)
        case _, dict() if names is not None:
            return {f"{field}/{names.index(row)}": _entered(said) for row, said in answer.items() if row in names}
    return {field: _entered(answer)}


def _of_entries(question: Question, numbers: Any, entries: Any, field: str, place: str) -> Fields:
    inner = inner_questions(question) or {}
    found: Fields = {}
    for number, entry in zip(numbers, entries, strict=True):
        for name, answer in _said(entry):
            at, below = f"{field}/{number}/{name}", f"{place}[{number}].{name}"
            found |= _fields(inner[name], answer, at, below) if name in inner else {at: answer}
    return found


def _said(entry: Any) -> Iterator[tuple[str, Any]]:
    yield from entry.items() if isinstance(entry, dict) else ()


def _entered(answer: object) -> object:
    return str(answer).lower() if isinstance(answer, bool) else answer
