"""Functions over numbers and texts: sum, min, max, count, avg, round, trunc, iif, substring."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Final

from interlinker_survey.expressions.errors import ScriptError
from interlinker_survey.expressions.numbers import is_numeric, numeric, power, round_half_up, rounded_sum
from interlinker_survey.expressions.running import Run, size
from interlinker_survey.expressions.values import (
    NAN,
    UNDEFINED,
    Value,
    add,
    is_less,
    is_nullish,
    number_of,
    number_of_text,
    to_number,
    to_text,
    truthy,
)

_EPSILON: Final = 2.0**-52
_MAX_DIGITS: Final = 1000


def flattened(run: Run, value: Value) -> list[Value]:
    """All that lies in lists within lists, without what is missing; texts of numbers as numbers."""
    run.spend(size(value))
    return list(_leaves(value))


def _leaves(value: Value) -> list[Value]:
    if is_nullish(value):
        return []
    if isinstance(value, list):
        return [leaf for entry in value for leaf in _leaves(entry)]
    number = numeric(value)
    return [value if number != number else number]  # noqa: PLR0124 - NaN


def _sum(run: Run, arguments: list[Value]) -> Value:
    return _total(flattened(run, arguments))


def _total(leaves: list[Value]) -> Value:
    total: Value = 0
    for leaf in leaves:
        total = rounded_sum(total, leaf, add(total, leaf))
    return total


def _least(run: Run, arguments: list[Value]) -> Value:
    best: Value = UNDEFINED
    for leaf in flattened(run, arguments):
        best = leaf if best is UNDEFINED or is_less(leaf, best) else best
    return best


def _greatest(run: Run, arguments: list[Value]) -> Value:
    best: Value = UNDEFINED
    for leaf in flattened(run, arguments):
        best = leaf if best is UNDEFINED or is_less(best, leaf) else best
    return best


def _count(run: Run, arguments: list[Value]) -> Value:
    return len(flattened(run, arguments))


def _average(run: Run, arguments: list[Value]) -> Value:
    leaves = flattened(run, arguments)
    return number_of(float(to_number(_total(leaves))) / len(leaves)) if leaves else 0


def _round(run: Run, arguments: list[Value]) -> Value:
    number, precision = _number_and_precision(run, arguments, 0)
    if not is_numeric(number) or not is_numeric(precision):
        return NAN
    scale = float(to_number(power(10, precision)))
    scaled = round_half_up(float(to_number(number)) * scale * (1 + _EPSILON))
    return number_of(scaled / scale) if scale else NAN if not scaled or math.isnan(scaled) else scaled * math.inf


def _truncate(run: Run, arguments: list[Value]) -> Value:
    """Survey-core cuts the text of the number, so one with an exponent loses it."""
    number, precision = _number_and_precision(run, arguments, -1)
    if not is_numeric(number) or not is_numeric(precision):
        return NAN
    digits = min(precision, _MAX_DIGITS) if isinstance(precision, int) and precision >= 0 else None
    fraction = "" if digits is None else f"(?:.[0-9]{{0,{digits}}})?"
    found = re.match(f"-?[0-9]+{fraction}", to_text(number))
    if found is None:
        raise ScriptError
    return number_of_text(found[0])


def _number_and_precision(run: Run, arguments: list[Value], default: int) -> tuple[Value, Value]:
    leaves = [*flattened(run, arguments), UNDEFINED, UNDEFINED]
    return leaves[0], leaves[1] if truthy(leaves[1]) else default


def _choose(_run: Run, arguments: list[Value]) -> Value:
    """Iif: all three are evaluated, one is returned."""
    if len(arguments) < 2:  # noqa: PLR2004 - a condition and what follows from it
        return None
    return arguments[1] if truthy(arguments[0]) else [*arguments, UNDEFINED][2]


def _substring(_run: Run, arguments: list[Value]) -> Value:
    if len(arguments) < 2:  # noqa: PLR2004 - a text and a start
        return ""
    text, start, end = [*arguments, UNDEFINED][:3]
    if not isinstance(text, str) or not is_numeric(start):
        return ""
    units = text.encode("utf-16-le", "surrogatepass")
    bounds = [_bound(start, len(units) // 2), _bound(end, len(units) // 2) if is_numeric(end) else len(units) // 2]
    return units[min(bounds) * 2 : max(bounds) * 2].decode("utf-16-le", "surrogatepass")


def _bound(value: Value, length: int) -> int:
    number = float(to_number(value))
    return int(min(max(number, 0), length)) if number == number else 0  # noqa: PLR0124 - NaN


FUNCTIONS: Final[Mapping[str, Callable[[Run, list[Value]], Value]]] = {
    "sum": _sum,
    "min": _least,
    "max": _greatest,
    "count": _count,
    "avg": _average,
    "round": _round,
    "trunc": _truncate,
    "iif": _choose,
    "substring": _substring,
}
