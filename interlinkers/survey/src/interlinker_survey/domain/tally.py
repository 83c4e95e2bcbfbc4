"""How answers are counted, which of them are items for others, and what erasing a person leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from interlinker_survey.definition import (
    BooleanQuestion,
    CheckboxQuestion,
    ChoiceQuestion,
    CommentQuestion,
    Definition,
    ImagePickerQuestion,
    MultipleTextQuestion,
    Question,
    RatingQuestion,
    TextQuestion,
)
from interlinker_survey.domain.answers import Answer
from interlinker_survey.domain.forms import inner_questions

Kept = Mapping[str, Answer | None]  # as stored: None is an answer whose text was erased


class _Column:
    """The count of one question."""

    def __init__(self, question: Question) -> None:
        self.responses = 0
        self.sum = Fraction()
        self.chosen: Counter[str] = Counter(dict.fromkeys(_keys(question), 0))
        self.numeric = isinstance(question, RatingQuestion | TextQuestion) and question.numeric
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
            if name in self._columns:  # else it is a comment beside an answer
                self._columns[name].add(answer)

    def counts(self) -> dict[str, Any]:
        """{responses, questions: {name: {responses, skipped, choices: {value: n}, mean}}}; the last two where apt."""
        return {
            "responses": self.responses,
            "questions": {name: column.counts(self.responses) for name, column in self._columns.items()},
        }


def free_texts(definition: Definition, answers: Kept) -> Iterator[tuple[str, str]]:
    """(question, text) of each answer that becomes a public item: all free text, addresses never.

    A comment beside an answer has the question's name with "-Comment" behind it. What is said within tables and dynamic panels
    belongs to its row: it is no item.
    """
    for name, answer in answers.items():
        if isinstance(answer, str) and (name not in definition.questions or _is_free_text(definition.questions[name])):
            yield name, answer


def erase_texts(definition: Definition, answers: Kept) -> dict[str, Answer | None]:
    """The answers without what a person wrote; that she answered still counts, as do her choices and numbers."""
    return {name: _without_texts(definition.questions.get(name), answer) for name, answer in answers.items()}


def _without_texts(question: Question | None, answer: Answer | None) -> Answer | None:
    if question is None or answer is None or isinstance(question, MultipleTextQuestion) or _is_written(question):
        return None
    inner = inner_questions(question)
    if inner is None:
        return answer
    if isinstance(answer, list):
        return [_without_written(inner, entry) for entry in answer]
    return (
        {row: _without_written(inner, entry) for row, entry in answer.items()} if isinstance(answer, dict) else answer
    )


def _without_written(questions: Mapping[str, Question], entry: Answer) -> Answer:
    """A row or panel: what was written in it is left out."""
    said = entry.items() if isinstance(entry, dict) else ()
    kept = ((name, _without_texts(questions.get(name), answer)) for name, answer in said)
    return {name: answer for name, answer in kept if answer is not None}


def item_id(response: object, question: str) -> str:
    """The id of a free-text item; a question's name has no dot."""
    return f"{response}.{question}"


def _is_free_text(question: Question) -> bool:
    return isinstance(question, CommentQuestion) or _is_text(question, "text")


def _is_written(question: Question) -> bool:
    """Whether an answer is in somebody's own words, or says where or when to find somebody."""
    return isinstance(question, CommentQuestion) or (isinstance(question, TextQuestion) and not question.numeric)


def _is_text(question: Question, input_type: str) -> bool:
    return isinstance(question, TextQuestion) and question.input_type == input_type


def _keys(question: Question) -> list[str]:
    match question:
        case ChoiceQuestion() | CheckboxQuestion() | ImagePickerQuestion():
            return [choice.key for choice in question.offered]
        case RatingQuestion():
            return [step.key for step in question.steps]
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
