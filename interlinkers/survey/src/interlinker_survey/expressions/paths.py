"""How `{name}`, `{question.row.column}` and `{list[0].key}` find their way through answers."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Final, NamedTuple

from interlinker_survey.expressions.numbers import numeric
from interlinker_survey.expressions.values import MISSING, UNDEFINED, Number, Value, length_of, truthy

LENGTH: Final = ".length"
PROPERTY: Final = "$"


class Step(NamedTuple):
    """A name between dots, and the number in square brackets behind it."""

    name: str
    at: Number | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """A name as written, and its steps; `property` where it begins with a dollar sign."""

    name: str
    steps: tuple[Step, ...]

    @property
    def of_property(self) -> bool:
        """Whether this asks for a property of the form (`{$question.isVisible}`), not for an answer."""
        return self.name.startswith(PROPERTY)


def read_path(name: str) -> Path:
    """The steps of a name; a number in brackets at the end of a step is an index."""
    return Path(name, tuple(_step(part) for part in name.removeprefix(PROPERTY).split(".")))


def _step(part: str) -> Step:
    start = part.rfind("[")
    if not part.endswith("]") or start < 0:
        return Step(part)
    index = numeric(part[start + 1 : -1])
    return Step(part) if math.isnan(index) else Step(part[:start], index)


def look_up(root: Value, steps: tuple[Step, ...]) -> Value:
    """The value at the end of the steps, MISSING where they lead nowhere; names may hold dots, so the longest are tried first."""
    value, place = root, 0
    while place < len(steps):
        found, place, step = _member(value, steps, place)
        if found is MISSING:
            return MISSING
        value = found if step.at is None else _entry(found, step.at)
        if value is MISSING:
            return MISSING
    return value


def _member(value: Value, steps: tuple[Step, ...], place: int) -> tuple[Value, int, Step]:
    if len(steps) == place + 1:
        return property_of(value, steps[place].name), place + 1, steps[place]
    for last in range(joinable(steps, place), place - 1, -1):
        name = ".".join(step.name for step in steps[place : last + 1])
        if (found := property_of(value, name)) is not MISSING:
            return found, last + 1, steps[last]
    return MISSING, place, steps[place]


def joinable(steps: tuple[Step, ...], place: int) -> int:
    """The last step that can belong to the same name as that at `place`: an index ends a name."""
    for index in range(place, len(steps)):
        if steps[index].at is not None:
            return index
    return len(steps) - 1


def property_of(value: Value, name: str) -> Value:
    """What a value holds under a name, whatever its case (the exact spelling first)."""
    if isinstance(value, dict):
        found = value.get(name, MISSING)
        if found is MISSING:
            folded = name.lower()
            found = next((entry for key, entry in value.items() if key.lower() == folded), MISSING)
        return MISSING if found is UNDEFINED else found
    if not isinstance(value, str | list):
        return MISSING
    if name == "length":
        return (
            length_of(value) if isinstance(value, str) and value else len(value) if isinstance(value, list) else MISSING
        )
    if (
        isinstance(value, list)
        and name.isascii()
        and name.isdigit()
        and name == str(int(name))
        and int(name) < len(value)
    ):
        return value[int(name)]
    return MISSING


def _entry(value: Value, index: Number) -> Value:
    if not isinstance(value, list):
        return MISSING
    place = len(value) + index if index < 0 else index
    if not 0 <= place < len(value):
        return MISSING
    return value[int(place)] if place == int(place) else UNDEFINED


def own_property(value: Value, name: str) -> Value:
    """JavaScript's `value[name]`; UNDEFINED where there is none."""
    if isinstance(value, dict):
        return value.get(name, UNDEFINED)
    if isinstance(value, str | list) and truthy(value):
        if name == "length":
            return length_of(value) if isinstance(value, str) else len(value)
        if name.isascii() and name.isdigit() and name == str(int(name)) and int(name) < len(value):
            return value[int(name)]
    return UNDEFINED


def unknown(name: str) -> Value:
    """What a name stands for that no scope knows: an object spelled out, a length of 0, else null."""
    if name.endswith(LENGTH):
        return 0
    if name.find(":") < 1:
        return None
    try:
        return json.loads(f"{{{name}}}", parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None


def _no_constant(name: str) -> None:
    raise ValueError(name)
