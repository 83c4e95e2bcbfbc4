"""Functions over the rows of a matrix or the panels of a dynamic panel: sum, least, greatest, count and average of a column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from interlinker_survey.expressions.nodes import Call, Constant
from interlinker_survey.expressions.numbers import numeric, rounded_sum
from interlinker_survey.expressions.paths import own_property
from interlinker_survey.expressions.running import Run, Values
from interlinker_survey.expressions.values import (
    UNDEFINED,
    Value,
    add,
    entries,
    is_empty,
    is_less,
    is_nullish,
    number_of,
    to_number,
    truthy,
)

_MOST_ARGUMENTS: Final = 4
_NO_COLUMN = re.compile(r"[{}><=!]")

Condition = Callable[[Run], bool]


@dataclass(frozen=True, slots=True)
class Column:
    """What such a call looks at: `name` of each row for which `condition` holds; least and greatest return `returned` of that row.

    `cost` is how many steps the condition takes.
    """

    name: str
    returned: str
    condition: Condition | None
    cost: int

    def rows(self, run: Run, array: Value) -> Iterator[Value]:
        """The rows that count."""
        for _, row in entries(array):
            run.spend(1 + self.cost)
            if truthy(row) and not is_empty(own_property(row, self.name)) and self._holds(run, row):
                yield row

    def _holds(self, run: Run, row: Value) -> bool:
        if self.condition is None:
            return True
        inner = run.within(Values(row, run.root))
        try:
            return self.condition(inner)
        finally:
            run.steps = inner.steps


def returned_column(call: Call) -> str | None:
    """The third argument where it names a column instead of a condition."""
    third = call.items[2] if len(call.items) > 2 else None  # noqa: PLR2004 - the third
    said = constant_text(third) if isinstance(third, Constant) else None
    return said if said is not None and not _NO_COLUMN.search(said) else None


def condition_text(call: Call) -> str | None:
    """The condition, as survey-core reads it: a text is an expression, anything else is one already."""
    place = 3 if returned_column(call) is not None else 2
    if not place < len(call.items) <= _MOST_ARGUMENTS:
        return None
    node = call.items[place]
    said = constant_text(node) if isinstance(node, Constant) else None
    return said or str(node)


def constant_text(node: Constant) -> str | None:
    """The text that a constant stands for; None where that is no text."""
    said = node.value
    if not isinstance(said, str):
        return None
    return said[1:-1] if len(said) > 1 and said[0] == said[-1] == "'" else said


def _sum(run: Run, column: Column, array: Value) -> Value:
    total: Value = UNDEFINED
    for row in column.rows(run, array):
        value = _number(own_property(row, column.name))
        total = 0 if total is UNDEFINED else total
        if not is_nullish(value):
            total = rounded_sum(total, value, add(total, value))
    return 0 if total is UNDEFINED else total


def _count(run: Run, column: Column, array: Value) -> Value:
    return sum(1 for _ in column.rows(run, array))


def _average(run: Run, column: Column, array: Value) -> Value:
    count = sum(1 for _ in column.rows(run, array))
    return number_of(float(to_number(_sum(run, column, array))) / count) if count else 0


def _best(before: Callable[[Value, Value], bool]) -> Callable[[Run, Column, Value], Value]:
    def best_of(run: Run, column: Column, array: Value) -> Value:
        best, best_row = UNDEFINED, None  # type: tuple[Value, Value]
        for row in column.rows(run, array):
            value = _number(own_property(row, column.name))
            if not is_nullish(value) and (is_nullish(best) or before(value, best)):
                best, best_row = value, row
        if best_row is None:
            return UNDEFINED
        return best if column.returned == column.name else own_property(best_row, column.returned)

    return best_of


def _number(value: Value) -> Value:
    if not isinstance(value, str):
        return value
    number = numeric(value)
    return UNDEFINED if number != number else number  # noqa: PLR0124 - NaN


ARRAY_FUNCTIONS: Final[Mapping[str, Callable[[Run, Column, Value], Value]]] = {
    "sumInArray": _sum,
    "minInArray": _best(is_less),
    "maxInArray": _best(lambda value, best: is_less(best, value)),
    "countInArray": _count,
    "avgInArray": _average,
}
NOTHING: Final[Mapping[str, Value]] = {"sumInArray": 0, "countInArray": 0, "avgInArray": 0}
