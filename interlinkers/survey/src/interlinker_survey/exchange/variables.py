"""What a survey measures, as a table sees it: a variable per question, or per choice, row, item or cell of one."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

Raw = Mapping[str, Any]
"""The JSON of a definition or of a part of one; its shape is right already."""
Localised = Mapping[str, str]
"""A text by language tag; `default` is in the survey's own language."""
Cell = str | int | float | bool | None

COMMENT: Final = "-Comment"
ONE: Final = frozenset({"radiogroup", "dropdown", "buttongroup"})
MANY: Final = frozenset({"checkbox", "tagbox"})
NO_DATA: Final = frozenset({"html", "image"})
NUMBERS: Final = frozenset({"number", "range"})
OWN_ITEMS: Final[Mapping[str, tuple[tuple[str, ...], str, Localised]]] = {
    "other": (("showOtherItem", "hasOther"), "otherText", {"en": "Other", "de": "Anderes", "es": "Otra cosa"}),
    "none": (("showNoneItem", "hasNone"), "noneText", {"en": "None", "de": "Nichts davon", "es": "Nada de esto"}),
    "refused": (("showRefuseItem",), "refuseText", {"en": "No answer", "de": "Keine Angabe", "es": "Sin respuesta"}),
    "dontknow": (("showDontKnowItem",), "dontKnowText", {"en": "Don't know", "de": "Weiß nicht", "es": "No sabe"}),
}
"""Choices that SurveyJS adds by a switch: their value, the switches, where their text is, and what it is otherwise."""


class Kind(StrEnum):
    """What the values of a variable are."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    FLAG = "flag"
    RANK = "rank"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TEXT = "text"
    ANY = "any"
    ENTRIES = "entries"


SINGLE: Final = frozenset({Kind.NOMINAL, Kind.ORDINAL, Kind.NUMBER, Kind.BOOLEAN, Kind.DATE, Kind.TEXT})
"""Whose answers are checked to be neither a list nor an object."""


@dataclass(frozen=True, slots=True)
class Code:
    """A value that may be given, and what it says."""

    value: str | int | float | bool
    label: Localised


@dataclass(frozen=True, slots=True)
class Variable:
    """One column. `path` leads through the answers to its value; a flag or a rank is that of `choice` there."""

    name: str
    question: str
    kind: Kind
    title: Localised
    path: tuple[str, ...]
    part: Localised = field(default_factory=dict)
    codes: tuple[Code, ...] = ()
    choice: str | int | float | None = None

    @property
    def key(self) -> str | None:
        """The key of its value where the answers hold it as it is; None where it has to be looked for."""
        return self.path[0] if self.kind in SINGLE and len(self.path) == 1 else None

    def reader(self) -> Callable[[Raw], Cell]:
        """From the answers of one response to the value: None where there is none; JSON where it is no single one."""
        found = _finder(self.path)
        if self.kind in SINGLE:
            return found
        match self.kind:
            case Kind.FLAG:
                return lambda answers: _flag(found(answers), self.choice)
            case Kind.RANK:
                return lambda answers: _rank(found(answers), self.choice)
            case _:
                return lambda answers: _single(found(answers))


@dataclass(frozen=True, slots=True)
class Repeat:
    """A question that is answered by any number of entries, each with the same variables; their paths begin in an entry."""

    name: str
    title: Localised
    variables: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """All that a survey measures, in the order of asking; `named` where those who run it see whose each response is."""

    variables: tuple[Variable, ...]
    repeats: tuple[Repeat, ...]
    named: bool = False

    def with_former(self, version: int, former: Book, apart: Collection[str]) -> Book:
        """The same with questions of a former version whose answers are not among those of today: `place@1`."""
        kept = tuple(_former(one, version) for one in former.variables if one.question in apart)
        repeats = tuple(
            replace(one, name=former_name(one.name, version)) for one in former.repeats if one.name in apart
        )
        return replace(self, variables=self.variables + kept, repeats=self.repeats + repeats)


def former_name(question: str, version: int) -> str:
    """What a question of a former version is called, where it does not go on."""
    return f"{question}@{version}"


def read_book(definition: Raw) -> Book:
    """The variables of a definition, whichever of SurveyJS's types it uses."""
    elements = list(_elements(definition))
    variables = [variable for element in elements for variable in _asked(element)]
    variables += [_calculated(value) for value in definition.get("calculatedValues") or [] if _is_kept(value)]
    return Book(tuple(variables), tuple(_repeat(element) for element in elements if _inner(element) is not None))


