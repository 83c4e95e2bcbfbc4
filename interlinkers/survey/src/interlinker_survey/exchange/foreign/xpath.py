"""XLSForm's XPath into SurveyJS expressions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from interlinker_survey.exchange.foreign.formulas import (
    Call,
    Formula,
    Grammar,
    Name,
    Number,
    Text,
    UntranslatableError,
    Writer,
    quoted,
)

XPATH: Final = Grammar(
    re.compile(
        r"(?P<blank>\s+)|(?P<reference>\$\{\s*[A-Za-z_][\w.-]*\s*\})|(?P<text>'[^']*'|\"[^\"]*\")"
        r"|(?P<number>\d+(?:\.\d*)?|\.\d+)|(?P<sign><=|>=|!=|[=<>+*(),|-])|(?P<name>\.|[A-Za-z_][\w:-]*)"
    ),
    {
        "or": "or",
        "and": "and",
        "=": "=",
        "!=": "<>",
        "<": "<",
        "<=": "<=",
        ">": ">",
        ">=": ">=",
        "+": "+",
        "-": "-",
        "*": "*",
        "div": "/",
        "mod": "%",
    },
    frozenset(),
)


class Answers(StrEnum):
    """What the answer to a question is, as far as formulas must know."""

    VALUE = "value"
    SEVERAL = "several"
    ENTRIES = "entries"
    TRUTH = "truth"


@dataclass(frozen=True, slots=True)
class Known:
    """A question of the form: its name here, and the dynamic panel that it is in."""

    name: str
    answers: Answers = Answers.VALUE
    repeat: str | None = None


@dataclass(frozen=True)
class Around:
    """Where a formula stands: the question itself, the dynamic panel around it, and fixed values of a choice."""

    known: Mapping[str, Known]
    itself: str | None = None
    repeat: str | None = None
    fixed: Mapping[str, str] | None = None


def translate(text: str, around: Around) -> str:
    """The SurveyJS expression; UntranslatableError names what has no equal."""
    dialect = _Dialect(around)
    return Writer(dialect.name, dialect.call, dialect.compare).write(XPATH.read(text))


def pattern_of(text: str) -> str | None:
    """The pattern where a constraint is nothing but `regex(., '…')`."""
    try:
        read = XPATH.read(text)
    except UntranslatableError:
        return None
    match read:
        case Call("regex", (Name("."), Text(pattern))):
            return pattern
    return None


class _Dialect:
    def __init__(self, around: Around) -> None:
        self._around = around

    def name(self, name: str) -> str:
        if name in {"true", "false"}:
            return name
        if self._around.fixed is not None and name in self._around.fixed:
            return quoted(self._around.fixed[name])
        return f"{{{self._path(name)}}}"

    def compare(self, operator: str, left: Formula, right: Formula) -> str | None:
        """A list of choices equals a text where it holds that choice alone; a truth value is no text."""
        if not isinstance(left, Name) or not isinstance(right, Text) or not right.value:
            return None
        match self._answers(left.name):
            case Answers.SEVERAL:
                return f"{self.name(left.name)} {operator} [{quoted(right.value)}]"
            case Answers.TRUTH:
                truth = str(right.value.lower() in {"ok", "yes", "true", "1"}).lower()
                return f"{self.name(left.name)} {operator} {truth}"
        return None

    def call(self, call: Call, write: Callable[[Formula], str]) -> str:
        return self._of_answers(call, write) or self._of_values(call, write) or self._same(call, write)

    def _of_answers(self, call: Call, write: Callable[[Formula], str]) -> str | None:
        """Functions about what was answered to a question."""
        match call:
            case Call("selected", (Name(name), choice)):
                sign = "contains" if self._answers(name) is Answers.SEVERAL else "="
                return f"{self.name(name)} {sign} {write(choice)}"
            case Call("count-selected" | "count", (Name(name),)):
                return f"{{{self._path(name)}.length}}"
            case Call("sum" | "min" | "max", (Name(name),)):
                return self._over_entries(call.name, name)
            case Call("jr:choice-name", (Name(name), _)):
                return f"displayValue('{self._path(name)}')"
        return None

    def _of_values(self, call: Call, write: Callable[[Formula], str]) -> str | None:
        """Functions of any values."""
        items = [write(item) for item in call.items]
        match call.name, items:
            case (("true" | "false"), []):
                return call.name
            case "not", [inner]:
                return f"!({inner})"
            case "if", [_, _, _]:
                return f"iif({', '.join(items)})"
            case "coalesce", [first, second]:
                return f"iif({first} notempty, {first}, {second})"
            case (("number" | "string" | "date" | "boolean" | "date-time"), [inner]):
                return inner
        return None

    def _same(self, call: Call, write: Callable[[Formula], str]) -> str:
        """Functions that are called alike, but for the name."""
        same = {"round": "round", "int": "trunc", "today": "today", "min": "min", "max": "max", "sum": "sum"}
        items = [write(item) for item in call.items]
        if call.name == "concat" and items:
            return " + ".join(["''", *items])
        if call.name == "now" and not items:
            return "currentDate()"
        if call.name not in same or (call.name == "round" and not 1 <= len(items) <= 2):  # noqa: PLR2004 - number, digits
            raise UntranslatableError(f"the function {call.name}()")
        return f"{same[call.name]}({', '.join(items)})"

    def _over_entries(self, function: str, name: str) -> str:
        found = self._found(name)
        if found.repeat is None:
            return f"{function}({self.name(name)})"
        return f"{function}InArray({{{found.repeat}}}, '{found.name}')"

    def _answers(self, name: str) -> Answers:
        return self._found(name).answers

    def _found(self, name: str) -> Known:
        if name == ".":
            if self._around.itself is None:
                raise UntranslatableError("“.” where there is no question")
            name = self._around.itself
        key = name.removeprefix("${").removesuffix("}").strip()
        if name not in self._around.known and key not in self._around.known:
            raise UntranslatableError(f"“{name}”, which is no question that was taken over")
        return self._around.known.get(key) or self._around.known[name]

    def _path(self, name: str) -> str:
        found = self._found(name)
        if found.repeat is None:
            return found.name
        if found.repeat != self._around.repeat:
            raise UntranslatableError(f"“{name}” of many entries at once")
        return f"panel.{found.name}"


def is_constant(text: str) -> bool:
    """Whether a default is a value and no formula."""
    try:
        return isinstance(XPATH.read(text), Text | Number)
    except UntranslatableError:
        return "${" not in text and "(" not in text


__all__ = ["Answers", "Around", "Known", "is_constant", "pattern_of", "translate"]
