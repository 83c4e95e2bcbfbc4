"""From the JSON of a definition to a form whose conditions are compiled and whose calculated values are in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from interlinker_survey.expressions import UNDEFINED, Expression, ExpressionError, compile_expression, names
from interlinker_survey.logic.judging import MAX_FORM_STEPS, Judge
from interlinker_survey.logic.parts import Calculated, Container, Element, Item, Items, Question, Rules, questions_in
from interlinker_survey.logic.state import State

CHOOSING: Final = frozenset({"radiogroup", "dropdown", "checkbox", "tagbox", "ranking", "imagepicker", "buttongroup"})
WITH_CELLS: Final = frozenset({"matrixdropdown", "matrixdynamic"})


class FormError(ExpressionError):
    """An expression of the form that cannot be used; `pointer` is its place in the definition."""

    def __init__(self, pointer: str, error: ExpressionError) -> None:
        super().__init__(error.code, str(error), error.position)
        self.pointer = pointer


class CycleError(FormError):
    """Calculated values that depend on one another; `pointer` is that of one of them, `names` are all."""

    def __init__(self, pointer: str, members: Sequence[str]) -> None:
        around = " → ".join([*members, members[0]])
        super().__init__(pointer, ExpressionError("cycle", f"These values depend on one another: {around}."))
        self.names = tuple(members)


@dataclass(frozen=True, slots=True)
class Form:
    """A definition that can be judged for any answers; it never changes."""

    pages: tuple[Container, ...]
    calculated: tuple[Calculated, ...]
    questions: Mapping[str, Question]

    def judge(self, answers: Mapping[str, Any], *, now: datetime) -> State:
        """What is shown, open and demanded. `now` is aware: its zone is that of today(). Raises TooManyStepsError."""
        return Judge(self.pages, self.calculated, self.questions, dict(answers), now).state()

    def settle(self, answers: Mapping[str, Any], *, now: datetime) -> State:
        """The same once nothing hidden is answered any more, as survey-core has it with clearInvisibleValues "onHidden".

        What is closed says its default, or nothing. `answers` may be changed. Raises TooManyStepsError.
        """
        left, given = MAX_FORM_STEPS, dict(answers)
        while True:
            judge = Judge(self.pages, self.calculated, self.questions, given, now, clears=True, steps=left)
            state = judge.state()
            if not judge.changed:
                return state
            left, given = judge.left, dict(state.answers)


def compile_form(definition: Mapping[str, Any]) -> Form:
    """Read a definition whose shape is right already; FormError points at an expression that cannot be used."""
    read = [_container(page, f"/pages/{index}") for index, page in enumerate(definition.get("pages") or [])]
    if "elements" in definition:
        read.append(_container({"name": "", "elements": definition["elements"]}, ""))
    questions = {question.name.lower(): question for question in questions_in(read)}
    return Form(tuple(read), _calculated(definition.get("calculatedValues") or []), questions)


def _calculated(raw: Sequence[Mapping[str, Any]]) -> tuple[Calculated, ...]:
    """In an order in which each comes after those that it needs."""
    given = {
        str(entry["name"]): Calculated(str(entry["name"]), found)
        for index, entry in enumerate(raw)
        if (found := _expression(entry, "expression", f"/calculatedValues/{index}")) is not None
    }
    ordered: dict[str, Calculated] = {}
    places = {str(entry["name"]): index for index, entry in enumerate(raw)}
    for name in given:
        _place(name, given, ordered, [], places)
    return tuple(ordered.values())


def _place(
    name: str,
    given: Mapping[str, Calculated],
    ordered: dict[str, Calculated],
    way: list[str],
    places: Mapping[str, int],
) -> None:
    if name in way:
        raise CycleError(f"/calculatedValues/{places[name]}/expression", way[way.index(name) :])
    if name in ordered:
        return
    by_fold = {known.lower(): known for known in given}
    for used in names(given[name].expression.node):
        if (needed := by_fold.get(used.path.steps[0].name.lower())) is not None:
            _place(needed, given, ordered, [*way, name], places)
    ordered[name] = given[name]


def _container(raw: Mapping[str, Any], pointer: str) -> Container:
    elements = _elements(raw.get("elements") or [], f"{pointer}/elements")
    return Container(str(raw.get("name", "")), _rules(raw, pointer), elements, _works(elements))


def _elements(raw: Sequence[Mapping[str, Any]], pointer: str) -> tuple[Element, ...]:
    return tuple(_element(entry, f"{pointer}/{index}") for index, entry in enumerate(raw))


def _element(raw: Mapping[str, Any], pointer: str) -> Element:
    return _container(raw, pointer) if raw["type"] == "panel" else _question(raw, str(raw["type"]), pointer)


def _question(raw: Mapping[str, Any], kind: str, pointer: str) -> Question:
    columns = raw.get("columns") or [] if kind in WITH_CELLS else []
    elements = _elements(raw.get("templateElements") or [], f"{pointer}/templateElements")
    cells = tuple(_cell(raw, column, f"{pointer}/columns/{index}") for index, column in enumerate(columns))
    return Question(
        str(raw["name"]),
        kind,
        _rules(raw, pointer),
        choices=_items(raw, "choices", pointer) if kind in CHOOSING else Items(),
        rows=_items(raw, "rows", pointer),
        columns=_items(raw, "columns", pointer),
        elements=elements,
        cells=cells,
        expression=_expression(raw, "expression", pointer) if kind == "expression" else None,
        precision=int(raw.get("precision", -1)),
        calculates=kind == "expression" or _works(elements) or _works(cells),
        checks=_checks(raw, pointer),
        default=raw.get("defaultValue", UNDEFINED),
    )


def _checks(raw: Mapping[str, Any], pointer: str) -> tuple[tuple[int, Expression], ...]:
    """The conditions among the validators of a question and of the lines in it, which are numbered after its own."""
    validators = [(entry, f"{pointer}/validators/{index}") for index, entry in enumerate(raw.get("validators") or [])]
    found = ((index, _expression(entry, "expression", at)) for index, (entry, at) in enumerate(validators))
    return tuple((index, expression) for index, expression in found if expression is not None)


def _works(elements: Sequence[Element]) -> bool:
    return any(element.calculates for element in elements)


def _cell(matrix: Mapping[str, Any], column: Mapping[str, Any], pointer: str) -> Question:
    """A cell is a question; one that offers choices takes the matrix's where its column has none."""
    kind = str(column.get("cellType") or matrix.get("cellType") or "dropdown")
    inherited = {"choices": matrix.get("choices")} if not column.get("choices") else {}
    return _question({**column, **inherited}, kind, pointer)


