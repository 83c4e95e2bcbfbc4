"""What in the logic of a definition can never be right: broken expressions, names of nothing, cycles, pages nobody can reach."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from interlinker_shared.errors import FieldError
from interlinker_survey.expressions import ExpressionError, Run, Values, compile_expression, names, parse, problems
from interlinker_survey.expressions.analysis import Name
from interlinker_survey.expressions.errors import nearest
from interlinker_survey.expressions.nodes import Call, Operand, Variable, walk

CONDITIONS: Final = ("visibleIf", "enableIf", "requiredIf")
OF_ITEMS: Final = {
    "choices": ("choicesVisibleIf", "choicesEnableIf"),
    "rows": ("rowsVisibleIf",),
    "columns": ("columnsVisibleIf",),
}
_ITEM: Final = frozenset({"item", "choice", "self"})
_PANEL: Final = frozenset({"panelindex", "visiblepanelindex"})
_ROW: Final = frozenset({"rowindex", "visiblerowindex", "rowname", "rowvalue", "item"})
_ENTRIES: Final = {"panel": ("panel", "prevpanel", "nextpanel"), "row": ("row", "prevrow", "nextrow")}
_CONTAINERS: Final = "isContainerReady"

Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an expression stands: what it is in ("panel" or "row", with the names in it), and whether it is about an item."""

    word: str = ""
    inside: frozenset[str] = frozenset()
    item: bool = False
    nested: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    """All names of a definition by their folded spelling, with the names inside dynamic ones, and those of pages and panels.

    `rows` are the names of what an answer has: the rows of a table, the lines of a multipletext.
    """

    names: Mapping[str, str]
    inside: Mapping[str, frozenset[str]]
    rows: Mapping[str, Mapping[str, str]]
    containers: Mapping[str, str]


def check_logic(definition: Raw, *, left_out: Collection[str] = ()) -> list[FieldError]:
    """Each flaw with a JSON pointer into the definition, a code and, where one is near, a suggestion.

    Codes: those of ExpressionError, unknown_function, function_arguments, dangling, not_in_profile (the functions in `left_out`
    too), cycle, unreachable.
    """
    checker = _Checker(_known(definition), left_out)
    found = [flaw for pointer, page in _pages(definition) for flaw in checker.element(page, pointer, _Place())]
    for index, value in enumerate(definition.get("calculatedValues") or []):
        found += checker.expression(value, "expression", f"/calculatedValues/{index}", _Place())
    return [*found, *_cycles(definition), *_unreachable(definition)]


def _pages(definition: Raw) -> Iterator[tuple[str, Raw]]:
    yield from ((f"/pages/{index}", page) for index, page in enumerate(definition.get("pages") or []))
    if "elements" in definition:
        yield "", {"elements": definition["elements"]}


def _elements(raw: Raw) -> Iterator[Raw]:
    """All pages, panels and questions below, not those inside dynamic ones."""
    for element in raw.get("elements") or []:
        yield element
        yield from _elements(element)


def _known(definition: Raw) -> _Known:
    every = [element for _, page in _pages(definition) for element in (page, *_elements(page))]
    questions = [one for one in every if one.get("type") not in (None, "panel", "html")]
    spelled = [*questions, *(definition.get("calculatedValues") or [])]
    containers = [one for one in every if one.get("type") in (None, "panel", "paneldynamic")]
    return _Known(
        {str(one["name"]).lower(): str(one["name"]) for one in spelled},
        {str(one["name"]).lower(): found for one in questions if (found := _inside(one))},
        {str(one["name"]).lower(): rows for one in questions if (rows := _rows(one))},
        {str(one["name"]).lower(): str(one["name"]) for one in containers if "name" in one},
    )


def _inside(question: Raw) -> frozenset[str]:
    template = {"elements": question.get("templateElements") or []}
    cells = [one for one in question.get("columns") or [] if isinstance(one, Mapping) and "name" in one]
    return frozenset(str(one["name"]).lower() for one in (*_elements(template), *cells) if one.get("type") != "panel")


def _rows(question: Raw) -> dict[str, str]:
    key = {"matrix": "rows", "matrixdropdown": "rows", "multipletext": "items"}.get(str(question.get("type")), "")
    every = (one.get("value", one.get("name")) if isinstance(one, Mapping) else one for one in question.get(key) or [])
    return {str(one).lower(): str(one) for one in every}


