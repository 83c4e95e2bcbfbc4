"""Answers that hold others: tables, lines, panels that people add; and all answers of a form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from interlinker_shared.errors import FieldError, pointer
from interlinker_survey.definition.asked import (
    BooleanQuestion,
    CommentQuestion,
    ExpressionQuestion,
    RatingQuestion,
    TextQuestion,
)
from interlinker_survey.definition.choosing import (
    CheckboxQuestion,
    ChoiceQuestion,
    ImagePickerQuestion,
    RankingQuestion,
)
from interlinker_survey.definition.containers import COMMENT, PanelDynamicQuestion, Question
from interlinker_survey.definition.flaws import MAX_FLAWS, shown, suggest, writable
from interlinker_survey.definition.part import within
from interlinker_survey.definition.reading import refusals as say
from interlinker_survey.definition.reading.chosen import chosen, read_choice, read_order, read_picture, read_selection
from interlinker_survey.definition.reading.refusals import Answer, Answers, Refused, refused
from interlinker_survey.definition.reading.single import (
    read_boolean,
    read_comment,
    read_line,
    read_step,
    read_text,
)
from interlinker_survey.definition.tables import (
    MatrixDropdownQuestion,
    MatrixDynamicQuestion,
    MatrixQuestion,
    MultipleTextQuestion,
)

LONGEST_COMMENT = 5000
_Read = TypeVar("_Read")


def read_answer(question: Question, value: object) -> Answer | None:
    """The answer worth keeping, None where there is none; Refused says what is wrong with it.

    An empty text, an empty selection and null are no answer. What the form works out is taken as it comes, to be compared.
    """
    if value is None or (not value and type(value) is type(empty_of(question))):
        return None
    return _READERS[type(question)](question, value)


def empty_of(question: Question) -> object:
    """What stands for no answer, beside null."""
    match question:
        case CheckboxQuestion() | RankingQuestion() | MatrixDynamicQuestion() | PanelDynamicQuestion():
            return []
        case ImagePickerQuestion(multi_select=True):
            return []
        case MatrixQuestion() | MatrixDropdownQuestion() | MultipleTextQuestion():
            return {}
        case _:
            return ""


def read_all(questions: Mapping[str, Question], raw: Mapping[str, object]) -> tuple[Answers, dict[str, Refused]]:
    """The answers that can be read, in the order of asking, and by name what is wrong with the others and unknown."""
    answers: Answers = {}
    wrong: dict[str, Refused] = _unknown(questions, raw)
    for name, question in questions.items():
        try:
            answer = read_answer(question, raw.get(name))
        except Refused as refusal:
            wrong[name] = refusal
        else:
            if answer is not None:
                answers[name] = answer
        if question.comments and name + COMMENT in raw:
            _read_remark(name + COMMENT, raw, answers, wrong)
    return answers, wrong


def _read_remark(key: str, raw: Mapping[str, object], answers: Answers, wrong: dict[str, Refused]) -> None:
    """The comment beside an answer."""
    try:
        text = None if raw[key] is None else read_text(raw[key], LONGEST_COMMENT)
    except Refused as refusal:
        wrong[key] = refusal
    else:
        if text is not None:
            answers[key] = text


def _unknown(questions: Mapping[str, Question], raw: Mapping[str, object]) -> dict[str, Refused]:
    strange = [name for name in raw if not _is_known(questions, name)]
    return {
        name: refused("extra_forbidden", f"There is no question “{shown(name)}”.{suggest(name, questions)}")
        for name in strange[:MAX_FLAWS]
    }


def _is_known(questions: Mapping[str, Question], name: str) -> bool:
    if name in questions:
        return True
    commented = questions.get(name.removesuffix(COMMENT)) if name.endswith(COMMENT) else None
    return commented is not None and commented.comments


def flaws_of(wrong: Mapping[str, Refused]) -> list[FieldError]:
    """What is wrong with some answers, each under its name."""
    return [flaw for name, refusal in wrong.items() for flaw in within(writable(pointer(name)), refusal.flaws)]


def _entry(questions: Mapping[str, Question], value: object) -> Answers:
    """What one row or panel says."""
    if not isinstance(value, dict):
        raise refused(*say.NO_OBJECT)
    answers, wrong = read_all(questions, value)
    if wrong:
        raise Refused(*flaws_of(wrong))
    return answers


def _collected(parts: Iterable[tuple[Any, Callable[[], _Read]]]) -> dict[Any, _Read]:
    """All parts that can be read, or all that is wrong with the others."""
    found: dict[Any, _Read] = {}
    flaws: list[FieldError] = []
    for key, reading in parts:
        try:
            found[key] = reading()
        except Refused as refusal:
            flaws += within(writable(pointer(key)), refusal.flaws)
    if flaws:
        raise Refused(*flaws[:MAX_FLAWS])
    return found


def _read_matrix(question: MatrixQuestion, value: object) -> Answer | None:
    rows = _by_name(value, [row.key for row in question.rows], "row")
    found = _collected(
        (row, partial(chosen, question.columns, said)) for row, said in rows.items() if said not in (None, "")
    )
    if question.each_row_unique and len(set(map(str, found.values()))) < len(found):
        raise refused(*say.TWICE)
    return dict(found) or None


def _read_table(question: MatrixDropdownQuestion, value: object) -> Answer | None:
    rows = _by_name(value, [row.key for row in question.rows], "row")
    cells = {cell.name: cell for cell in question.cells}
    found = _collected((row, partial(_entry, cells, said)) for row, said in rows.items() if said is not None)
    return {row: entry for row, entry in found.items() if entry} or None


def _read_rows(question: MatrixDynamicQuestion, value: object) -> Answer | None:
    found = _listed({cell.name: cell for cell in question.cells}, value, question.max_row_count)
    return found if any(found) else None


def _read_panels(question: PanelDynamicQuestion, value: object) -> Answer | None:
    return _listed(question.questions, value, question.max_panel_count)


def _listed(questions: Mapping[str, Question], value: object, most: int) -> list[Answer]:
    if not isinstance(value, list):
        raise refused(*say.NO_ENTRIES)
    if len(value) > most:
        raise refused(*say.TOO_MANY)
    found = _collected((index, partial(_entry, questions, said)) for index, said in enumerate(value))
    return list(found.values())


def _read_lines(question: MultipleTextQuestion, value: object) -> Answer | None:
    given = _by_name(value, [line.name for line in question.lines], "line")
    lines = {line.name: line for line in question.lines}
    found = _collected((name, partial(read_answer, lines[name], given[name])) for name in lines if name in given)
    return {name: answer for name, answer in found.items() if answer is not None} or None


def _by_name(value: object, names: Sequence[str], word: str) -> dict[str, object]:
    """What is said by name, in the order of the names; Refused where there is no such name."""
    if not isinstance(value, dict):
        raise refused(*say.NO_OBJECT)
    strange = [name for name in value if name not in names][:MAX_FLAWS]
    if strange:
        told = ((name, f"There is no {word} “{shown(name)}” here.{suggest(name, names)}") for name in strange)
        raise Refused(*(FieldError(writable(pointer(name)), text, "extra_forbidden") for name, text in told))
    return {name: value[name] for name in names if name in value}


def _read_value(_question: ExpressionQuestion, value: object) -> Answer | None:
    """What it has to equal is not known yet."""
    if not isinstance(value, str | int | float | bool):
        raise refused("calculated", say.CALCULATED)
    return value


_READERS: Mapping[type, Callable[[Any, object], Answer | None]] = {
    TextQuestion: read_line,
    CommentQuestion: read_comment,
    ChoiceQuestion: read_choice,
    CheckboxQuestion: read_selection,
    RatingQuestion: read_step,
    BooleanQuestion: read_boolean,
    RankingQuestion: read_order,
    ImagePickerQuestion: read_picture,
    MatrixQuestion: _read_matrix,
    MatrixDropdownQuestion: _read_table,
    MatrixDynamicQuestion: _read_rows,
    MultipleTextQuestion: _read_lines,
    PanelDynamicQuestion: _read_panels,
    ExpressionQuestion: _read_value,
}
