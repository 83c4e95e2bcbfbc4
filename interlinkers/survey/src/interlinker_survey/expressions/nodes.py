"""What an expression consists of once it is read; None stands for the literal null, as in survey-core."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from interlinker_survey.expressions.values import to_text

SIGNS: Final = {
    "less": "<",
    "lessorequal": "<=",
    "greater": ">",
    "greaterorequal": ">=",
    "equal": "==",
    "notequal": "!=",
    "plus": "+",
    "minus": "-",
    "mul": "*",
    "div": "/",
    "power": "^",
    "mod": "%",
    "negate": "!",
}


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal: a truth value, a number, a bare word, or a text that still has its quotes."""

    value: bool | float | str
    position: int = 0

    def __str__(self) -> str:
        return "''" if self.value == "" else to_text(self.value)


@dataclass(frozen=True, slots=True)
class Variable:
    """`{name}`; `as_is` where `{#name}` asks for the answer without a look whether its text is a number."""

    name: str
    as_is: bool = False
    position: int = 0

    def __str__(self) -> str:
        return f"{{{'#' if self.as_is else ''}{self.name}}}"


@dataclass(frozen=True, slots=True)
class Sequence:
    """`[a, b]`, and what a function is called with."""

    items: tuple[Operand, ...]
    position: int = 0

    def __str__(self) -> str:
        return f"[{', '.join(map(str, self.items))}]"


@dataclass(frozen=True, slots=True)
class Call:
    """`name(a, b)`."""

    name: str
    items: tuple[Operand, ...]
    position: int = 0

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.items))})"


@dataclass(frozen=True, slots=True)
class Unary:
    """`!a`, `a empty` or `a notempty`."""

    operator: str
    operand: Operand
    position: int = 0

    def __str__(self) -> str:
        return f"! {self.operand}" if self.operator == "negate" else f"{self.operand} {self.operator}"


@dataclass(frozen=True, slots=True)
class Binary:
    """`left operator right`; without a right side where `contains` and its kin stand at the end."""

    operator: str
    left: Operand | None
    right: Operand | None
    position: int = 0

    def __str__(self) -> str:
        chain = spine(self)
        text = "" if chain[-1].left is None else str(chain[-1].left)
        for node in reversed(chain):
            right = "" if node.right is None else str(node.right)
            text = f"({text} {SIGNS.get(node.operator, node.operator)} {right})"
        return text


Operand = Constant | Variable | Sequence | Call | Unary | Binary


def children(node: Operand | None) -> tuple[Operand | None, ...]:
    """What stands directly below a node."""
    match node:
        case Sequence(items) | Call(_, items):
            return items
        case Unary(_, operand):
            return (operand,)
        case Binary(_, left, right):
            return (left, right)
        case _:
            return ()


def walk(node: Operand | None) -> Iterator[Operand]:
    """The node and all below it, in the order of writing."""
    left = [node]
    while left:
        if (node := left.pop()) is not None:
            yield node
            left.extend(reversed(children(node)))


def spine(node: Binary) -> list[Binary]:
    """The node, its left side, the left side of that and so on, as long as they are binary: long chains are no recursion."""
    chain = [node]
    while isinstance(chain[-1].left, Binary):
        chain.append(chain[-1].left)
    return chain