@dataclass(frozen=True, slots=True)
class _Checker:
    known: _Known
    left_out: Collection[str] = ()

    def element(self, raw: Raw, pointer: str, place: _Place) -> Iterator[FieldError]:
        for key in CONDITIONS:
            yield from self.expression(raw, key, pointer, place)
        if raw.get("type") == "expression" or raw.get("cellType") == "expression":
            yield from self.expression(raw, "expression", pointer, place)
        for key, conditions in OF_ITEMS.items():
            yield from self._items(raw, key, conditions, pointer, place)
        yield from self._validators(raw, pointer, place)
        for index, line in enumerate(raw.get("items") or []):
            yield from self._validators(line, f"{pointer}/items/{index}", place)
        for index, element in enumerate(raw.get("elements") or []):
            yield from self.element(element, f"{pointer}/elements/{index}", place)
        panel = _Place("panel", _inside(raw), nested=place.word == "panel")
        for index, element in enumerate(raw.get("templateElements") or []):
            yield from self.element(element, f"{pointer}/templateElements/{index}", panel)

    def _validators(self, raw: Raw, pointer: str, place: _Place) -> Iterator[FieldError]:
        for index, validator in enumerate(raw.get("validators") or []):
            yield from self.expression(validator, "expression", f"{pointer}/validators/{index}", place)

    def _items(
        self, raw: Raw, key: str, conditions: Sequence[str], pointer: str, place: _Place
    ) -> Iterator[FieldError]:
        with_cells = raw.get("type") in {"matrixdropdown", "matrixdynamic"}
        row = _Place("row", _inside(raw))
        of_items = row if with_cells and key == "rows" else replace(place, item=True)
        for condition in conditions:
            yield from self.expression(raw, condition, pointer, of_items)
        for index, item in enumerate(raw.get(key) or []):
            if not isinstance(item, Mapping):
                continue
            if with_cells and key == "columns":
                yield from self.element(item, f"{pointer}/{key}/{index}", row)
            else:
                for condition in CONDITIONS[:2]:
                    yield from self.expression(item, condition, f"{pointer}/{key}/{index}", of_items)

    def expression(self, raw: Raw, key: str, pointer: str, place: _Place) -> Iterator[FieldError]:
        if not raw.get(key):
            return
        at = f"{pointer}/{key}"
        try:
            node = parse(str(raw[key]))
        except ExpressionError as error:
            yield FieldError(at, f"{error} (at character {error.position + 1})", error.code)
            return
        yield from (FieldError(at, problem.message, problem.code) for problem in problems(node))
        yield from self._functions(node, at)
        yield from (flaw for name in names(node) for flaw in self._name(name, at, place))

    def _functions(self, node: Operand, at: str) -> Iterator[FieldError]:
        for part in walk(node):
            if isinstance(part, Call) and part.name in self.left_out:
                yield FieldError(
                    at, f"{part.name} asks what only a form on a screen knows: it is left out.", "not_in_profile"
                )

    def _name(self, name: Name, at: str, place: _Place) -> Iterator[FieldError]:
        if name.path.of_property:
            yield FieldError(at, f"{{{name.path.name}}} asks for a property: that is left out.", "not_in_profile")
        elif name.by_function == _CONTAINERS:
            yield from self._missing(name, at, self.known.containers)
        elif not self._is_known(name, place):
            near = dict.fromkeys(place.inside, "") if self._in_entry(name, place) else self.known.names
            yield from self._missing(name, at, near)

    def _missing(self, name: Name, at: str, among: Mapping[str, str]) -> Iterator[FieldError]:
        said = name.path.name
        if said.lower() not in among or not among[said.lower()]:
            last = name.path.steps[-1].name
            rows = self.known.rows.get(name.path.steps[0].name.lower(), {}) if len(name.path.steps) > 1 else {}
            hint = nearest(last, [spelled or folded for folded, spelled in (rows or among).items()])
            yield FieldError(at, f"There is nothing called “{said[:60]}” here.{hint}", "dangling")

    def _in_entry(self, name: Name, place: _Place) -> bool:
        return bool(place.word) and name.path.steps[0].name.lower() in _ENTRIES[place.word]

    def _is_known(self, name: Name, place: _Place) -> bool:
        steps = [step.name.lower() for step in name.path.steps]
        if name.array is not None and steps[0] in self.known.inside.get(name.array.lower(), ()):
            return True
        if len(steps) == 1 and ((place.item and steps[0] in _ITEM) or steps[0] in _counting(place)):
            return True
        if self._in_entry(name, place):
            return len(steps) > 1 and steps[1] in place.inside
        if steps[0] == "parentpanel" and place.nested:
            return True
        return self._of_form(name, steps) or ":" in name.path.name

    def _of_form(self, name: Name, steps: Sequence[str]) -> bool:
        for count in range(len(steps), 0, -1):
            found = ".".join(steps[:count])
            if found in self.known.names:
                indexed = name.path.steps[count - 1].at is not None
                inside = self.known.inside.get(found, frozenset[str]())
                if indexed and inside and count < len(steps):
                    return steps[count] in inside
                return self._in_rows(found, inside, steps[count:])
        return False

    def _in_rows(self, question: str, cells: frozenset[str], steps: Sequence[str]) -> bool:
        """Whether what comes behind the name of a question with rows is one of them, and then one of its cells."""
        rows = self.known.rows.get(question)
        if not steps or rows is None:
            return True
        for count in range(len(steps), 0, -1):
            if ".".join(steps[:count]) in rows:
                return count == len(steps) or not cells or steps[count] in cells
        return False


