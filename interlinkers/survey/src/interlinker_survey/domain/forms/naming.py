"""The names of the fields of a form, and the field that an error is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from interlinker_survey.definition import (
    Choice,
    Definition,
    MatrixDropdownQuestion,
    MatrixDynamicQuestion,
    MatrixQuestion,
    MultipleTextQuestion,
    PanelDynamicQuestion,
    Question,
)

Questions = Mapping[str, Question]


def field_name(question: str) -> str:
    """The name of a question's field in an HTML form."""
    return f"answers/{question}"


def inner_questions(question: Question) -> Questions | None:
    """What each row or panel of a question asks; None where it has none."""
    match question:
        case MatrixDropdownQuestion() | MatrixDynamicQuestion():
            return {cell.name: cell for cell in question.cells}
        case PanelDynamicQuestion():
            return question.questions
        case _:
            return None


def names_within(question: Question) -> list[str] | None:
    """The names of the rows or lines of an answer, whose fields have their numbers; None where it has none."""
    match question:
        case MatrixQuestion() | MatrixDropdownQuestion():
            return [row.key for row in question.rows]
        case MultipleTextQuestion():
            return [line.name for line in question.lines]
        case _:
            return None


def field_of(definition: Definition, pointer: str) -> str:
    """The name of the field that stands for a place among the answers: /answers/goods/apples/price is answers/goods/0/price."""
    first, *path = (part.replace("~1", "/").replace("~0", "~") for part in pointer.removeprefix("/").split("/"))
    return "/".join([first, *_fields(definition.questions, path)])


def _fields(questions: Questions, path: Sequence[str]) -> list[str]:
    if not path or path[0] not in questions:
        return list(path)
    question, rest = questions[path[0]], list(path[1:])
    names = names_within(question)
    if rest and names is not None and rest[0] in names:
        rest[0] = str(names.index(rest[0]))
    inner = inner_questions(question)
    if inner is not None and len(rest) > 1:
        return [path[0], rest[0], *_fields(inner, rest[1:])]
    return [path[0], *rest]


def number_of(choices: Sequence[Choice], value: object) -> int:
    """The place of a value among choices."""
    return next(index for index, choice in enumerate(choices) if choice.value == value)