def say(text: Localised, language: str, otherwise: str = "") -> str:
    """A text in a language; failing that in its base language, the survey's own, or any."""
    for tag in (language, language.partition("-")[0], "default"):
        if tag in text:
            return text[tag]
    return next(iter(text.values()), otherwise)


def localised(text: str | Localised | None) -> Localised:
    """A text by language, however short it was written."""
    return {"default": text} if isinstance(text, str) else text or {}


def _former(variable: Variable, version: int) -> Variable:
    first, *rest = variable.path
    return replace(
        variable,
        name=variable.name.replace(variable.question, former_name(variable.question, version), 1),
        question=former_name(variable.question, version),
        path=(former_name(first.removesuffix(COMMENT), version) + first[len(first.removesuffix(COMMENT)) :], *rest),
    )


def _elements(part: Raw) -> Iterator[Raw]:
    """The questions in pages and panels, in their order."""
    for child in [*(part.get("pages") or []), *(part.get("elements") or [])]:
        if "elements" in child and child.get("type", "panel") == "panel":
            yield from _elements(child)
        elif child.get("type") not in NO_DATA | {"panel", None}:
            yield child


def _asked(question: Raw) -> Iterator[Variable]:
    """The variables of one question, its comment included."""
    name = str(question["name"])
    title = localised(question.get("title"))
    yield from _answered(question, Variable(name, name, Kind.TEXT, title, (name,)))
    if any(question.get(switch) for switch in ("showOtherItem", "hasOther", "showCommentArea", "hasComment")):
        about = localised(question.get("commentText") or question.get("otherText"))
        yield Variable(name + COMMENT, name, Kind.TEXT, title, (name + COMMENT,), about or {"en": "Comment"})


def _answered(question: Raw, plain: Variable) -> Iterator[Variable]:
    """The variables that an answer of this type gives; `plain` is what they have in common."""
    match question.get("type"):
        case "matrix":
            columns = _codes(question.get("columns"))
            for row in _codes(question.get("rows")):
                yield _at(replace(plain, kind=Kind.NOMINAL, codes=columns), row)
        case "matrixdropdown":
            for row in _codes(question.get("rows")):
                for cell in _cells(question):
                    yield from _answered(cell, _in(_at(plain, row), cell))
        case "multipletext":
            for item in question.get("items") or []:
                yield from _answered(item | {"type": "text"}, _in(plain, item))
        case _ if _inner(question) is not None:
            yield replace(plain, kind=Kind.ENTRIES)
        case _:
            yield from _valued(question, plain)


def _valued(question: Raw, plain: Variable) -> Iterator[Variable]:
    """The variables of a question whose answer is a value, or a list of choices."""
    kind = str(question.get("type"))
    if kind in MANY or kind == "ranking" or (kind == "imagepicker" and question.get("multiSelect")):
        each = replace(plain, kind=Kind.RANK if kind == "ranking" else Kind.FLAG)
        yield from (_of(each, choice) for choice in _choices(question))
    elif kind in ONE or kind == "imagepicker":
        yield replace(plain, kind=Kind.NOMINAL, codes=_choices(question))
    elif kind == "rating":
        yield replace(plain, kind=Kind.ORDINAL, codes=_steps(question))
    elif kind == "boolean":
        yield replace(plain, kind=Kind.BOOLEAN, codes=_truths(question))
    elif kind in {"file", "signaturepad"}:
        yield replace(plain, kind=Kind.ENTRIES if kind == "file" else Kind.TEXT)
    else:
        yield replace(plain, kind=_written(question, kind))


def _written(question: Raw, kind: str) -> Kind:
    """What is typed in, or calculated."""
    if kind == "expression":
        shown = question.get("displayStyle") in {"decimal", "currency", "percent"}
        return Kind.NUMBER if shown or "precision" in question else Kind.ANY
    put = question.get("inputType", "text")
    if kind == "text" and put in NUMBERS:
        return Kind.NUMBER
    return Kind.DATE if kind == "text" and put == "date" else Kind.TEXT


def _calculated(value: Raw) -> Variable:
    name = str(value["name"])
    return Variable(name, name, Kind.ANY, {"default": name}, (name,), {"en": "calculated"})


