"""Fits a definition into the profile: what the profile refuses is taken out, piece by piece, and every piece is named."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any, Final

from interlinker_shared.errors import FieldError, InvalidError
from interlinker_survey.definition import read_definition
from interlinker_survey.exchange.foreign.findings import Report

ROUNDS: Final = 60
"""Each takes out all that is refused by then; what is left after so many is not worth keeping."""
WHOLE: Final = frozenset(
    {"type", "name", "choices", "value", "elements", "rows", "columns", "items", "templateElements"}
)
"""Keys without which the part that has them is nothing."""


def fit(definition: Mapping[str, Any], report: Report, *, most: int = ROUNDS) -> dict[str, Any]:
    """The definition as far as it can be offered here. Raises InvalidError where nothing is left to ask."""
    fitted: dict[str, Any] = copy.deepcopy(dict(definition))
    for _ in range(most):
        try:
            read_definition(fitted, at="")
        except InvalidError as error:
            flaws = error.fields
            if not _take_out(fitted, flaws, report):
                raise
        else:
            return fitted
    read_definition(fitted, at="")
    return fitted


def _take_out(definition: dict[str, Any], flaws: tuple[FieldError, ...], report: Report) -> bool:
    """Take out what the flaws point at, from the end, so that places before it stay; whether anything went."""
    places = {tuple(_steps(flaw.pointer)): flaw for flaw in flaws}
    gone = False
    for steps in sorted(places, key=_order, reverse=True):
        gone = _remove(definition, list(steps), places[steps], report) or gone
    return gone


def _order(steps: tuple[str, ...]) -> list[tuple[int, str]]:
    return [(int(step), "") if step.isdigit() else (-1, step) for step in steps]


def _steps(pointer: str) -> Iterator[str]:
    for step in pointer.split("/")[1:]:
        yield step.replace("~1", "/").replace("~0", "~")


def _remove(definition: dict[str, Any], steps: list[str], flaw: FieldError, report: Report) -> bool:
    """Take out a key or an entry; the part it is in where it is nothing without."""
    while steps:
        owner, last = _owner(definition, steps), steps[-1]
        if isinstance(owner, list) and last.isdigit() and int(last) < len(owner):
            what = owner.pop(int(last))
            report.lost(_place(definition, steps), _called(what), flaw.message)
            return True
        if isinstance(owner, dict) and last in owner and last not in WHOLE:
            owner.pop(last)
            report.lost(_place(definition, steps), last, flaw.message)
            return True
        steps = steps[:-1]
    return False


def _owner(definition: Any, steps: list[str]) -> Any:
    found = definition
    for step in steps[:-1]:
        if isinstance(found, list) and step.isdigit() and int(step) < len(found):
            found = found[int(step)]
        elif isinstance(found, dict) and step in found:
            found = found[step]
        else:
            return None
    return found


def _place(definition: Any, steps: list[str]) -> str:
    """The names on the way, which authors know; the pointer where there are none."""
    names: list[str] = []
    found = definition
    for step in steps[:-1]:
        found = found[int(step)] if isinstance(found, list) and int(step) < len(found) else _at(found, step)
        if isinstance(found, dict) and isinstance(found.get("name"), str):
            names.append(found["name"])
    return " › ".join(names) or "/" + "/".join(steps)


def _at(found: Any, step: str) -> Any:
    return found.get(step) if isinstance(found, dict) else None


def _called(what: Any) -> str:
    if not isinstance(what, dict):
        return str(what)[:100]
    name = what.get("name", what.get("value", ""))
    return f"{what.get('type', '')} {name}".strip()[:100] or "a part"
