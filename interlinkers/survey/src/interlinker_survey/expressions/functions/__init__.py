"""The built-in functions of survey-core 2.5.38 by name; those over arrays are in `functions.arrays`, for the compiler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from interlinker_survey.expressions.functions import dates, form, numeric
from interlinker_survey.expressions.functions.arrays import ARRAY_FUNCTIONS
from interlinker_survey.expressions.running import Run
from interlinker_survey.expressions.values import Value

Function = Callable[[Run, list[Value]], Value]

FUNCTIONS: Final[Mapping[str, Function]] = {**numeric.FUNCTIONS, **dates.FUNCTIONS, **form.FUNCTIONS}
NAMES: Final = frozenset({*FUNCTIONS, *ARRAY_FUNCTIONS})
ASKS_LATER: Final = frozenset({"displayValue"})  # asynchronous in survey-core: no condition over an array may use it

# The fewest and the most arguments with which each means something.
ARGUMENTS: Final[Mapping[str, tuple[int, int | None]]] = {
    **dict.fromkeys(("sum", "min", "max", "count", "avg"), (1, None)),
    **dict.fromkeys(("round", "trunc"), (1, 2)),
    **dict.fromkeys(ARRAY_FUNCTIONS, (2, 4)),
    **dict.fromkeys(("getDate", "getYear"), (1, 1)),
    **dict.fromkeys(("year", "month", "day", "weekday", "today"), (0, 1)),
    **dict.fromkeys(("currentDate", "currentYear", "isDisplayMode"), (0, 0)),
    "iif": (2, 3),
    "age": (1, 2),
    "dateDiff": (2, 3),
    "dateAdd": (2, 3),
    "diffDays": (2, 2),
    "isContainerReady": (1, 2),
    "displayValue": (1, 2),
    "propertyValue": (2, 2),
    "substring": (2, 3),
    "getComment": (1, 2),
}
