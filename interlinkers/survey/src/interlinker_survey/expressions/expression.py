"""An expression that is ready to run, and its results as JSON has them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from interlinker_survey.expressions.compiler import Compiled, compiled, is_true
from interlinker_survey.expressions.errors import ScriptError
from interlinker_survey.expressions.moments import Moment
from interlinker_survey.expressions.nodes import Operand, walk
from interlinker_survey.expressions.parser import parse
from interlinker_survey.expressions.running import Run
from interlinker_survey.expressions.values import UNDEFINED, Value


@dataclass(frozen=True, slots=True)
class Expression:
    """`text` as it was written, `node` what it says, `cost` the steps that one evaluation takes at least."""

    text: str
    node: Operand
    cost: int
    _run: Compiled = field(repr=False, compare=False)

    def evaluate(self, run: Run) -> Value:
        """The result; None where survey-core would stop with an error. Raises TooManyStepsError."""
        run.spend(self.cost)
        try:
            return self._run(run)
        except ScriptError:
            return None

    def holds(self, run: Run) -> bool:
        """The result as a condition: only true, 1 and what JavaScript takes for it hold."""
        return is_true(self.evaluate(run))


def compile_expression(text: str) -> Expression:
    """Read an expression; ExpressionError where survey-core refuses it too, or where it is beyond the limits."""
    node = parse(text)
    return Expression(text, node, sum(1 for _ in walk(node)), compiled(node))


def as_json(value: Value) -> Value:
    """A result as it can be written: null for undefined and for what is no number, a date as its day."""
    if value is UNDEFINED or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, Moment):
        return value.day_text() if value.valid else None
    if isinstance(value, list):
        return [as_json(entry) for entry in value]
    if isinstance(value, dict):
        return {key: as_json(entry) for key, entry in value.items()}
    return value
