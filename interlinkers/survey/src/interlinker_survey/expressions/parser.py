"""From text to nodes: the grammar of survey-core 2.5.38, with its peculiarities, and a place and a hint for what it refuses.

Loosest to tightest: or, and, comparisons, + and -, * / %, ^, contains and its kin, prefixes and postfixes. Everything is
left-associative. Words of operators need no space after them, and a closing bracket may be missing: so it is there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from interlinker_survey.expressions.errors import ExpressionError
from interlinker_survey.expressions.nodes import Binary, Call, Constant, Operand, Sequence, Unary, Variable

MAX_LENGTH: Final = 4000
MAX_NODES: Final = 500
MAX_DEPTH: Final = 40

_BLANK = re.compile(r"[ \t\n\r]*")
# The first of them that fits counts, at each level of binding.
_LEVELS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<or>\|\||(?i:or))",
        r"(?P<and>&&|(?i:and))",
        (
            r"(?P<lessorequal><=|(?i:lessorequal))|(?P<greaterorequal>>=|(?i:greaterorequal))|(?P<equal>==?|(?i:equal))"
            r"|(?P<notequal>!=|(?i:notequal))|(?P<less><|(?i:less))|(?P<greater>>|(?i:greater))"
        ),
        r"(?P<plus>\+)|(?P<minus>-)",
        r"(?P<mul>\*)|(?P<div>/)|(?P<mod>%)",
        r"(?P<power>\^|(?i:power))",
        (
            r"(?P<contains>\*=|(?i:contains?))|(?P<notcontains>(?i:notcontains?))"
            r"|(?P<anyof>(?i:anyof))|(?P<allof>(?i:allof))|(?P<noneof>(?i:noneof))"
        ),
    )
)
_TIGHTEST: Final = len(_LEVELS) - 1
_CALL = re.compile(r"([a-zA-Z_]+(?:[0-9]+[a-zA-Z_]*)*)\(")
_NEGATE = re.compile(r"!|(?i:negate)")
_POSTFIX = re.compile(r"(?P<empty>(?i:empty))|(?P<notempty>(?i:notempty))")
_ATOM = re.compile(
    r"(?P<null>undefined|null)"
    r"|(?P<true>(?i:true))|(?P<false>(?i:false))"
    r"|(?P<hex>0x[0-9]+)"
    r"|(?P<number>-?(?:[0-9]+\.[0-9]+|[1-9]+[0-9]*|0))"
    r"|(?P<word>[a-zA-Z_]+(?:[0-9]+[a-zA-Z_]*)*)"
    r"|(?P<blank>''|\"\")"
    r"|'(?P<single>(?:\\'|\\\"|[^\"'])++)'|\"(?P<double>(?:\\'|\\\"|[^\"'])++)\""
    r"|\{(?P<name>[^{}]+)\}"
)
_ESCAPED = re.compile(r"\\(['\"])")


class _NoMatch(Exception):  # noqa: N818 - control flow of the parser, never seen outside
    """Nothing of this kind stands here."""


def parse(text: str) -> Operand:
    """The expression as nodes; ExpressionError (syntax, too_long, too_complex, null_operand) where survey-core refuses it."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError("too_long", f"An expression has at most {MAX_LENGTH} characters.", MAX_LENGTH)
    reader = _Reader(_patched(text))
    try:
        node = reader.expression()
    except _NoMatch:
        raise reader.error() from None
    if reader.place < len(text):
        reader.missed("an operator or the end", reader.place)
        raise reader.error()
    if node is None:
        raise ExpressionError("null_operand", "null alone says nothing.", 0)
    return node


def _patched(text: str) -> str:
    """Survey-core's own spellings first, each as long as what it stands for."""
    text = text.replace("=>", ">=").replace("=<", "<=").replace("<>", "!=")
    return text.replace("equals", "equal ")


