"""From nodes to closures: an expression is read once and then runs for every answer without another look at its text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from interlinker_survey.expressions.comparing import equal
from interlinker_survey.expressions.errors import ExpressionError
from interlinker_survey.expressions.functions import ASKS_LATER, FUNCTIONS
from interlinker_survey.expressions.functions.arrays import (
    ARRAY_FUNCTIONS,
    NOTHING,
    Column,
    Condition,
    condition_text,
    returned_column,
)
from interlinker_survey.expressions.nodes import (
    Binary,
    Call,
    Constant,
    Operand,
    Sequence,
    Unary,
    Variable,
    spine,
    walk,
)
from interlinker_survey.expressions.operators import ARITHMETIC, COMPARISONS, UNARY, filled_in, literal, of_variable
from interlinker_survey.expressions.parser import parse
from interlinker_survey.expressions.paths import Path, read_path, unknown
from interlinker_survey.expressions.running import Run, size
from interlinker_survey.expressions.values import (
    MISSING,
    UNDEFINED,
    Value,
    is_empty,
    is_number,
    number_of_text,
    to_text,
    truthy,
)

Compiled = Callable[[Run], Value]

_EQUALITIES: Final = {"equal": True, "notequal": False}
_LOGIC: Final = {"and", "or"}


def compiled(node: Operand | None) -> Compiled:
    """The closure of a node."""
    match node:
        case Constant(value):
            return _constant(literal(value) if isinstance(value, str) and value else value)
        case Variable():
            return _variable(node)
        case Sequence(items):
            return _list([compiled(item) for item in items])
        case Unary(operator, operand):
            return _unary(UNARY[operator], compiled(operand))
        case None:
            return _constant(None)
    return _call(node) if isinstance(node, Call) else _chain(node)


def _list(parts: list[Compiled]) -> Compiled:
    return lambda run: [part(run) for part in parts]


def _constant(value: Value) -> Compiled:
    return lambda _run: value


def _unary(judge: Callable[[Value], bool], operand: Compiled) -> Compiled:
    return lambda run: judge(operand(run))


def _variable(node: Variable) -> Compiled:
    path = read_path(node.name)
    otherwise = unknown(node.name)

    def as_it_is(run: Run) -> Value:
        found = run.scope.find(path)
        return otherwise if found is MISSING else found

    def converted(run: Run) -> Value:
        found = run.scope.find(path)
        return of_variable(found) if isinstance(found, str) else otherwise if found is MISSING else found

    return as_it_is if node.as_is else converted


def _chain(node: Binary) -> Compiled:
    """A chain of operators from the left, one closure around the other."""
    chain = spine(node)
    left = compiled(chain[-1].left)
    for link in reversed(chain):
        left = _binary(link, left, compiled(link.right))
    return left


def _binary(node: Binary, left: Compiled, right: Compiled) -> Compiled:
    if node.operator in _LOGIC:
        return _logic(node.operator, left, right)
    if node.operator in ARITHMETIC:
        return _arithmetic(node.operator, left, right)
    if node.operator in _EQUALITIES and (ordering := _ordering(node)):
        return _equality(left, right, ordering, wanted=_EQUALITIES[node.operator])
    judge = COMPARISONS[node.operator]
    return lambda run: judge(run, left(run), right(run))


def _logic(operator: str, left: Compiled, right: Compiled) -> Compiled:
    """The right side is looked at only where it matters; nothing has an effect, so nobody can tell."""
    stops_at = operator == "or"
    judge = ARITHMETIC[operator]

    def judged(run: Run) -> Value:
        first = left(run)
        if not is_empty(first) and truthy(first) is stops_at:
            return first
        second = right(run)
        first = filled_in(first, second)
        return judge(run, first, filled_in(second, first))

    return judged


def _arithmetic(operator: str, left: Compiled, right: Compiled) -> Compiled:
    work = ARITHMETIC[operator]

    def worked_out(run: Run) -> Value:
        first, second = left(run), right(run)
        first = filled_in(first, second)
        return work(run, first, filled_in(second, first))

    return worked_out


def _ordering(node: Binary) -> list[Path]:
    """The names on either side that can make lists equal in the same order only."""
    found: list[Path] = []
    sides: list[Operand | None] = [node.left, node.right]
    while sides:
        side = sides.pop()
        if isinstance(side, Variable):
            found.append(read_path(side.name))
        elif isinstance(side, Binary):
            sides.extend((side.left, side.right))
    return found


def _equality(left: Compiled, right: Compiled, ordering: list[Path], *, wanted: bool) -> Compiled:
    def judged(run: Run) -> Value:
        first, second = left(run), right(run)
        ordered = False
        if isinstance(first, list | dict) and isinstance(second, list | dict):
            run.spend(size(first) * size(second))
            ordered = any(run.scope.is_ordered(path) for path in ordering)
        return equal(run, first, second, ordered=ordered) is wanted

    return judged


def _call(node: Call) -> Compiled:
    parts = [compiled(item) for item in node.items]
    if node.name in ARRAY_FUNCTIONS:
        return _over_array(node, parts)
    function = FUNCTIONS.get(node.name)
    if function is None:  # survey-core warns and goes on with null; `problems` refuses it
        return lambda _run: None
    return lambda run: function(run, [part(run) for part in parts])


def _over_array(node: Call, parts: list[Compiled]) -> Compiled:
    function, nothing = ARRAY_FUNCTIONS[node.name], NOTHING.get(node.name, UNDEFINED)
    if not 2 <= len(parts) <= 4:  # noqa: PLR2004 - array, column, returned column, condition
        return lambda _run: nothing
    condition, cost = _condition(condition_text(node))
    returned = returned_column(node)

    def worked_out(run: Run) -> Value:
        array, name = parts[0](run), parts[1](run)
        if not truthy(array) or not isinstance(name, str):
            return nothing
        return function(run, Column(name, name if returned is None else returned, condition, cost), array)

    return worked_out


def _condition(text: str | None) -> tuple[Condition | None, int]:
    """The condition on rows with its cost; one that cannot be read never holds, one that asks later is left out."""
    if text is None:
        return None, 0
    try:
        node = parse(text)
    except ExpressionError:
        return _never, 0
    below = list(walk(node))
    if any(isinstance(part, Call) and part.name in ASKS_LATER for part in below):
        return None, 0
    judge = compiled(node)
    return (lambda run: is_true(judge(run))), len(below)


def _never(_run: Run) -> bool:
    return False


def is_true(value: Value) -> bool:
    """What survey-core takes a condition for: `value == true`, so 1 and "1" are true and 2 is not."""
    if value is True or value is False:
        return value is True
    if is_number(value):
        return value == 1
    return isinstance(value, str | list) and number_of_text(to_text(value)) == 1
