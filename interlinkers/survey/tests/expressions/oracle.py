"""Survey-core itself as the judge: the published package, unmodified, in V8 within this process."""

from __future__ import annotations

import json
import math
import os
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from interlinker_survey.expressions import UNDEFINED, Moment, Value

NOW = datetime(2026, 3, 14, 15, 9, 26, 535_000, UTC)
LIBRARY = Path(__file__).parents[4] / "var/oracle/survey.core.min.js"
DRIVER = Path(__file__).with_name("oracle.js")
ABSENT = f"survey-core is not here: `make oracle` brings it ({LIBRARY.name})"

THROWS = object()
_SPECIAL: dict[str, Value] = {
    "undefined": UNDEFINED,
    "NaN": math.nan,
    "Infinity": math.inf,
    "-Infinity": -math.inf,
    "throws": THROWS,
}


class Oracle:
    """Functions of oracle.js, called with JSON and answering with it."""

    def __init__(self) -> None:
        from py_mini_racer import MiniRacer  # noqa: PLC0415 - 80 MB that only these tests need

        self._v8 = MiniRacer()
        self._v8.eval(DRIVER.read_text())
        self._v8.eval(LIBRARY.read_text())

    def ask(self, function: str, *arguments: Any) -> Any:
        said = ", ".join(json.dumps(json.dumps(argument)) for argument in arguments)
        return json.loads(str(self._v8.eval(f"JSON.stringify({function}({said}))")))


@cache
def the_oracle() -> Oracle:
    """One V8 for all tests of a process; they skip where survey-core was not fetched, which CI has to do."""
    if not LIBRARY.is_file():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(ABSENT)
    return Oracle()


def read(told: Any) -> Value:
    """A value as oracle.js tells it."""
    if isinstance(told, list):
        return [read(entry) for entry in told]
    if isinstance(told, int) and abs(told) > 2**53:
        return float(told)  # JavaScript writes large floats without an exponent
    if not isinstance(told, dict):
        return told
    if told.get("$") == "date":
        return Moment(math.nan if told["ms"] is None else told["ms"])
    return _SPECIAL[told["$"]] if "$" in told else {key: read(entry) for key, entry in told.items()}


def alike(ours: Value, theirs: Value) -> bool:
    """Whether two results are the same to the bit; where survey-core throws, there is nothing to compare with."""
    if theirs is THROWS:
        return True
    if isinstance(theirs, list) and isinstance(ours, list):
        return len(ours) == len(theirs) and all(map(alike, ours, theirs))
    if isinstance(theirs, dict) and isinstance(ours, dict):
        return ours.keys() == theirs.keys() and all(alike(ours[key], theirs[key]) for key in ours)
    if isinstance(theirs, Moment) and isinstance(ours, Moment):
        return alike(ours.ms, theirs.ms)
    if isinstance(theirs, float) and isinstance(ours, float) and math.isnan(theirs):
        return math.isnan(ours)
    return ours == theirs and isinstance(ours, bool) == isinstance(theirs, bool)