def _counting(place: _Place) -> frozenset[str]:
    return {"panel": _PANEL, "row": _ROW}.get(place.word, frozenset())


def _cycles(definition: Raw) -> Iterator[FieldError]:
    """Calculated values and questions that calculate must not need themselves, by whatever way."""
    needs: dict[str, set[str]] = {}
    places: dict[str, str] = {}
    for pointer, raw in _calculating(definition):
        folded = str(raw["name"]).lower()
        places[folded] = f"{pointer}/expression"
        needs[folded] = {part.split("[")[0] for part in _firsts(str(raw.get("expression", "")))}
    for name in needs:
        way = _way_back(name, needs)
        if way and name == min(way):
            text = f"These values depend on one another: {' → '.join([*way, way[0]])}."
            yield FieldError(places[name], text, "cycle")


def _calculating(definition: Raw) -> Iterator[tuple[str, Raw]]:
    for index, value in enumerate(definition.get("calculatedValues") or []):
        yield f"/calculatedValues/{index}", value
    for pointer, page in _pages(definition):
        yield from _calculating_in(page, pointer)


def _calculating_in(raw: Raw, pointer: str) -> Iterator[tuple[str, Raw]]:
    for index, element in enumerate(raw.get("elements") or []):
        if element.get("type") == "expression":
            yield f"{pointer}/elements/{index}", element
        yield from _calculating_in(element, f"{pointer}/elements/{index}")


def _firsts(text: str) -> Iterator[str]:
    try:
        node = parse(text)
    except ExpressionError:
        return
    yield from (name.path.name.lower() for name in names(node))


def _way_back(start: str, needs: Mapping[str, set[str]]) -> list[str]:
    """The shortest way from a name to itself; empty where there is none."""
    ways = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        for needed in sorted(needs.get(way[-1], ())):
            if needed == start:
                return way
            if needed in needs and needed not in seen:
                seen.add(needed)
                ways.append([*way, needed])
    return []


def _unreachable(definition: Raw) -> Iterator[FieldError]:
    for pointer, page in _pages(definition):
        if _never_shown(page):
            yield FieldError(pointer, "Nobody can ever see this page.", "unreachable")


def _never_shown(raw: Raw) -> bool:
    """Whether no answer can show it: its condition is false whatever is said, or everything in it is never shown."""
    if raw.get("visibleIf"):
        if _is_constant(str(raw["visibleIf"])) and not _holds(str(raw["visibleIf"])):
            return True
    elif raw.get("visible", True) is False:
        return True
    elements = raw.get("elements")
    return elements is not None and all(_never_shown(element) for element in elements)


def _is_constant(text: str) -> bool:
    try:
        node: Operand = parse(text)
    except ExpressionError:
        return False
    return not any(isinstance(part, Variable | Call) for part in walk(node))


def _holds(text: str) -> bool:
    run = Run(Values({}), now=datetime(2000, 1, 1, tzinfo=UTC))
    return compile_expression(text).evaluate(run) is True
