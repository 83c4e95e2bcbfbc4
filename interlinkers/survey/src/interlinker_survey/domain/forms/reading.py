"""What an HTML form says, as the JSON that the API takes; nothing is judged here, what makes no sense is passed on as it is.

The fields of a question are named after the place of what they ask: `answers/wish`, `answers/goods/0/price` (row 0),
`answers/children/1/age` (panel 1), `answers/order/2` (the place that choice 2 is to have).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from interlinker_survey.definition import (
    BooleanQuestion,
    CheckboxQuestion,
    Choice,
    ChoiceQuestion,
    Definition,
    ImagePickerQuestion,
    MatrixDropdownQuestion,
    MatrixDynamicQuestion,
    MatrixQuestion,
    MultipleTextQuestion,
    PanelDynamicQuestion,
    Question,
    RankingQuestion,
    RatingQuestion,
    TextQuestion,
)
from interlinker_survey.definition.scalars import MAX_ENTRIES
from interlinker_survey.domain.forms.naming import field_name, inner_questions

_NUMBER = re.compile(r"-?[0-9]{1,15}([.,][0-9]{1,15})?")
_INDEX = re.compile(r"0|[1-9][0-9]{0,2}")
MAX_SHOWN = 300  # rows and panels of all lists together: those within others would multiply
_Questions = Mapping[str, Question]
_Fields = Mapping[str, object]


def answers_of_form(definition: Definition, entered: _Fields, entries: _Fields | None = None) -> dict[str, object]:
    """The fields of a form (texts, lists of texts, and fields below) as answers by question.

    `entries` says how many panels of a dynamic one there are, by its place: {"children": "2", "children[0].pets": "1"}.
    """
    return _Reading(counts_of(entries or {})).all_of(definition.questions, entered, "")


def counts_of(entries: _Fields) -> dict[str, int]:
    """How many rows or panels a form says that each list has, by its place: no more than a page can show, whatever it says."""
    counts: dict[str, int] = {}
    for place, said in entries.items():
        if _INDEX.fullmatch(str(said)):
            counts[place] = min(int(str(said)), MAX_ENTRIES, MAX_SHOWN - sum(counts.values()))
    return counts


class ListFields(Collection[str]):
    """The names of the fields that may have several values, at any place of a form."""

    def __init__(self, definition: Definition) -> None:
        self._questions = definition.questions

    def __contains__(self, name: object) -> bool:
        _, _, path = str(name).partition("/")
        return _is_list(self._questions, path.split("/"))

    def __iter__(self) -> Iterator[str]:
        return (field_name(name) for name, question in self._questions.items() if _is_many(question))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _is_list(questions: _Questions, path: Sequence[str]) -> bool:
    question = questions.get(path[0])
    if question is None:
        return False
    if len(path) == 1:
        return _is_many(question)
    inner = inner_questions(question)
    return inner is not None and len(path) > 2 and _is_list(inner, path[2:])  # noqa: PLR2004 - a row or panel is between


def _is_many(question: Question) -> bool:
    return isinstance(question, CheckboxQuestion) or (
        isinstance(question, ImagePickerQuestion) and question.multi_select
    )


class _Reading:
    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = counts

    def all_of(self, questions: _Questions, entered: _Fields, place: str) -> dict[str, object]:
        """What a form, row or panel says; a dynamic panel that has panels says so without any field."""
        found = {name: self._of(questions.get(name), said, place + name) for name, said in entered.items()}
        for name, question in questions.items():
            if isinstance(question, PanelDynamicQuestion) and name not in found and self._counts.get(place + name):
                found[name] = self._of(question, {}, place + name)
        return found

    def _of(self, question: Question | None, said: object, place: str) -> object:
        match said:
            case str():
                return _of_text(question, said)
            case list() if isinstance(question, CheckboxQuestion | ImagePickerQuestion):
                return [value_of(question.offered, text) for text in said]
            case dict() if question is not None:
                return self._of_fields(question, said, place)
        return said

    def _of_fields(self, question: Question, said: _Fields, place: str) -> object:
        match question:
            case MatrixQuestion():
                rows = [row.key for row in question.rows]
                return _by_place(said, rows, lambda _, text: value_of(question.columns, text))
            case MultipleTextQuestion():
                lines = question.lines
                return _by_place(said, [line.name for line in lines], lambda at, text: self._of(lines[at], text, place))
            case MatrixDropdownQuestion():
                cells = {cell.name: cell for cell in question.cells}
                rows = [row.key for row in question.rows]
                return _by_place(said, rows, lambda at, entry: self._entry(cells, entry, f"{place}.{at}."))
            case MatrixDynamicQuestion() | PanelDynamicQuestion():
                return self._listed(question, said, place)
            case RankingQuestion():
                return _ranked(question.choices, said)
            case _:
                return said

    def _entry(self, questions: _Questions, said: object, place: str) -> object:
        return self.all_of(questions, said, place) if isinstance(said, dict) else said

    def _listed(self, question: Question, said: _Fields, place: str) -> object:
        """Fields named by the number of an entry, as a list; entries in between that say nothing are empty."""
        if not all(_INDEX.fullmatch(key) and int(key) <= MAX_ENTRIES for key in said):
            return dict(said)
        inner = inner_questions(question) or {}
        count = max(map(int, said), default=-1) + 1
        if isinstance(question, PanelDynamicQuestion):
            count = max(count, self._counts.get(place, 0))
        return [self._entry(inner, said.get(str(at), {}), f"{place}[{at}].") for at in range(count)]


def _of_text(question: Question | None, said: str) -> object:
    match question:
        case ChoiceQuestion() | ImagePickerQuestion():
            return value_of(question.offered, said)
        case RatingQuestion():
            return value_of(question.steps, said.strip()) if question.rate_values else _number_of(said.strip())
        case BooleanQuestion():
            return {"true": True, "false": False}.get(said, said)
        case TextQuestion():
            return _number_of(said.strip()) if question.numeric else said
    return said


def _by_place(said: _Fields, names: Sequence[str], read: Callable[[int, object], object]) -> dict[str, object]:
    """Fields named by the number of a row, by the row's own name; a number that there is not stays as it is."""
    found: dict[str, object] = {}
    for key, value in said.items():
        known = _INDEX.fullmatch(key) is not None and int(key) < len(names)
        found[names[int(key)] if known else key] = read(int(key), value) if known else value
    return found


def _ranked(choices: Sequence[Choice], said: _Fields) -> object:
    """Places by the number of the choice, as the choices in that order; two at one place are told as one said twice."""
    places: dict[int, list[Choice]] = {}
    for key, place in said.items():
        if not _INDEX.fullmatch(key) or int(key) >= len(choices) or not _INDEX.fullmatch(str(place)):
            return dict(said)
        places.setdefault(int(str(place)), []).append(choices[int(key)])
    return [found[0].value for place in sorted(places) for found in [places[place]] for _ in found]


def value_of(choices: Sequence[Choice], text: object) -> object:
    """The value of the choice that a field names."""
    return next((choice.value for choice in choices if choice.key == text), text)


def _number_of(text: str) -> object:
    if not _NUMBER.fullmatch(text):
        return text
    number = float(text.replace(",", "."))
    return int(number) if number.is_integer() else number
