"""What a survey asks as variables: the one place where statistics and publications learn what an answer means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from interlinker_shared.assets import Asset
from interlinker_survey.definition import Definition, texts
from interlinker_survey.statistics import Kind, Missing, Variable
from interlinker_survey.statistics.variables import Value

Texts = Mapping[str, str]

REFUSED = frozenset({"refused", "dontknow"})
"""Values of SurveyJS's own choices that are no answer."""
ALONE = "none"
NPS = tuple(str(step) for step in range(11))
UNTOLD = object()
"""What stands where a response has nothing."""


@dataclass(frozen=True)
class Asked:
    """A variable, and where its answer stands in a response: the question, and within its answer the row, column or line.

    `labels` say what each of its keys means, `title` what was asked, part after part.
    """

    variable: Variable
    path: tuple[str, ...]
    title: tuple[Texts, ...]
    labels: Mapping[str, Texts]
    required: bool

    @property
    def name(self) -> str:
        """The names on its path; no name of a question has a dot."""
        return self.variable.name

    def find(self, answer: Any) -> Any:
        """The variable's own part of the answer to its question; UNTOLD where there is none."""
        for key in self.path[1:]:
            answer = answer.get(key, UNTOLD) if isinstance(answer, dict) else UNTOLD
        return answer

    def read(self, raw: Any) -> Value:
        """A part of an answer as a value. An erased text (None) was an answer.

        Whoever did not answer what all must answer was not asked.
        """
        if raw is UNTOLD:
            return Missing.NOT_SHOWN if self.required else Missing.NOT_ANSWERED
        return _READERS[self.variable.kind](self.variable, raw)


def variables_of(definition: Definition, language: str) -> list[Asked]:
    """All variables of a survey in its own `language`, in the order of asking.

    A table with one choice a row is one variable for each row, one with questions in its cells one for each cell, several
    lines are one for each line. Of rows and panels that people add, as of texts, only counts whether there are any.
    """
    return [asked for question in definition.questions.values() for asked in _variables(question, language)]


def published_variables(definition: Definition, survey: Asset) -> list[Asked]:
    """The variables as they are published: numbers in the classes of the survey's config."""
    classes = survey.config["classes"]
    return [
        classed(one, classes[one.name]) if one.variable.kind is Kind.NUMERIC and classes.get(one.name) else one
        for one in variables_of(definition, survey.language)
    ]


def classed(asked: Asked, edges: Sequence[float]) -> Asked:
    """A variable of numbers as classes: below the first edge, from one edge to below the next, from the last one on."""
    bounds = [f"{edge:g}" for edge in edges]
    keys = (
        f"< {bounds[0]}",
        *(f"{low} – < {high}" for low, high in pairwise(bounds)),
        f"≥ {bounds[-1]}",
    )
    variable = replace(asked.variable, kind=Kind.ORDINAL, keys=keys)
    return replace(asked, variable=variable, labels={key: {"en": key} for key in keys})


def _variables(question: Any, language: str) -> Iterator[Asked]:
    title = texts(question.title, language, question.name)
    yield from _asked(question, (question.name,), (title,), language)


def _asked(question: Any, path: tuple[str, ...], title: tuple[Texts, ...], language: str) -> Iterator[Asked]:
    required = getattr(question, "is_required", False) is True and len(path) == 1
    if question.type == "matrix":
        columns = _labels(question.columns, language)
        for row, label in _labels(question.rows, language).items():
            inner = (*path, row)
            variable = Variable(".".join(inner), Kind.ORDINAL, tuple(columns))
            yield Asked(variable, inner, (*title, label), columns, required=required and question.each_row_required)
    elif question.type == "matrixdropdown":
        for row, label in _labels(question.rows, language).items():
            for cell in question.cells:
                inner_title = (*title, label, texts(cell.title, language, cell.name))
                yield from _asked(cell, (*path, row, cell.name), inner_title, language)
    elif question.type == "multipletext":
        for line in question.lines:
            yield from _asked(line, (*path, line.name), (*title, texts(line.title, language, line.name)), language)
    else:
        variable, labels = _variable(question, ".".join(path), language)
        yield Asked(variable, path, title, labels, required)


def _variable(question: Any, name: str, language: str) -> tuple[Variable, Mapping[str, Texts]]:
    match question.type:
        case "radiogroup" | "dropdown" | "imagepicker" | "checkbox" | "tagbox" | "ranking":
            return _choosing(question, name, language)
        case "rating":
            labels = _steps(question, language)
            scores = tuple(float(key) for key in labels) if all(map(_is_number, labels)) else ()
            return Variable(name, Kind.ORDINAL, tuple(labels), scores, is_nps=tuple(labels) == NPS), labels
        case "boolean":
            said = {"true": question.label_true, "false": question.label_false}
            return Variable(name, Kind.NOMINAL, tuple(said)), {
                key: texts(label, language, "") if label else {} for key, label in said.items()
            }
        case "text" if question.input_type in {"number", "range"}:
            return Variable(name, Kind.NUMERIC), {}
        case _:
            return Variable(name, Kind.TEXT), {}


def _choosing(question: Any, name: str, language: str) -> tuple[Variable, Mapping[str, Texts]]:
    offered = getattr(question, "offered", question.choices)
    labels = {key: label for key, label in _labels(offered, language).items() if key not in REFUSED}
    if question.type == "ranking":
        return Variable(name, Kind.RANKED, tuple(labels)), labels
    if question.type in {"checkbox", "tagbox"} or getattr(question, "multi_select", False):
        fewest = max(1, getattr(question, "min_selected_choices", 0))
        most = getattr(question, "most", len(labels))
        alone = ALONE if getattr(question, "show_none_item", False) else None
        return Variable(name, Kind.MULTIPLE, tuple(labels), least=fewest, most=most, exclusive=alone), labels
    return Variable(name, Kind.NOMINAL, tuple(labels)), labels


def _labels(choices: Sequence[Any], language: str) -> dict[str, Texts]:
    return {choice.key: texts(choice.text, language, choice.key) for choice in choices}


def _steps(question: Any, language: str) -> dict[str, Texts]:
    if hasattr(question, "steps"):
        return _labels(question.steps, language)
    return {str(step): {language: str(step)} for step in range(question.rate_min, question.rate_max + 1)}


def _is_number(key: str) -> bool:
    return key.removeprefix("-").replace(".", "", 1).isdecimal()


def _key(raw: Any) -> str:
    return str(raw).lower() if isinstance(raw, bool) else str(raw)


def _one(variable: Variable, raw: Any) -> Value:
    key = _key(raw)
    if key in REFUSED:
        return Missing.REFUSED
    return key if key in variable.keys else Missing.NOT_ANSWERED


def _several(variable: Variable, raw: Any) -> Value:
    keys = tuple(_key(entry) for entry in raw) if isinstance(raw, list | tuple) else ()
    known = tuple(key for key in keys if key in variable.keys)
    return known or (Missing.REFUSED if REFUSED & set(keys) else Missing.NOT_ANSWERED)


def _number(_variable: Variable, raw: Any) -> Value:
    return raw if isinstance(raw, int | float) and not isinstance(raw, bool) else Missing.NOT_ANSWERED


def _any(_variable: Variable, _raw: Any) -> Value:
    return True


_READERS: Mapping[Kind, Callable[[Variable, Any], Value]] = {
    Kind.NOMINAL: _one,
    Kind.ORDINAL: _one,
    Kind.MULTIPLE: _several,
    Kind.RANKED: _several,
    Kind.NUMERIC: _number,
    Kind.TEXT: _any,
}
