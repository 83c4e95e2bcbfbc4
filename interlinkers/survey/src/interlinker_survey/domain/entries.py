"""The rows and panels of answers: how many there are, and what in them people cannot say for themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from interlinker_survey.definition import (
    ExpressionQuestion,
    MatrixDropdownQuestion,
    MatrixDynamicQuestion,
    PanelDynamicQuestion,
    Question,
)
from interlinker_survey.definition.reading import Answer, Answers

Claims = dict[str, Answer]
"""By the place of the question, as the logic names it."""


def take_claims(questions: Mapping[str, Question], answers: Answers, prefix: str = "") -> Claims:
    """Take out of the answers what is not for people to say."""
    claims: Claims = {}
    for name, question in questions.items():
        if name not in answers:
            continue
        if isinstance(question, ExpressionQuestion):
            claims[prefix + name] = answers.pop(name)
            continue
        for place, inner, entry in entries(question, answers[name], prefix + name):
            claims |= take_claims(inner, entry, place)
    return claims


def entries(question: Question, answer: Any, place: str) -> Iterator[tuple[str, Mapping[str, Question], Answers]]:
    """The rows or panels of an answer: what their places begin with, what they ask and what they say."""
    match question:
        case MatrixDropdownQuestion():
            cells = {cell.name: cell for cell in question.cells}
            yield from ((f"{place}.{row}.", cells, entry) for row, entry in answer.items())
        case MatrixDynamicQuestion():
            cells = {cell.name: cell for cell in question.cells}
            yield from ((f"{place}[{index}].", cells, entry) for index, entry in enumerate(answer))
        case PanelDynamicQuestion():
            yield from ((f"{place}[{index}].", question.questions, entry) for index, entry in enumerate(answer))


def padded(
    questions: Mapping[str, Question], answers: Answers, counts: Mapping[str, int] | None = None, prefix: str = ""
) -> Answers:
    """The answers with as many empty rows and panels as there have to be, or as people see where `counts` says it by place."""
    for name, question in questions.items():
        least = (
            fewest(question) if counts is None else max(counts.get(prefix + name, initial(question)), fewest(question))
        )
        given = answers.get(name, [])
        if least and isinstance(given, list) and len(given) < least:
            answers[name] = [*given, *({} for _ in range(least - len(given)))]
        if isinstance(question, PanelDynamicQuestion) and name in answers:
            for place, inner, entry in entries(question, answers[name], prefix + name):
                padded(inner, entry, counts, place)
    return answers


def fewest(question: Question) -> int:
    """How many rows or panels there are at least."""
    match question:
        case MatrixDynamicQuestion():
            return question.min_row_count
        case PanelDynamicQuestion():
            return question.min_panel_count
        case _:
            return 0


def initial(question: Question) -> int:
    """How many rows or panels there are before anybody adds any."""
    match question:
        case MatrixDynamicQuestion():
            return min(question.row_count, question.max_row_count)
        case PanelDynamicQuestion():
            return min(question.panel_count, question.max_panel_count)
        case _:
            return 0


def most(question: Question) -> int:
    """How many rows or panels there can be."""
    match question:
        case MatrixDynamicQuestion():
            return question.max_row_count
        case PanelDynamicQuestion():
            return question.max_panel_count
        case _:
            return 0
