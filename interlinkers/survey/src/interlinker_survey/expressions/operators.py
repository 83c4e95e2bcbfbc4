"""The operators by the names that the parser gives them: what survey-core makes of two values, or of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from interlinker_survey.expressions.comparing import contains, equal, greater, has_all, has_any, lacks, less
from interlinker_survey.expressions.numbers import divided, minus, numeric, plus, power, remainder, times
from interlinker_survey.expressions.running import Run, size
from interlinker_survey.expressions.values import SPACE, Value, is_empty, is_number, truthy

Operator = Callable[[Run, Value, Value], Value]


def _costing(judge: Callable[[Value, Value], Value]) -> Operator:
    """An operator that looks at every pair of entries."""

    def judged(run: Run, left: Value, right: Value) -> Value:
        if isinstance(left, list | str) or isinstance(right, list | str):
            run.spend(_pairs(left, right))
        return judge(left, right)

    return judged


def _pairs(left: Value, right: Value) -> int:
    return size(left) * size(right)


def _equal(run: Run, left: Value, right: Value) -> bool:
    if isinstance(left, list | dict) and isinstance(right, list | dict):
        run.spend(_pairs(left, right))
    return equal(run, left, right)


COMPARISONS: Final[Mapping[str, Operator]] = {
    "equal": _equal,
    "notequal": lambda run, left, right: not _equal(run, left, right),
    "less": less,
    "greater": greater,
    "lessorequal": lambda run, left, right: _equal(run, left, right) or less(run, left, right),
    "greaterorequal": lambda run, left, right: _equal(run, left, right) or greater(run, left, right),
    "contains": _costing(contains),
    "notcontains": _costing(lacks),
    "anyof": _costing(has_any),
    "noneof": _costing(lambda left, right: not has_any(left, right)),
    "allof": _costing(has_all),
}


def _plus(run: Run, left: Value, right: Value) -> Value:
    if not is_number(left) or not is_number(right):
        run.spend(size(left) + size(right))
    return plus(left, right)


# These see the answers after filled_in.
ARITHMETIC: Final[Mapping[str, Operator]] = {
    "plus": _plus,
    "minus": lambda _run, left, right: minus(left, right),
    "mul": lambda _run, left, right: times(left, right),
    "div": lambda _run, left, right: divided(left, right),
    "mod": lambda _run, left, right: remainder(left, right),
    "power": lambda _run, left, right: power(left, right),
    "and": lambda _run, left, right: right if truthy(left) else left,
    "or": lambda _run, left, right: left if truthy(left) else right,
}

UNARY: Final[Mapping[str, Callable[[Value], bool]]] = {
    "empty": is_empty,
    "notempty": lambda value: not is_empty(value),
    "negate": lambda value: not truthy(value),
}


def filled_in(value: Value, other: Value) -> Value:
    """A value for arithmetic: where there is none, that which changes nothing of the other."""
    if not is_empty(value):
        return value
    if is_number(other):
        return 0
    if isinstance(value, str):
        return value
    if isinstance(other, str):
        return ""
    return [] if isinstance(other, list) else 0


def of_variable(value: Value) -> Value:
    """An answer as `{name}` shows it: a text that spells a number or a truth value is one, quotes fall off."""
    return literal(value) if isinstance(value, str) and value else value


def literal(text: str) -> Value:
    """What a text that is not empty stands for."""
    folded = text.lower()
    if folded in {"true", "false"}:
        return folded == "true"
    if len(text) > 1 and text[0] in "'\"" and text[-1] in "'\"":
        return text[1:-1]
    return _number_or_text(text)


def _number_or_text(text: str) -> Value:
    first = text[0]
    if not (first in "0123456789+-.," or first in SPACE):
        return text
    number = numeric(text)
    if number != number:  # noqa: PLR0124 - NaN
        return text
    if first == "0" and not text.startswith("0x"):
        return number if len(text) == 1 or text[1] in ".," else text  # 007 is a text
    return number
