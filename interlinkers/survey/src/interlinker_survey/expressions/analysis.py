"""What an expression says before anybody answers: the names it uses, and what in it can never mean anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from interlinker_survey.expressions.errors import ExpressionError, nearest
from interlinker_survey.expressions.functions import ARGUMENTS, NAMES
from interlinker_survey.expressions.functions.arrays import ARRAY_FUNCTIONS, condition_text, constant_text
from interlinker_survey.expressions.nodes import Call, Constant, Operand, Variable, children, walk
from interlinker_survey.expressions.parser import parse
from interlinker_survey.expressions.paths import Path, read_path

_BY_NAME = frozenset({"isContainerReady", "displayValue", "propertyValue", "getComment"})


@dataclass(frozen=True, slots=True)
class Problem:
    """A stable code, a sentence, and the character (from 0) where it begins."""

    code: str
    message: str
    position: int


@dataclass(frozen=True, slots=True)
class Name:
    """A name in an expression. `array` is that of the rows whose column it is, where it stands in a condition on rows.

    `by_function` where the name is not in braces but the first argument of a function that asks the form.
    """

    path: Path
    position: int
    array: str | None = None
    by_function: str | None = None


def names(node: Operand, array: str | None = None, offset: int | None = None) -> Iterator[Name]:
    """All that an expression looks at, in the order of writing; what is within a text that is a condition on rows, too."""
    left: list[Operand | None] = [node]
    while left:
        part = left.pop()
        if part is None:
            continue
        position = part.position if offset is None else offset
        match part:
            case Variable(name):
                yield Name(read_path(name), position, array)
            case Call(name, [Constant() as first, *_]) if name in _BY_NAME and (said := constant_text(first)):
                yield Name(read_path(said), position, array, name)
            case Call(name, [Variable(rows), *_]) if name in ARRAY_FUNCTIONS:
                yield from _of_rows(part, rows, position)
                left.extend(reversed(part.items[:2]))  # the rest is about the rows
                continue
            case _:
                pass
        left.extend(reversed(children(part)))


def _of_rows(call: Call, rows: str, position: int) -> Iterator[Name]:
    column = constant_text(call.items[1]) if len(call.items) > 1 and isinstance(call.items[1], Constant) else None
    if column:
        yield Name(read_path(column), position, rows)
    condition = _readable(condition_text(call))
    if condition is not None:
        yield from names(condition, rows, position)


def _readable(text: str | None) -> Operand | None:
    try:
        return parse(text) if text is not None else None
    except ExpressionError:
        return None


def problems(node: Operand) -> Iterator[Problem]:
    """Functions that do not exist, too few or too many arguments, conditions on rows that cannot be read."""
    for part in walk(node):
        if isinstance(part, Call):
            yield from _of_call(part)


def _of_call(call: Call) -> Iterator[Problem]:
    if call.name not in NAMES:
        message = f"There is no function “{call.name[:60]}”.{nearest(call.name, NAMES)}"
        yield Problem("unknown_function", message, call.position)
        return
    least, most = ARGUMENTS[call.name]
    if len(call.items) < least or (most is not None and len(call.items) > most):
        wanted = f"{least}" if least == most else f"at least {least}" if most is None else f"{least} to {most}"
        yield Problem("function_arguments", f"{call.name} takes {wanted} arguments.", call.position)
    elif call.name in ARRAY_FUNCTIONS and (text := condition_text(call)) is not None:
        yield from _of_condition(text, call)


def _of_condition(text: str, call: Call) -> Iterator[Problem]:
    try:
        node = parse(text)
    except ExpressionError as error:
        yield Problem(error.code, f"In the condition of {call.name}: {error}", call.position)
    else:
        yield from (Problem(found.code, found.message, call.position) for found in problems(node))
