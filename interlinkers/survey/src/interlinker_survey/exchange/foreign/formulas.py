"""Foreign conditions into SurveyJS's: a small tree, one reader for all grammars, and the writer. What has no equal is refused by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 4000
DEEPEST: Final = 40


class UntranslatableError(Exception):
    """A part of a formula that says nothing here; the message names it."""


@dataclass(frozen=True, slots=True)
class Text:
    value: str


@dataclass(frozen=True, slots=True)
class Number:
    digits: str


@dataclass(frozen=True, slots=True)
class Name:
    """A question or another thing with a name; what it means is for the dialect to say. `.` is the question itself."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    items: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True)
class Unary:
    operator: str
    inner: Formula


Formula = Text | Number | Name | Call | Binary | Unary

STRENGTH: Final[Mapping[str, int]] = {
    "or": 1,
    "and": 2,
    "=": 3,
    "<>": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "%": 6,
}
"""SurveyJS's operators, the weakest first."""
NOT, MINUS = "!", "-"
_TIGHT: Final = 6  # what a sign before an operand binds: nothing that two operands have binds tighter


@dataclass(frozen=True)
class Grammar:
    """How a language is written: `pattern` has the groups text, number, name (or reference), sign; `operators` by sign or word."""

    pattern: re.Pattern[str]
    operators: Mapping[str, str]
    nots: frozenset[str]

    def read(self, text: str) -> Formula:
        """The tree of a formula; UntranslatableError where it is none, or too long or deep."""
        if len(text) > LONGEST:
            raise UntranslatableError(f"a formula of more than {LONGEST} characters")
        reader = _Reader(self, list(self._tokens(text)))
        found = reader.expression(0)
        reader.end()
        return found

    def _tokens(self, text: str) -> Iterator[tuple[str, str]]:
        at = 0
        while at < len(text):
            found = self.pattern.match(text, at)
            if found is None:
                raise UntranslatableError(f"“{text[at : at + 20]}”")
            if found.lastgroup is not None and found.lastgroup != "blank":
                yield found.lastgroup, found[found.lastgroup]
            at = found.end()


class _Reader:
    """Precedence climbing over the tokens of one formula."""

    def __init__(self, grammar: Grammar, tokens: Sequence[tuple[str, str]]) -> None:
        self._grammar, self._tokens, self._at, self._depth = grammar, tokens, 0, 0

    def expression(self, strength: int) -> Formula:
        self._depth += 1
        if self._depth > DEEPEST:
            raise UntranslatableError("a formula nested too deep")
        left = self._operand()
        while (operator := self._operator()) is not None and STRENGTH[operator] > strength:
            self._at += 1
            left = Binary(operator, left, self.expression(STRENGTH[operator]))
        self._depth -= 1
        return left

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise UntranslatableError(f"“{self._tokens[self._at][1]}”")

    def _operator(self) -> str | None:
        kind, text = self._peek()
        return self._grammar.operators.get(text) if kind in {"sign", "name"} else None

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def _operand(self) -> Formula:
        kind, text = self._peek()
        self._at += 1
        if kind == "text":
            return Text(text[1:-1])
        if kind == "number":
            return Number(text)
        if (kind == "name" and text in self._grammar.nots) or (kind == "sign" and text in {"-", "!"}):
            return Unary(MINUS if text == "-" else NOT, self.expression(_TIGHT))
        if kind in {"name", "reference"}:
            return Call(text, self._items()) if self._peek() == ("sign", "(") else Name(text)
        if (kind, text) == ("sign", "("):
            inner = self.expression(0)
            self._closed()
            return inner
        raise UntranslatableError(f"“{text}”" if text else "a formula that ends too early")

    def _items(self) -> tuple[Formula, ...]:
        self._at += 1
        items: list[Formula] = []
        while self._peek() != ("sign", ")"):
            items.append(self.expression(0))
            if self._peek() != ("sign", ","):
                break
            self._at += 1
        self._closed()
        return tuple(items)

    def _closed(self) -> None:
        if self._peek() != ("sign", ")"):
            raise UntranslatableError("a bracket that is not closed")
        self._at += 1


@dataclass(frozen=True)
class Writer:
    """Writes SurveyJS. `name` and `call` say what a dialect's names and functions mean; `compare` may know a pair better."""

    name: Callable[[str], str]
    call: Callable[[Call, Callable[[Formula], str]], str]
    compare: Callable[[str, Formula, Formula], str | None]

    def write(self, formula: Formula) -> str:
        """The expression; UntranslatableError names what it cannot say."""
        said = ""
        match formula:
            case Text(value):
                said = quoted(value)
            case Number(digits):
                said = digits
            case Name(name):
                said = self.name(name)
            case Call():
                said = self.call(formula, self.write)
            case Unary(operator, inner):
                said = f"!({self.write(inner)})" if operator == NOT else f"(0 - {self._inner(inner)})"
            case Binary(operator, left, right):
                said = self._binary(operator, left, right)
        return said

    def _binary(self, operator: str, left: Formula, right: Formula) -> str:
        if operator in {"=", "<>"}:
            known = self.compare(operator, left, right) or self.compare(operator, right, left)
            if known is not None:
                return known
            for one, other in ((left, right), (right, left)):
                if other == Text(""):
                    return f"{self._inner(one)} {'empty' if operator == '=' else 'notempty'}"
        return f"{self._inner(left)} {operator} {self._inner(right)}"

    def _inner(self, formula: Formula) -> str:
        said = self.write(formula)
        return f"({said})" if isinstance(formula, Binary) or said.startswith(NOT) else said


def quoted(text: str) -> str:
    """A text as SurveyJS writes one; it knows no way to have both quotes in it."""
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    raise UntranslatableError("a text with both kinds of quotes")


def no_comparison(_operator: str, _left: Formula, _right: Formula) -> str | None:
    """Nothing to know better."""
    return None
