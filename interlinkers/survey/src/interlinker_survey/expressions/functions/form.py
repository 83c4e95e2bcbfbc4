"""Functions that ask the form around the expression: isContainerReady, displayValue, propertyValue, getComment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from interlinker_survey.expressions.running import Run
from interlinker_survey.expressions.values import UNDEFINED, Value, is_empty, truthy


def _is_ready(run: Run, arguments: list[Value]) -> Value:
    name, index = [*arguments, UNDEFINED, UNDEFINED][:2]
    return truthy(name) and run.host.is_ready(name, index)


def _display(run: Run, arguments: list[Value]) -> Value:
    name, value = [*arguments, UNDEFINED, UNDEFINED][:2]
    return run.host.display(name, UNDEFINED if is_empty(value) else value)


def _property(run: Run, arguments: list[Value]) -> Value:
    if len(arguments) != 2 or not all(map(truthy, arguments)):  # noqa: PLR2004 - a question and a property
        return UNDEFINED
    return run.host.read_property(*arguments)


def _comment(run: Run, arguments: list[Value]) -> Value:
    name, choice = [*arguments, UNDEFINED, UNDEFINED][:2]
    return run.host.comment(name, choice) if truthy(name) else UNDEFINED


FUNCTIONS: Final[Mapping[str, Callable[[Run, list[Value]], Value]]] = {
    "isContainerReady": _is_ready,
    "isDisplayMode": lambda run, _arguments: run.host.is_display_mode(),
    "displayValue": _display,
    "propertyValue": _property,
    "getComment": _comment,
}
