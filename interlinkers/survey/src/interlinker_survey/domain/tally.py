"""How answers are counted, which of them are items for others, and what erasing a person leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from interlinker_survey.definition.model import (
    BooleanQuestion,
    CheckboxQuestion,
    ChoiceQuestion,
    CommentQuestion,
    Definition,
    Question,
    RatingQuestion,
    TextQuestion,
)
from interlinker_survey.domain.answers import Answer

Kept = Mapping[str, Answer | None]  # as stored: None is an answer whose text was erased


class _Column:
    """The count of one question."""

    def __init__(self, question: Question) -> None:
        self.responses = 0
        self.sum = Fraction()
        self.chosen: Counter[str] = Counter(dict.fromkeys(_keys(question), 0))
        self.numeric = isinstance(question, RatingQuestion) or _is_text(question, "number")
        self.choosing = bool(self.chosen)

    def add(self, answer: Answer | None) -> None:
        self.responses += 1
        if self.choosing:
            self.chosen.update(_chosen(answer))
        if self.numeric and isinstance(answer, int | float):
            self.sum += Fraction(answer)

    def counts(self, total: int) -> dict[str, Any]:
        found: dict[str, Any] = {"responses": self.responses, "skipped": total - self.responses}
        if self.choosing:
            found["choices"] = dict(self.chosen)
        if self.numeric:
            found["mean"] = round(float(self.sum / self.responses), 6) if self.responses else None
        return found


class Tally:
    """Counts per question, taken in one pass over the responses."""

    def __init__(self, definition: Definition) -> None:
        """Every choice of `definition` is counted, also the one that nobody chose."""
        self.responses = 0
        self._columns = {name: _Column(question) for name, question in definition.questions.items()}

    def add(self, answers: Kept) -> None:
        """Count one response."""
        self.responses += 1
        for name, answer in answers.items():
            self._columns[name].add(answer)

    def counts(self) -> dict[str, Any]:
        """{responses, questions: {name: {responses, skipped, choices: {value: n}, mean}}}; the last two where apt."""
        return {
            "responses": self.responses,
            "questions": {name: column.counts(self.responses) for name, column in self._columns.items()},
        }


def free_texts(definition: Definition, answers: Kept) -> Iterator[tuple[str, str]]:
    """(question, text) of each answer that becomes a public item: all free text, addresses never."""
    for name, answer in answers.items():
        if isinstance(answer, str) and _is_free_text(definition.questions[name]):
            yield name, answer


def erase_texts(definition: Definition, answers: Kept) -> dict[str, Answer | None]:
    """The answers without what a person wrote; that she answered still counts, as do her choices and numbers."""
    return {name: None if _is_written(definition.questions[name]) else answer for name, answer in answers.items()}


def item_id(response: object, question: str) -> str:
    """The id of a free-text item; a question's name has no dot."""
    return f"{response}.{question}"


def _is_free_text(question: Question) -> bool:
    return isinstance(question, CommentQuestion) or _is_text(question, "text")


def _is_written(question: Question) -> bool:
    return _is_free_text(question) or _is_text(question, "email") or _is_text(question, "date")


def _is_text(question: Question, input_type: str) -> bool:
    return isinstance(question, TextQuestion) and question.input_type == input_type


def _keys(question: Question) -> list[str]:
    match question:
        case ChoiceQuestion() | CheckboxQuestion():
            return [choice.key for choice in question.choices]
        case RatingQuestion():
            return [str(step) for step in range(question.rate_min, question.rate_max + 1)]
        case BooleanQuestion():
            return ["true", "false"]
        case _:
            return []


def _chosen(answer: Answer | None) -> list[str]:
    match answer:
        case bool():
            return [str(answer).lower()]
        case list():
            return [str(entry) for entry in answer]
        case _:
            return [str(answer)]
