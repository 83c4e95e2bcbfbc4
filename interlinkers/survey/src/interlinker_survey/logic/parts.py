"""The parts of a definition that have conditions, each with its expressions compiled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from interlinker_survey.expressions import UNDEFINED, Expression, Value


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides whether a part is shown, can be answered, must be: an expression, or a constant where there is none."""

    visible_if: Expression | None
    enable_if: Expression | None
    required_if: Expression | None
    visible: bool
    enabled: bool
    required: bool


@dataclass(frozen=True, slots=True)
class Item:
    """A choice, row or column: its value and its own conditions."""

    value: Value
    visible_if: Expression | None = None
    enable_if: Expression | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """Choices, rows or columns, and the conditions of those that have none of their own."""

    items: tuple[Item, ...] = ()
    visible_if: Expression | None = None
    enable_if: Expression | None = None
    conditional: bool = field(init=False)
    """Whether any of them can be left out or closed."""

    def __post_init__(self) -> None:
        own = any(item.visible_if or item.enable_if for item in self.items)
        object.__setattr__(self, "conditional", own or self.visible_if is not None or self.enable_if is not None)


@dataclass(frozen=True, slots=True)
class Container:
    """A page or a panel; shown only while something in it is."""

    name: str
    rules: Rules
    elements: tuple[Element, ...]
    calculates: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """Any question. `elements` are those of a dynamic panel, `cells` the columns of a matrix whose cells are questions.

    `calculates` where it, or one in it, works out its own answer. `checks` are conditions that its answer has to meet, by their
    place among its validators; `default` is all that it can say while it is closed.
    """

    name: str
    kind: str
    rules: Rules
    choices: Items = field(default_factory=Items)
    rows: Items = field(default_factory=Items)
    columns: Items = field(default_factory=Items)
    elements: tuple[Element, ...] = ()
    cells: tuple[Question, ...] = ()
    expression: Expression | None = None
    precision: int = -1
    calculates: bool = False
    checks: tuple[tuple[int, Expression], ...] = ()
    default: Value = UNDEFINED


Element = Container | Question


@dataclass(frozen=True, slots=True)
class Calculated:
    """A value that the form works out for itself."""

    name: str
    expression: Expression


def questions_in(elements: Iterable[Element]) -> Iterator[Question]:
    """All questions in pages and panels, in the order of asking; not those inside other questions."""
    for element in elements:
        if isinstance(element, Container):
            yield from questions_in(element.elements)
        else:
            yield element
