"""Random definitions whose parts depend on one another, and answers for them; the same ones for the same seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

VALUES = ("red", "green", "blue", 1, 2, 3)
KINDS = ("text", "number", "comment", "boolean", "radiogroup", "dropdown", "checkbox", "rating", "ranking", "tagbox")
COMPARED = ("=", "<>", ">", "<", ">=", "<=")


class Drawing:
    """One definition while it is drawn: it knows which names there are."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.names = [f"q{number}" for number in range(rng.randrange(4, 10))]
        self.extra = [
            "calc1",
            "calc2",
            "matrix.Row1",
            "goods.apples.count",
            "family[0].age",
            "family.length",
            "items[1].price",
            "nobody",
        ]
        self.count = 0

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def next_name(self, word: str) -> str:
        self.count += 1
        return f"{word}{self.count}"

    def condition(self, words: Sequence[str] = ()) -> str:
        first = self._simple(words)
        if self.chance(0.4):
            return f"{first} {self.rng.choice(('and', 'or'))} {self._simple(words)}"
        return first

    def _simple(self, words: Sequence[str]) -> str:
        name = self._name(words)
        match self.rng.randrange(7):
            case 0:
                return f"{name} {self.rng.choice(('empty', 'notempty'))}"
            case 1:
                return f"{name} {self.rng.choice(('contains', 'notcontains', 'anyof', 'allof'))} {self._value()}"
            case 2:
                return f"!({name} = {self._value()})"
            case 3:
                return f"{name} {self.rng.choice(COMPARED)} {self._name(words)}"
            case 4:
                return self._function(name)
            case _:
                return f"{name} {self.rng.choice(COMPARED)} {self._value()}"

    def _function(self, name: str) -> str:
        choices = (
            "sumInArray({family}, 'age') > 20",
            "countInArray({items}, 'price', {price} > 2) > 0",
            f"iif({name} > 1, true, false)",
            f"sum({name}, 1) > 3",
            name,
            "true",
            "sumInArray({goods}, 'count') > 2",
        )
        return self.rng.choice(choices)

    def _name(self, words: Sequence[str]) -> str:
        if words and self.chance(0.5):
            return f"{{{self.rng.choice(words)}}}"
        return f"{{{self.rng.choice(self.names if self.chance(0.75) else self.extra)}}}"

    def _value(self) -> str:
        return self.rng.choice(("'red'", "'green'", "1", "2", "3", "true", "['red', 2]", "10"))

    def rules(self, words: Sequence[str] = (), share: float = 0.35) -> dict[str, Any]:
        drawn: dict[str, Any] = {}
        for key in ("visibleIf", "enableIf", "requiredIf"):
            if self.chance(share):
                drawn[key] = self.condition(words)
        constants = (
            ("visible", False, "visibleIf"),
            ("readOnly", True, "enableIf"),
            ("isRequired", True, "requiredIf"),
        )
        return drawn | {key: value for key, value, rule in constants if rule not in drawn and self.chance(0.1)}

    def choices(self, words: Sequence[str]) -> dict[str, Any]:
        drawn: dict[str, Any] = {"choices": [self._item(value, words) for value in VALUES[: self.rng.randrange(2, 7)]]}
        for key in ("choicesVisibleIf", "choicesEnableIf"):
            if self.chance(0.25):
                drawn[key] = self.condition([*words, "item", "choice"])
        return drawn

    def _item(self, value: Any, words: Sequence[str]) -> Any:
        conditions = {key: self.condition([*words, "item"]) for key in ("visibleIf", "enableIf") if self.chance(0.15)}
        return {"value": value, **conditions} if conditions or self.chance(0.3) else value

    def question(self, name: str, words: Sequence[str] = ()) -> dict[str, Any]:
        kind = self.rng.choice(KINDS)
        drawn: dict[str, Any] = {"type": kind, "name": name, **self.rules(words)}
        if kind == "number":
            drawn |= {"type": "text", "inputType": "number"}
        if kind == "ranking":
            drawn["choices"] = list(VALUES[:3])
        if kind in {"radiogroup", "dropdown", "checkbox", "tagbox"}:
            drawn |= self.choices(words)
        return drawn


def definition(rng: random.Random) -> dict[str, Any]:
    """A form of one to three pages, with panels, matrices, a dynamic panel and calculations."""
    draw = Drawing(rng)
    elements = [draw.question(name) for name in draw.names]
    elements += [make(draw) for make in (_matrix, _goods, _items, _family) if draw.chance(0.5)]
    rng.shuffle(elements)
    elements = _in_panels(draw, elements)
    cut = sorted(rng.randrange(len(elements) + 1) for _ in range(rng.randrange(3)))
    bounds = [0, *cut, len(elements)]
    pages = [elements[start:end] for start, end in pairwise(bounds) if start < end]
    drawn: dict[str, Any] = {
        "pages": [
            {"name": f"page{index}", **draw.rules(share=0.15), "elements": page} for index, page in enumerate(pages)
        ]
    }
    if draw.chance(0.5):  # on a page that cannot be closed: see "Deviations" in the README
        drawn["pages"].append({"name": "sums", "elements": [_total(draw)]})
    if draw.chance(0.5):
        drawn["calculatedValues"] = [
            {"name": "calc1", "expression": f"{{{rng.choice(draw.names)}}} + 1"},
            {"name": "calc2", "expression": f"iif({{calc1}} > 3, {{{rng.choice(draw.names)}}}, 'red')"},
        ]
    return drawn


