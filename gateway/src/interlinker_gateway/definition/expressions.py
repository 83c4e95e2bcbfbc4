"""Expressions in templates: CEL between `${{` and `}}`; what they refer to, and their value on given variables."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from interlinker_gateway.domain.planner import ExpressionError

if TYPE_CHECKING:
    import cel

OPENING, CLOSING = "${{", "}}"
MAX_LENGTH = 2_000
MAX_NESTED = 2
FUNCTIONS = frozenset(
    {
        *("size", "contains", "startsWith", "endsWith", "matches", "has", "dyn", "type"),
        *("int", "uint", "double", "string", "bytes", "duration", "timestamp"),
        *("getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear"),
        *("getHours", "getMinutes", "getSeconds", "getMilliseconds"),
    }
)
_TEXTS = re.compile(
    r"""[rRbB]*(?:'''.*?'''|\"\"\".*?\"\"\"|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")|//[^\n]*""", re.DOTALL
)
_MACRO = re.compile(r"\.\s*(?:map|filter|all|exists|exists_one)\s*\(")
_BOUND = re.compile(_MACRO.pattern + r"\s*(\w+)\s*,")
_ROOT = r"(?<![\w.])(?<!\.\s){}\s*(?:\.\s*(\w+))?"
_WORD = re.compile(r"^[A-Za-z]\w*$")
_RAISED = (LookupError, ValueError, TypeError, RuntimeError, ArithmeticError, AttributeError)


class BrokenExpressionError(ValueError):
    """An expression that does not parse or uses what it may not; the message is for the author."""


@dataclass(frozen=True)
class Expression:
    """One compiled expression, without its `${{` and `}}`."""

    source: str
    program: cel.Program

    @property
    def unquoted(self) -> str:
        """The source with texts and comments blanked, so that only code is left to look at."""
        return _TEXTS.sub("''", self.source)

    @cached_property
    def variables(self) -> frozenset[str]:
        """The names it takes from outside: those its own macros bind are left out."""
        bound = set(_BOUND.findall(self.unquoted))
        return frozenset(name for name in self.program.variables() if name not in bound)

    @property
    def unknown_functions(self) -> frozenset[str]:
        return frozenset(name for name in self.program.functions() if _WORD.match(name) and name not in FUNCTIONS)

    def members(self, root: str) -> frozenset[str]:
        """The names that follow `root.`; an empty name where `root` stands alone or is indexed."""
        return frozenset(re.findall(_ROOT.format(root), self.unquoted))

    def value(self, variables: Mapping[str, Any]) -> Any:
        """Its value as JSON; raises ExpressionError, and nothing else, when it has none."""
        try:
            needed = {name: variables[name] for name in self.variables if name in variables}
            return _as_json(self.program.execute(needed))
        except KeyError as error:
            raise ExpressionError(self.source, f"There is no {error.args[0]!r} here") from error
        except _RAISED as error:
            raise ExpressionError(
                self.source, str(error).splitlines()[0] if str(error) else type(error).__name__
            ) from error


@lru_cache(maxsize=2048)
def compiled(source: str) -> Expression:
    """Raises BrokenExpressionError with what is wrong and where."""
    import cel  # noqa: PLC0415 - with the first expression: it brings a terminal program of its own, 140 ms and 8 MB

    if len(source) > MAX_LENGTH:
        raise BrokenExpressionError(f"An expression has at most {MAX_LENGTH} characters.")
    try:
        expression = Expression(source.strip(), cel.compile(source.strip()))
    except ValueError as error:
        raise BrokenExpressionError(_parser_message(str(error))) from error
    if _nesting(expression.unquoted) > MAX_NESTED:
        raise BrokenExpressionError(f"map, filter and their like may be nested {MAX_NESTED} deep: more takes too long.")
    return expression


def _parser_message(message: str) -> str:
    """The line that says what is wrong, without the parser's picture of it."""
    found = re.search(r"ERROR: (?:<input>:)?(.*)", message)
    return f"does not parse: {found.group(1) if found else message.splitlines()[0]}"[:300]


def _nesting(code: str) -> int:
    """How deep comprehensions stand inside each other: each level multiplies the work by the number of items."""
    starts = {match.end() - 1 for match in _MACRO.finditer(code)}
    stack: list[bool] = []
    deepest = 0
    for position, character in enumerate(code):
        if character == "(":
            stack.append(position in starts)
            deepest = max(deepest, sum(stack))
        elif character == ")" and stack:
            stack.pop()
    return deepest


@lru_cache(maxsize=2048)
def split(text: str) -> tuple[str | Expression, ...]:
    """A text as its plain pieces and its expressions, in order; raises BrokenExpressionError."""
    pieces: list[str | Expression] = []
    position = 0
    while (start := text.find(OPENING, position)) >= 0:
        if start > position:
            pieces.append(text[position:start])
        expression, position = _read(text, start + len(OPENING))
        pieces.append(expression)
    return (*pieces, text[position:]) if position < len(text) else tuple(pieces)


def _read(text: str, start: int) -> tuple[Expression, int]:
    """The expression ends at the first `}}` up to which it parses: a map literal may hold others."""
    broken: BrokenExpressionError | None = None
    end = text.find(CLOSING, start)
    while end >= 0:
        try:
            return compiled(text[start:end]), end + len(CLOSING)
        except BrokenExpressionError as error:
            broken = broken or error
        end = text.find(CLOSING, end + 1)
    raise broken or BrokenExpressionError("an expression begins with ${{ and is never closed with }}")


def only(text: str) -> Expression:
    """The expression of a text that is nothing else; raises BrokenExpressionError."""
    pieces = split(text.strip())
    if len(pieces) != 1 or isinstance(pieces[0], str):
        raise BrokenExpressionError("must be exactly one expression: ${{ ... }}")
    return pieces[0]


def rendered(value: Any, variables: Mapping[str, Any]) -> Any:
    """Any JSON value with its expressions evaluated; raises ExpressionError."""
    if isinstance(value, str):
        return _rendered_text(value, variables)
    if isinstance(value, Mapping):
        return {key: rendered(entry, variables) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [rendered(entry, variables) for entry in value]
    return value


def _rendered_text(text: str, variables: Mapping[str, Any]) -> Any:
    """A text that is one expression keeps its value's type; in a longer text each value is written out."""
    pieces = split(text)
    if len(pieces) == 1 and isinstance(pieces[0], Expression):
        return pieces[0].value(variables)
    return "".join(piece if isinstance(piece, str) else _written(piece.value(variables)) for piece in pieces)


def _written(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)


def expressions_in(value: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Every text that holds an expression, with the JSON pointer of its place."""
    if isinstance(value, str) and OPENING in value:
        yield pointer, value
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            yield from expressions_in(entry, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, (list, tuple)):
        for position, entry in enumerate(value):
            yield from expressions_in(entry, f"{pointer}/{position}")


def holds(condition: str, variables: Mapping[str, Any]) -> bool:
    """The value of an `if`; raises ExpressionError when it is neither true nor false."""
    value = only(condition).value(variables)
    if not isinstance(value, bool):
        raise ExpressionError(condition, f"This must be true or false, and is {value!r:.50}")
    return value


def _as_json(value: Any) -> Any:
    """CEL hands maps back in chance order: sorted here, so that the same values always make the same call."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, Mapping):
        return {_as_key(key): _as_json(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, (list, tuple)):
        return [_as_json(entry) for entry in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(f"A value of type {type(value).__name__} cannot be handed on")


def _as_key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"The key {key!r} of a map must be a text")
    return key
