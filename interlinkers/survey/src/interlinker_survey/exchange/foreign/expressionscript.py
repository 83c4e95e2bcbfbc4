"""LimeSurvey's ExpressionScript into SurveyJS expressions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from interlinker_survey.exchange.foreign.formulas import (
    Call,
    Formula,
    Grammar,
    Name,
    Text,
    UntranslatableError,
    Writer,
)

SCRIPT: Final = Grammar(
    re.compile(
        r"(?P<blank>\s+)|(?P<text>'[^'\\]*'|\"[^\"\\]*\")|(?P<number>\d+(?:\.\d*)?|\.\d+)"
        r"|(?P<sign>&&|\|\||==|!=|<=|>=|[<>!=+*/(),-])|(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z]+)?)"
    ),
    {
        "||": "or",
        "or": "or",
        "&&": "and",
        "and": "and",
        "==": "=",
        "=": "=",
        "eq": "=",
        "!=": "<>",
        "ne": "<>",
        "<": "<",
        "lt": "<",
        "<=": "<=",
        "le": "<=",
        ">": ">",
        "gt": ">",
        ">=": ">=",
        "ge": ">=",
        "+": "+",
        "-": "-",
        "*": "*",
        "/": "/",
    },
    frozenset({"not"}),
)
SAME: Final[Mapping[str, str]] = {
    "count": "count",
    "sum": "sum",
    "min": "min",
    "max": "max",
    "round": "round",
    "intval": "trunc",
    "abs": "",
}
THEMSELVES: Final = frozenset({"self", "this"})


class Shape(StrEnum):
    """What the answer to a question looks like here."""

    VALUE = "value"
    TRUTH = "truth"
    SEVERAL = "several"
    PARTS = "parts"
    CELLS = "cells"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was taken over: its name here and the codes of its subquestions."""

    name: str
    shape: Shape
    parts: Mapping[str, str] = field(default_factory=dict)


def translate(text: str, asked: Mapping[str, Asked], itself: str | None = None) -> str:
    """The SurveyJS expression; UntranslatableError names what has no equal."""
    stripped = text.strip()
    if stripped.startswith("{") and stripped.endswith("}"):
        stripped = stripped[1:-1]
    dialect = _Dialect(asked, itself)
    return Writer(dialect.name, dialect.call, dialect.compare).write(SCRIPT.read(stripped))


@dataclass(frozen=True)
class _Dialect:
    asked: Mapping[str, Asked]
    itself: str | None

    def name(self, name: str) -> str:
        found, part = self._found(name)
        if found.shape is Shape.SEVERAL and part:
            return self._chosen(found, part)
        return f"{{{_path(found, part)}}}"

    def compare(self, operator: str, left: Formula, right: Formula) -> str | None:
        """What LimeSurvey stores as Y is a truth value, or that a choice is among those chosen."""
        if not isinstance(left, Name) or not isinstance(right, Text):
            return None
        found, part = self._found(left.name)
        if found.shape is Shape.SEVERAL and part:
            chosen = (operator == "=") == (right.value == "Y")
            return self._chosen(found, part) if chosen else f"!({self._chosen(found, part)})"
        if found.shape is Shape.TRUTH and right.value in {"Y", "N"}:
            return f"{self.name(left.name)} {operator} {'true' if right.value == 'Y' else 'false'}"
        return None

    def call(self, call: Call, write: Callable[[Formula], str]) -> str:
        match call:
            case Call("is_empty", (inner,)):
                return self._empty(inner, write)
            case Call("if", items) if len(items) == 3:  # noqa: PLR2004 - condition, then, else
                return f"iif({', '.join(write(item) for item in items)})"
            case Call("floatval" | "strval", (inner,)):
                return write(inner)
            case Call(name, items) if SAME.get(name) and items:
                return f"{SAME[name]}({', '.join(write(item) for item in items)})"
        raise UntranslatableError(f"the function {call.name}()")

    def _empty(self, inner: Formula, write: Callable[[Formula], str]) -> str:
        if isinstance(inner, Name):
            found, part = self._found(inner.name)
            if found.shape is Shape.SEVERAL and part:
                return f"!({self._chosen(found, part)})"
        return f"{write(inner)} empty"

    def _chosen(self, found: Asked, part: str) -> str:
        return f"{{{found.name}}} contains '{part}'"

    def _found(self, name: str) -> tuple[Asked, str]:
        """The question that a variable is of, and which part of its answer."""
        base, _, what = name.partition(".")
        if what not in {"", "NAOK", "value", "valueNAOK", "code"}:
            raise UntranslatableError(f"“{name}”")
        base = self.itself if base in THEMSELVES and self.itself is not None else base
        if base in self.asked:
            return self.asked[base], ""
        for title in sorted(self.asked, key=len, reverse=True):
            if base.startswith(f"{title}_"):
                return self.asked[title], self._part(title, base[len(title) + 1 :], name)
        raise UntranslatableError(f"“{name}”, which is no question that was taken over")

    def _part(self, title: str, code: str, name: str) -> str:
        found = self.asked[title]
        if code in {"other", "comment"}:
            return code
        rows, _, column = code.partition("_") if found.shape is Shape.CELLS else (code, "", "")
        if rows not in found.parts and found.shape is not Shape.ORDER:
            raise UntranslatableError(f"“{name}”, which is no question that was taken over")
        return f"{rows}.{column}" if column else rows


def _path(found: Asked, part: str) -> str:
    if part in {"other", "comment"}:
        return f"{found.name}-Comment"
    if found.shape is Shape.ORDER and part.isdigit():
        return f"{found.name}[{int(part) - 1}]"
    return f"{found.name}.{part}" if part else found.name