def _in_panels(draw: Drawing, elements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    placed: list[dict[str, Any]] = []
    while elements:
        size = draw.rng.randrange(1, 4)
        part, elements = elements[:size], elements[size:]
        if draw.chance(0.3):
            part = [{"type": "panel", "name": draw.next_name("panel"), **draw.rules(), "elements": part}]
        placed += part
    return placed


def _matrix(draw: Drawing) -> dict[str, Any]:
    drawn = {"type": "matrix", "name": "matrix", **draw.rules()}
    drawn["rows"] = [draw._item(f"Row{number}", ()) for number in range(1, 4)]
    drawn["columns"] = [draw._item(value, ()) for value in VALUES[:3]]
    for key in ("rowsVisibleIf", "columnsVisibleIf"):
        if draw.chance(0.3):
            drawn[key] = draw.condition(["item"])
    return drawn


CELLS = ("text", "dropdown", "checkbox", "boolean")


def _column(draw: Drawing, name: str, words: Sequence[str], kinds: Sequence[str] = CELLS) -> dict[str, Any]:
    kind = draw.rng.choice(kinds)
    drawn: dict[str, Any] = {"name": name, "cellType": kind, **draw.rules(words)}
    drawn.pop("visible", None)
    return drawn | (draw.choices(words) if kind in {"dropdown", "checkbox"} else {})


def _goods(draw: Drawing) -> dict[str, Any]:
    words = ("row.count", "row.kind", "item", "rowIndex", "visibleRowIndex", "nextRow.count")
    drawn = {"type": "matrixdropdown", "name": "goods", **draw.rules(), "rows": ["apples", "pears"]}
    drawn["columns"] = [_column(draw, "count", words, ("text", "boolean")), _column(draw, "kind", words)]
    if draw.chance(0.3):
        drawn["rowsVisibleIf"] = draw.condition(words[:3])
    return drawn


def _items(draw: Drawing) -> dict[str, Any]:
    words = ("row.price", "row.what", "rowIndex", "prevRow.price")
    drawn = {"type": "matrixdynamic", "name": "items", "rowCount": 0, **draw.rules()}
    drawn["columns"] = [_column(draw, name, words) for name in ("price", "what")]
    if draw.chance(0.3):
        drawn["rowsVisibleIf"] = draw.condition(words[:3])
    return drawn


def _family(draw: Drawing) -> dict[str, Any]:
    words = ("panel.age", "panel.who", "panel.pet", "panelIndex", "prevPanel.age", "nextPanel.age")
    inside = [draw.question(name, words) for name in ("age", "who", "pet")]
    inside.append({"type": "text", "name": "always"})  # a panel with nothing to show is no neighbour in survey-core
    if draw.chance(0.3):
        inside = [
            inside[0],
            {"type": "panel", "name": "inner", **draw.rules(words), "elements": inside[1:3]},
            inside[3],
        ]
    return {"type": "paneldynamic", "name": "family", **draw.rules(), "templateElements": inside}


def _total(draw: Drawing) -> dict[str, Any]:
    expression = draw.rng.choice(
        ("{q0} + {q1}", "sum({q0}, {q2})", "iif({q1} = 1, 5, 'red')", "round({q0} / 3, 2)", "{total}")
    )
    return {"type": "expression", "name": "total", "expression": expression, **draw.rules(share=0.1)} | {
        "readOnly": False,
        "enableIf": "",
    }


def answers(rng: random.Random, definition: dict[str, Any]) -> dict[str, Any]:
    """Answers of the right kind for a definition, some missing."""
    drawn: dict[str, Any] = {}
    for page in definition["pages"]:
        _answer_all(rng, page["elements"], drawn)
    return drawn


def _answer_all(rng: random.Random, elements: Sequence[dict[str, Any]], drawn: dict[str, Any]) -> None:
    for element in elements:
        if element.get("type") == "panel":
            _answer_all(rng, element["elements"], drawn)
        elif element.get("type") != "expression" and rng.random() < 0.7:
            drawn[element["name"]] = _answer(rng, element)


def _answer(rng: random.Random, question: dict[str, Any]) -> Any:
    kind = question.get("cellType") or question["type"]
    values = [item["value"] if isinstance(item, dict) else item for item in question.get("choices", ())]
    several = {"ranking": lambda: rng.sample(values, len(values))} | dict.fromkeys(
        ("checkbox", "tagbox"), lambda: rng.sample(values, rng.randrange(1, len(values) + 1))
    )
    inside = question.get("columns") or question.get("templateElements") or []
    nested = {
        "matrix": lambda: {row: rng.choice(VALUES[:3]) for row in ("Row1", "Row2", "Row3") if rng.random() < 0.8},
        "matrixdropdown": lambda: {row: _entry(rng, inside) for row in ("apples", "pears") if rng.random() < 0.8},
    } | dict.fromkeys(("matrixdynamic", "paneldynamic"), lambda: [_entry(rng, inside) for _ in range(rng.randrange(4))])
    single = {"boolean": lambda: rng.choice((True, False)), "rating": lambda: rng.randrange(1, 6)} | dict.fromkeys(
        ("radiogroup", "dropdown"), lambda: rng.choice(values)
    )
    written = (0, 1, 2, 3, 10, 2.5) if question.get("inputType") == "number" else ("red", "green", "2", "10", "x y")
    make = {**several, **nested, **single}.get(kind)
    return make() if make is not None else rng.choice(written)


def _entry(rng: random.Random, questions: Sequence[dict[str, Any]]) -> dict[str, Any]:
    drawn: dict[str, Any] = {}
    _answer_all(rng, questions, drawn)
    return drawn
