"""SurveyJS expressions (survey-core 2.5.38): read once, checked, run within limits; see the README beside this file.

price = compile_expression("iif({age} < 18, 0, {nights} * 12.5)")
price.evaluate(Run(Values({"age": 40, "nights": 2})))  # 25
"""

from interlinker_survey.expressions.analysis import Problem, names, problems
from interlinker_survey.expressions.errors import ExpressionError, TooManyStepsError
from interlinker_survey.expressions.expression import Expression, as_json, compile_expression
from interlinker_survey.expressions.moments import Moment
from interlinker_survey.expressions.parser import MAX_DEPTH, MAX_LENGTH, MAX_NODES, parse
from interlinker_survey.expressions.paths import Path, Step, look_up, read_path
from interlinker_survey.expressions.patterns import Pattern, compile_pattern
from interlinker_survey.expressions.running import MAX_STEPS, NO_FORM, Host, NoForm, Run, Scope, Values
from interlinker_survey.expressions.values import MISSING, UNDEFINED, Value

__all__ = [
    "MAX_DEPTH",
    "MAX_LENGTH",
    "MAX_NODES",
    "MAX_STEPS",
    "MISSING",
    "NO_FORM",
    "UNDEFINED",
    "Expression",
    "ExpressionError",
    "Host",
    "Moment",
    "NoForm",
    "Path",
    "Pattern",
    "Problem",
    "Run",
    "Scope",
    "Step",
    "TooManyStepsError",
    "Value",
    "Values",
    "as_json",
    "compile_expression",
    "compile_pattern",
    "look_up",
    "names",
    "parse",
    "problems",
    "read_path",
]