def _is_kept(value: Raw) -> bool:
    return bool(value.get("includeIntoResult"))


def _repeat(question: Raw) -> Repeat:
    inner = _inner(question) or []
    given = [variable for element in inner for variable in _asked(element)]
    return Repeat(str(question["name"]), localised(question.get("title")), tuple(given))


def _inner(question: Raw) -> list[Raw] | None:
    """The questions of each entry; None for a question that has no entries."""
    match question.get("type"):
        case "paneldynamic":
            return list(_elements({"elements": question.get("templateElements") or []}))
        case "matrixdynamic":
            return list(_cells(question))
        case _:
            return None


def _cells(matrix: Raw) -> Iterator[Raw]:
    """The columns of a matrix as questions; one that offers choices takes the matrix's where it has none."""
    for column in matrix.get("columns") or []:
        kind = column.get("cellType") or matrix.get("cellType") or "dropdown"
        yield {**column, "type": kind, "choices": column.get("choices") or matrix.get("choices") or []}


def _in(plain: Variable, part: Raw) -> Variable:
    """The variable of a named part of an answer."""
    name = str(part["name"])
    label = localised(part.get("title")) or {"default": name}
    return replace(plain, name=f"{plain.name}[{name}]", path=(*plain.path, name), part=_joined(plain.part, label))


def _at(plain: Variable, row: Code) -> Variable:
    """The variable of a row of a matrix."""
    key = str(row.value)
    return replace(plain, name=f"{plain.name}[{key}]", path=(*plain.path, key), part=row.label)


def _of(plain: Variable, choice: Code) -> Variable:
    """The variable of one choice among several."""
    return replace(
        plain,
        name=f"{plain.name}[{choice.value}]",
        part=_joined(plain.part, choice.label),
        choice=choice.value,
    )


def _joined(outer: Localised, inner: Localised) -> Localised:
    if not outer:
        return inner
    return {tag: f"{say(outer, tag)}: {say(inner, tag)}" for tag in dict.fromkeys([*outer, *inner])}


def _codes(items: Sequence[Any] | None) -> tuple[Code, ...]:
    return tuple(_code(item) for item in items or [])


def _code(item: Any) -> Code:
    if isinstance(item, Mapping):
        return Code(item["value"], localised(item.get("text")) or {"default": str(item["value"])})
    return Code(item, {"default": str(item)})


def _choices(question: Raw) -> tuple[Code, ...]:
    """What is offered, the choices that a switch adds included."""
    added = (
        Code(value, localised(question.get(text)) or otherwise)
        for value, (switches, text, otherwise) in OWN_ITEMS.items()
        if any(question.get(switch) for switch in switches)
    )
    return (*_codes(question.get("choices")), *added)


def _steps(question: Raw) -> tuple[Code, ...]:
    """The steps of a rating; the ends say what they mean."""
    if question.get("rateValues"):
        return _codes(question["rateValues"])
    low = int(question.get("rateMin", 1))
    high = int(question.get("rateMax", question.get("rateCount", 5)))
    named = {low: question.get("minRateDescription"), high: question.get("maxRateDescription")}
    return tuple(Code(step, localised(named.get(step)) or {"default": str(step)}) for step in range(low, high + 1))


def _truths(question: Raw) -> tuple[Code, ...]:
    yes = localised(question.get("labelTrue")) or {"en": "Yes", "de": "Ja", "es": "Sí"}
    no = localised(question.get("labelFalse")) or {"en": "No", "de": "Nein", "es": "No"}
    return (Code(question.get("valueTrue", True), yes), Code(question.get("valueFalse", False), no))


def _finder(path: tuple[str, ...]) -> Callable[[Raw], Any]:
    first, *rest = path
    if not rest:
        return lambda answers: answers.get(first)

    def find(answers: Raw) -> Any:
        found: Any = answers.get(first)
        for key in rest:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found

    return find


def _flag(found: Any, choice: object) -> int | None:
    return int(choice in found) if isinstance(found, list) else None


def _rank(found: Any, choice: object) -> int | None:
    return found.index(choice) + 1 if isinstance(found, list) and choice in found else None


def _single(found: Any) -> Cell:
    if type(found) in {list, dict}:
        return json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    cell: Cell = found
    return cell
