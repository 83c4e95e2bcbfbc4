"""A publication: which counts of a survey everybody may see, as the document that is kept and shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from interlinker_survey.counting import Counts
from interlinker_survey.disclosure import Choices, Counted, Pairing, Release, Several, Single
from interlinker_survey.statistics import Kind, Missing, Variable, answered, chosen
from interlinker_survey.variables import Asked

Pair = tuple[str, str]
ANSWERED = "answered"
"""The one category of texts, and of numbers without classes: that there is an answer."""


class Group(BaseModel):
    """Answers that are counted together, since single ones are of too few; `no_answer`: with those who gave none."""

    model_config = ConfigDict(frozen=True)

    answers: list[str]
    no_answer: bool
    count: int


class VariableTable(BaseModel):
    """How many of `of` responses are in each group. `question` asked it; for tables `parts` name the row (and column)."""

    model_config = ConfigDict(frozen=True)

    name: str
    question: str
    parts: list[str]
    kind: Kind
    of: int
    groups: list[Group]


class ChoicesTable(BaseModel):
    """How many of `answered` people chose each answer, of which each could choose several; null is left out.

    `answered` is null where it would tell of too few who gave no answer among `of` responses.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    question: str
    parts: list[str]
    of: int
    answered: int | None
    counts: dict[str, int | None]


class CrossTable(BaseModel):
    """Two variables: a row for each group of one, in it a cell for each group of the other; null is left out."""

    model_config = ConfigDict(frozen=True)

    rows: str
    columns: str
    cells: list[list[int | None]]


class Tables(BaseModel):
    """All counts of a publication. `responses` is how many there were; a table is of as many as its `of` says."""

    model_config = ConfigDict(frozen=True)

    responses: int
    smallest_count: int = Field(description="No count that is left out can be told to less than this.")
    variables: list[VariableTable]
    choices: list[ChoicesTable]
    crosstabs: list[CrossTable]


def counted(asked: Sequence[Asked], classes: Mapping[str, Sequence[float]], counts: Counts) -> Counted:
    """Counts by category of variables as they are published, of what was counted as it was answered."""
    shown = {one.name: one.variable for one in asked}
    several = {name: one for name, one in shown.items() if one.kind is Kind.MULTIPLE}
    singles = {
        name: _by_category(one, _read(one, classes, counts.columns[name]))
        for name, one in shown.items()
        if name not in several
    }
    pairs = {pair: _cells(shown[pair[0]], shown[pair[1]], classes, found) for pair, found in _pairs(counts)}
    return Counted(
        size=counts.size,
        singles=singles,
        ordered=frozenset(name for name, one in shown.items() if one.kind is Kind.ORDINAL),
        several={name: _several(one, counts.columns[name]) for name, one in several.items()},
        pairs=pairs,
    )


def tables(asked: Sequence[Asked], release: Release) -> Tables:
    """What of a release everybody may see; `asked` as `published_variables` gives them."""
    by_name = {one.name: one for one in asked}
    return Tables(
        responses=release.size,
        smallest_count=release.least,
        variables=[_variable(by_name[name], one) for name, one in release.singles.items()],
        choices=[_choices(by_name[name], one) for name, one in release.choices.items()],
        crosstabs=[_crosstab(pair, one) for pair, one in release.pairs.items()],
    )


def lines(shown: Tables) -> Iterator[tuple[str, str, str, int | None, int]]:
    """All of it as one table: (variable or pair, answers, answers of the other one, count, of how many responses)."""
    groups = {one.name: [_words(group) for group in one.groups] for one in shown.variables}
    sizes = {one.name: one.of for one in shown.variables}
    for one in shown.variables:
        yield from ((one.name, _words(group), "", group.count, one.of) for group in one.groups)
    for several in shown.choices:
        yield from ((several.name, key, "", count, several.of) for key, count in several.counts.items())
    for cross in shown.crosstabs:
        for row, cells in zip(groups[cross.rows], cross.cells, strict=True):
            for column, count in zip(groups[cross.columns], cells, strict=True):
                yield f"{cross.rows} × {cross.columns}", row, column, count, sizes[cross.rows]


def _pairs(counts: Counts) -> Iterator[tuple[Pair, Counter[tuple[Any, ...]]]]:
    yield from (((names[0], names[1]), found) for names, found in counts.together.items())


def _words(group: Group) -> str:
    return " | ".join([*group.answers, *(["-"] if group.no_answer else [])])


def categories(variable: Variable) -> tuple[str, ...]:
    """What a response can be in, beside giving no answer: for rankings what stands first."""
    return variable.keys or (ANSWERED,)


def _read(variable: Variable, classes: Mapping[str, Sequence[float]], column: Counter[Any]) -> Counter[Any]:
    found: Counter[Any] = Counter()
    for value, count in column.items():
        found[_category(variable, classes, value)] += count
    return found


def _category(variable: Variable, classes: Mapping[str, Sequence[float]], value: Any) -> int:
    """The place of a value among the categories; behind the last one is no answer."""
    names = categories(variable)
    if isinstance(value, Missing):
        return len(names)
    if variable.kind is Kind.ORDINAL and classes.get(variable.name):
        return sum(edge <= value for edge in classes[variable.name])
    if names == (ANSWERED,):
        return 0
    return names.index(value[0] if isinstance(value, tuple) else value)


def _by_category(variable: Variable, column: Counter[int]) -> list[int]:
    return [column[place] for place in range(len(categories(variable)) + 1)]


def _cells(
    one: Variable, other: Variable, classes: Mapping[str, Sequence[float]], found: Counter[tuple[Any, ...]]
) -> list[list[int]]:
    cells = [[0] * (len(categories(other)) + 1) for _ in range(len(categories(one)) + 1)]
    for (first, second), count in found.items():
        cells[_category(one, classes, first)][_category(other, classes, second)] += count
    return cells


def _several(variable: Variable, column: Counter[Any]) -> Several:
    alone = variable.keys.index(variable.exclusive) if variable.exclusive in variable.keys else None
    counts = list(chosen(variable, column).values())
    most = variable.most or len(variable.keys)
    return Several(counts, answered(column).answered, variable.least, most, alone)


def _variable(asked: Asked, single: Single) -> VariableTable:
    names = categories(asked.variable)
    groups = [
        Group(answers=[names[place] for place in one if place < len(names)], no_answer=len(names) in one, count=held)
        for one, held in zip(single.groups, single.counts, strict=True)
    ]
    return VariableTable(
        name=asked.name,
        question=asked.path[0],
        parts=list(asked.path[1:]),
        kind=asked.variable.kind,
        of=single.size,
        groups=groups,
    )


def _choices(asked: Asked, choices: Choices) -> ChoicesTable:
    counts = {
        key: None if place in choices.hidden else held
        for place, (key, held) in enumerate(zip(asked.variable.keys, choices.several.chosen, strict=True))
    }
    return ChoicesTable(
        name=asked.name,
        question=asked.path[0],
        parts=list(asked.path[1:]),
        of=choices.size,
        answered=None if choices.silent_hidden else choices.several.answered,
        counts=counts,
    )


def _crosstab(pair: Pair, pairing: Pairing) -> CrossTable:
    cells = [
        [None if (row, column) in pairing.hidden else held for column, held in enumerate(line)]
        for row, line in enumerate(pairing.cells)
    ]
    return CrossTable(rows=pair[0], columns=pair[1], cells=cells)
