"""The judging of a form: calculated values to their fixed point, then one walk over all parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple

from interlinker_survey.expressions import (
    MAX_STEPS,
    UNDEFINED,
    Expression,
    Run,
    Scope,
    TooManyStepsError,
    Value,
    as_json,
)
from interlinker_survey.expressions.comparing import equal_values
from interlinker_survey.expressions.compiler import is_true
from interlinker_survey.expressions.numbers import is_numeric
from interlinker_survey.expressions.values import is_empty, number_of, to_fixed
from interlinker_survey.logic.parts import Calculated, Container, Element, Items, Question, Rules, questions_in
from interlinker_survey.logic.scopes import EntryScope, FormScope, ItemScope, OwnScope
from interlinker_survey.logic.state import Part, State

MAX_FORM_STEPS: Final = 200_000
MAX_ROUNDS: Final = 11  # survey-core goes round ten times more where a calculation changed an answer


class _Around(NamedTuple):
    """What a part is in: where names are looked up, what its place begins with, and whether all of it is shown and open."""

    scope: Scope
    prefix: str
    visible: bool
    enabled: bool
    panel: Scope | None = None


class Judge:
    """One judging; used once. With `clears` it takes away answers to what is hidden or closed as it comes by: `changed` says so."""

    def __init__(
        self,
        pages: Sequence[Container],
        calculated: Sequence[Calculated],
        questions: Mapping[str, Question],
        answers: dict[str, Value],
        now: datetime,
        *,
        clears: bool = False,
        steps: int = MAX_FORM_STEPS,
    ) -> None:
        self._pages = pages
        self._calculated = calculated
        self._works = _calculates(pages)
        answers = deepcopy(answers) if self._works else answers  # what calculates writes into them
        self._answers = answers
        self._scope = FormScope(questions, answers, {})
        self._run = Run(self._scope, now=now, root=self._scope)
        self._clears = clears
        self.changed = False
        self.left = steps
        self._state = State(answers=answers, values=self._scope.calculated)

    def state(self) -> State:
        self._settle()
        around = _Around(self._scope, "", visible=True, enabled=True)
        for page in self._pages:
            self._container(page, around)
        return self._state

    # --- values ------------------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Work out calculated values and the questions that calculate until none changes any more."""
        for _ in range(MAX_ROUNDS):
            for value in self._calculated:
                self._calculate(value)
            if not self._works or not self._answer_all(self._pages, self._answers, self._scope):
                break

    def _calculate(self, value: Calculated) -> None:
        found = self._evaluate(value.expression, self._scope)
        if found is UNDEFINED or found is None:
            self._scope.calculated.pop(value.name, None)
        else:
            self._scope.calculated[value.name] = found

    def _answer_all(self, elements: Sequence[Element], answers: dict[str, Value], scope: Scope) -> bool:
        """Questions that cannot be answered do not calculate either."""
        changed = False
        for element in elements:
            if not _calculates([element]) or not self._rules(element.rules, scope).enabled:
                continue
            if isinstance(element, Container):
                changed |= self._answer_all(element.elements, answers, scope)
            elif element.expression is not None:
                changed |= self._answer(element, element.expression, answers, scope)
            elif element.elements or element.cells:
                changed |= self._answer_inside(element, answers, scope)
        return changed

    def _answer_inside(self, question: Question, answers: dict[str, Value], scope: Scope) -> bool:
        parent = scope if isinstance(scope, EntryScope) and scope.word == "panel" else None
        inside = question.elements or question.cells
        scopes = self._entries(question, answers.get(question.name), scope, parent)
        changed = any([self._answer_all(inside, inner.entry, inner) for inner in scopes])  # noqa: C419 - all of them
        if changed and question.kind == "matrixdropdown":
            rows = zip(question.rows.items, scopes, strict=True)
            answers[question.name] = {str(item.value): inner.entry for item, inner in rows if inner.entry}
        return changed

    def _answer(self, question: Question, expression: Expression, answers: dict[str, Value], scope: Scope) -> bool:
        found = as_json(_rounded(self._evaluate(expression, scope), question.precision))
        before = answers.get(question.name, UNDEFINED)
        if equal_values(UNDEFINED if is_empty(found) else found, before):
            return False
        if is_empty(found):
            answers.pop(question.name, None)
        else:
            answers[question.name] = found
        return True

    # --- parts -------------------------------------------------------------------------------------------------------

    def _container(self, container: Container, around: _Around) -> bool:
        """Judge all that is in it; whether it shows anything itself (apart from what is around)."""
        part = self._rules(container.rules, around.scope)
        inner = around._replace(visible=around.visible and part.visible, enabled=around.enabled and part.enabled)
        shown = [self._element(element, inner) for element in container.elements]
        visible = part.visible and any(shown)
        name = around.prefix + container.name
        self._state.parts[name] = Part(around.visible and visible, inner.enabled, part.required)
        return visible

    def _element(self, element: Element, around: _Around) -> bool:
        return self._container(element, around) if isinstance(element, Container) else self._question(element, around)

    def _question(self, question: Question, around: _Around) -> bool:
        place = around.prefix + question.name
        value = self._value(question, around)
        scope = OwnScope(value, around.scope) if isinstance(value, dict) else around.scope
        own = self._rules(question.rules, scope)
        part = Part(around.visible and own.visible, around.enabled and own.enabled, own.required)
        self._state.parts[place] = part
        if self._clears and not (part.visible and part.enabled) and question.expression is None:
            value = self._cleared(question, around, part)
        self._offered(question, place, scope, value)
        if question.checks and value is not UNDEFINED:
            self._state.failed[place] = [index for index, check in question.checks if not self._holds(check, scope)]
        if question.elements or question.cells:
            self._inside(question, place, value, around, part)
        return own.visible

    def _value(self, question: Question, around: _Around) -> Value:
        return self._entry(around).get(question.name, UNDEFINED)

    def _entry(self, around: _Around) -> dict[str, Value]:
        return around.scope.entry if isinstance(around.scope, EntryScope) else self._answers

    def _cleared(self, question: Question, around: _Around, part: Part) -> Value:
        """What is left of the answer to a question that is hidden or closed."""
        entry = self._entry(around)
        left = question.default if part.visible else UNDEFINED
        self.changed |= entry.get(question.name, UNDEFINED) != left
        entry.pop(question.name, None)
        if left is not UNDEFINED:
            entry[question.name] = deepcopy(left)
        return left

    def _inside(self, question: Question, place: str, value: Value, around: _Around, part: Part) -> None:
        kept: list[Value] = []
        listed = question.kind in {"paneldynamic", "matrixdynamic"}
        parent = around.scope if isinstance(around.scope, EntryScope) and around.scope.word == "panel" else None
        for scope in self._entries(question, value, around.scope, parent):
            name = scope.index if listed else question.rows.items[scope.index].value
            shown = scope.index in scope.shown
            prefix = f"{place}[{name}]." if listed else f"{place}.{name}."
            inner = _Around(scope, prefix, part.visible and shown, part.enabled)
            for element in question.elements or question.cells:
                self._element(element, inner)
            if shown:
                kept.append(name)
        if question.cells and question.rows.conditional:
            self._state.rows[place] = kept

    def _entries(self, question: Question, value: Value, outer: Scope, parent: Scope | None) -> list[EntryScope]:
        """The panels or rows of a question, each as a scope that knows which of them are shown."""
        named = question.kind == "matrixdropdown"
        entries = _rows_by_name(question, value) if named else _listed(value)
        inside = {inner.name.lower(): inner for inner in questions_in(question.elements or question.cells)}
        every = range(len(entries))
        word = "row" if question.cells else "panel"
        scopes = [
            EntryScope(word, inside, entries, index, _names(question, index), every, outer, parent) for index in every
        ]
        if question.rows.conditional:
            shown = [scope.index for scope in scopes if self._row_is_shown(question, scope)]
            scopes = [replace(scope, shown=shown) for scope in scopes]
        return scopes

    def _row_is_shown(self, question: Question, scope: EntryScope) -> bool:
        conditions = [question.rows.visible_if]
        if question.kind == "matrixdropdown":
            conditions.append(question.rows.items[scope.index].visible_if)
        return all(condition is None or self._holds(condition, scope) for condition in conditions)

    # --- choices, rows, columns --------------------------------------------------------------------------------------

    def _offered(self, question: Question, place: str, scope: Scope, value: Value) -> None:
        if question.choices.conditional:
            self._state.choices[place] = self._left_of(question.choices, scope)
            self._state.closed[place] = self._closed(question.choices, scope)
        if question.rows.conditional and not question.cells:
            self._state.rows[place] = self._left_of(question.rows, scope)
            if self._clears and isinstance(value, dict):
                self._clear_rows(value, self._state.rows[place])
        if question.columns.conditional:
            self._state.columns[place] = self._left_of(question.columns, scope)

    def _clear_rows(self, value: dict[str, Value], left: Sequence[Value]) -> None:
        for row in value.keys() - set(map(str, left)):
            del value[row]
            self.changed = True

    def _left_of(self, items: Items, scope: Scope) -> list[Value]:
        return [
            item.value
            for item in items.items
            if (condition := item.visible_if or items.visible_if) is None
            or self._holds(condition, ItemScope(item.value, scope))
        ]

    def _closed(self, items: Items, scope: Scope) -> list[Value]:
        return [
            item.value
            for item in items.items
            if (condition := item.enable_if or items.enable_if) is not None
            and not self._holds(condition, ItemScope(item.value, scope))
        ]

    # --- conditions --------------------------------------------------------------------------------------------------

    def _rules(self, rules: Rules, scope: Scope) -> Part:
        """A part's own conditions: shown and demanded by true alone, closed by false alone."""
        return Part(
            rules.visible if rules.visible_if is None else self._evaluate(rules.visible_if, scope) is True,
            rules.enabled if rules.enable_if is None else self._evaluate(rules.enable_if, scope) is not False,
            rules.required if rules.required_if is None else self._evaluate(rules.required_if, scope) is True,
        )

    def _holds(self, condition: Expression, scope: Scope) -> bool:
        return is_true(self._evaluate(condition, scope))

    def _evaluate(self, expression: Expression, scope: Scope) -> Value:
        """Within what one expression may cost, and what all of them may."""
        run = self._run
        run.scope = scope
        run.steps = given = min(MAX_STEPS, self.left)
        try:
            return expression.evaluate(run)
        finally:
            self.left -= given - run.steps
            if self.left <= 0:
                raise TooManyStepsError


def _calculates(elements: Sequence[Element]) -> bool:
    return any(element.calculates for element in elements)


def _listed(value: Value) -> list[dict[str, Value]]:
    return [entry if isinstance(entry, dict) else {} for entry in value] if isinstance(value, list) else []


def _rows_by_name(question: Question, value: Value) -> list[dict[str, Value]]:
    given = value if isinstance(value, dict) else {}
    rows = [given.get(str(item.value)) for item in question.rows.items]
    return [row if isinstance(row, dict) else {} for row in rows]


def _names(question: Question, index: int) -> dict[str, Value]:
    """What says where one is; panels are counted from 0, rows from 1."""
    if not question.cells:
        return {"panelindex": index, "visiblepanelindex": index}
    if question.kind != "matrixdropdown":
        return {"rowindex": index + 1}
    return {"rowindex": index + 1} | dict.fromkeys(("item", "rowname", "rowvalue"), question.rows.items[index].value)


def _rounded(value: Value, precision: int) -> Value:
    if value == float("inf"):
        return UNDEFINED
    if precision < 0 or not is_numeric(value) or not isinstance(value, int | float):
        return value
    return number_of(to_fixed(float(value), precision))