def _items(raw: Mapping[str, Any], key: str, pointer: str) -> Items:
    items = tuple(_item(entry, f"{pointer}/{key}/{index}") for index, entry in enumerate(raw.get(key) or []))
    shown = _expression(raw, f"{key}VisibleIf", pointer)
    return Items(items, shown, _expression(raw, f"{key}EnableIf", pointer))


def _item(raw: Any, pointer: str) -> Item:
    if not isinstance(raw, Mapping):
        return Item(raw)
    value = raw["value"] if "value" in raw else raw.get("name")
    if "cellType" in raw or "name" in raw:  # the column of a matrix with cells: its conditions are those of its cells
        return Item(value)
    return Item(value, _expression(raw, "visibleIf", pointer), _expression(raw, "enableIf", pointer))


def _rules(raw: Mapping[str, Any], pointer: str) -> Rules:
    return Rules(
        _expression(raw, "visibleIf", pointer),
        _expression(raw, "enableIf", pointer),
        _expression(raw, "requiredIf", pointer),
        visible=raw.get("visible", True) is not False,
        enabled=raw.get("readOnly", False) is not True,
        required=raw.get("isRequired", False) is True,
    )


def _expression(raw: Mapping[str, Any], key: str, pointer: str) -> Expression | None:
    text = raw.get(key)
    if not text:
        return None
    try:
        return compile_expression(str(text))
    except ExpressionError as error:
        raise FormError(f"{pointer}/{key}", error) from error