@dataclass
class _Reader:
    text: str
    place: int = 0
    nodes: int = 0
    depth: int = 0
    farthest: int = 0
    wanted: str = "an expression"

    def expression(self) -> Operand | None:
        self.skip()
        node = self.binary(0)
        self.skip()
        return node

    def binary(self, level: int) -> Operand | None:
        """Operands joined by the operators of `level` and tighter ones."""
        left = self.factor() if level == _TIGHTEST else self.binary(level + 1)
        while True:
            before = self.place
            self.skip()
            found = _LEVELS[level].match(self.text, self.place)
            if found is None:
                self.place = before
                return left
            self.place = found.end()
            self.skip()
            try:
                right = self.factor() if level == _TIGHTEST else self.binary(level + 1)
            except _NoMatch:
                if level != _TIGHTEST:
                    self.place = before
                    return left
                right = None  # "contains" and its kin may lack the right side
                self.place = found.end() + len(_BLANK.match(self.text, found.end())[0])  # type: ignore[index] # matches always
            left = self.made(Binary(str(found.lastgroup), left, right, found.start()))

    def factor(self) -> Operand | None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError("too_complex", f"Brackets are at most {MAX_DEPTH} deep.", self.place)
        try:
            return self.bracketed() if self.text.startswith("(", self.place) else self.plain()
        finally:
            self.depth -= 1

    def bracketed(self) -> Operand | None:
        start = self.place
        self.place += 1
        try:
            node = self.expression()
        except _NoMatch:
            self.place = start
            raise
        if self.text.startswith(")", self.place):
            self.place += 1
        return node

    def plain(self) -> Operand | None:
        start = self.place
        if call := _CALL.match(self.text, start):
            self.place = call.end()
            items = self.sequence()
            if self.text.startswith(")", self.place):
                self.place += 1
            return self.made(Call(call[1], items, start))
        if negate := _NEGATE.match(self.text, start):
            self.place = negate.end()
            self.skip()
            try:
                return self.made(Unary("negate", self.some(self.factor(), negate.end()), start))
            except _NoMatch:
                self.place = start
        try:
            return self.postfixed(self.atom())
        except _NoMatch:
            return self.array()

    def postfixed(self, node: Operand | None) -> Operand | None:
        after = self.place
        self.skip()
        if found := _POSTFIX.match(self.text, self.place):
            self.place = found.end()
            return self.made(Unary(str(found.lastgroup), self.some(node, after), found.start()))
        self.place = after
        return node

    def array(self) -> Operand:
        start = self.place
        if not self.text.startswith("[", start):
            self.missed("a value, a {name}, a function or a bracket", start)
            raise _NoMatch
        self.place += 1
        items = self.sequence()
        if not self.text.startswith("]", self.place):
            self.missed("a closing ]", self.place)
            self.place = start
            raise _NoMatch
        self.place += 1
        return self.made(Sequence(items, start))

    def sequence(self) -> tuple[Operand, ...]:
        """Operands between commas; where the first is missing (or null) there are none, whatever follows."""
        start = self.place
        items: list[Operand | None] = []
        try:
            items.append(self.expression())
        except _NoMatch:
            self.place = start
            items.append(None)
        while True:
            before = self.place
            self.skip()
            if not self.text.startswith(",", self.place):
                self.place = before
                break
            self.place += 1
            try:
                items.append(self.expression())
            except _NoMatch:
                self.place = before
                break
        return () if items[0] is None else tuple(self.some(item, start) for item in items)

    def atom(self) -> Operand | None:
        self.skip()
        found = _ATOM.match(self.text, self.place)
        if found is None:
            self.missed("a value, a {name}, a function or a bracket", self.place)
            raise _NoMatch
        start, self.place = self.place, found.end()
        kind, said = str(found.lastgroup), found[str(found.lastgroup)]
        if kind == "null":
            return None
        if kind == "name":
            return self.made(
                Variable(said[1:], as_is=True, position=start)
                if said[0] == "#" and len(said) > 1
                else Variable(said, position=start)
            )
        return self.made(Constant(_literal(kind, said), start))

    def skip(self) -> None:
        self.place = _BLANK.match(self.text, self.place).end()  # type: ignore[union-attr] # matches always

    def made(self, node: Operand) -> Operand:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise ExpressionError("too_complex", f"An expression has at most {MAX_NODES} parts.", self.place)
        return node

    def some(self, node: Operand | None, place: int) -> Operand:
        if node is None:
            raise ExpressionError("null_operand", "null cannot stand here: compare with it, or use empty.", place)
        return node

    def missed(self, wanted: str, place: int) -> None:
        if place >= self.farthest:
            self.farthest, self.wanted = place, wanted

    def error(self) -> ExpressionError:
        found = f"“{self.text[self.farthest : self.farthest + 12]}”" if self.farthest < len(self.text) else "the end"
        return ExpressionError("syntax", f"Expected {self.wanted}, found {found}.{self._hint()}", self.farthest)

    def _hint(self) -> str:
        left = self.text[self.farthest :].lstrip()
        before = self.text[: self.farthest].rstrip()
        if left.startswith("!=") or re.match(r"(?i)not\b", left) or re.search(r"(?i)\bnot$", before):
            return " For “not”, write ! before what it is about."
        if self.text.count("'") % 2 or self.text.count('"') % 2:
            return " A quotation mark is missing, or stands inside a text without \\ before it."
        if self.text.count("{") != self.text.count("}"):
            return " A curly bracket is missing."
        return ""


def _literal(kind: str, said: str) -> bool | float | str:
    match kind:
        case "true" | "false":
            return kind == "true"
        case "hex":
            return int(said, 16)
        case "number":
            return _number(said)
        case "single" | "double":
            return f"'{_ESCAPED.sub(lambda found: found[1], said)}'"
        case "blank":
            return ""
    return said


def _number(said: str) -> float:
    if "." in said:
        return float(said)
    whole = int(said)
    return -0.0 if said == "-0" else whole if abs(whole) <= 2**53 else float(whole)
