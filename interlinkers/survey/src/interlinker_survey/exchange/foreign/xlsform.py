"""XLSForm (ODK, Kobo): a workbook with the sheets survey, choices and settings, read by pyxform and written as SurveyJS JSON."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from interlinker_shared.errors import InvalidError
from interlinker_survey.exchange.foreign.archives import require_harmless_zip, require_size
from interlinker_survey.exchange.foreign.findings import Foreign, Report, UnreadableFileError
from interlinker_survey.exchange.foreign.formulas import UntranslatableError
from interlinker_survey.exchange.foreign.writing import Names, language_tag, plain_text
from interlinker_survey.exchange.foreign.xpath import Answers, Around, Known, is_constant, pattern_of, translate
from interlinker_survey.exchange.variables import Localised, localised

Node = Mapping[str, Any]

TEXTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "text": {},
    "integer": {"inputType": "number", "step": 1},
    "int": {"inputType": "number", "step": 1},
    "decimal": {"inputType": "number"},
    "date": {"inputType": "date"},
    "time": {"inputType": "time"},
    "dateTime": {"inputType": "datetime-local"},
    "datetime": {"inputType": "datetime-local"},
    "email": {"inputType": "email"},
    "phonenumber": {"inputType": "tel"},
    "barcode": {},
    "string": {},
}
CHOICES: Final = {
    "select one": "radiogroup",
    "select all that apply": "checkbox",
    "rank": "ranking",
}
PLAIN: Final = {
    "note": "html",
    "acknowledge": "boolean",
    "trigger": "boolean",
    **dict.fromkeys(("image", "photo", "file", "audio", "video"), "file"),
}
NOTED_ELSEWHERE: Final = frozenset(
    {"start", "end", "today", "deviceid", "username", "phonenumber", "simserial", "audit"}
)
NUMBERS: Final = frozenset({"integer", "int", "decimal", "range"})
GROUPS: Final = frozenset({"group", "repeat", "loop"})
NO_MATTER: Final = frozenset({"multiline", "minimal", "field-list", "quick", "autocomplete", "likert", "columns", ""})
MOST_STEPS: Final = 20


class XlsformMissingError(InvalidError):
    """This installation cannot read XLSForm."""

    slug = "xlsform-not-installed"


def read_xlsform(content: bytes) -> Foreign:
    """The survey in a workbook; UnreadableFileError says what pyxform does not like."""
    require_size(content)
    require_harmless_zip(content)
    report = Report()
    return from_form(_workbook(content, report), report)


def from_form(form: Node, report: Report) -> Foreign:
    """A survey from the form as pyxform describes it."""
    return _Reader(form, report).read()


def _workbook(content: bytes, report: Report) -> Node:
    if importlib.util.find_spec("pyxform") is None:
        raise XlsformMissingError("XLSForm is not read here: interlinker-survey[xlsform] is not installed.")
    from pyxform.errors import PyXFormError  # noqa: PLC0415 - an extra
    from pyxform.xls2json import workbook_to_json  # noqa: PLC0415 - an extra
    from pyxform.xls2json_backends import get_xlsform  # noqa: PLC0415 - an extra

    warnings: list[str] = []
    try:
        form: Node = workbook_to_json(get_xlsform(content, file_type=".xlsx"), form_name="data", warnings=warnings)
    except (PyXFormError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise UnreadableFileError(f"This is no XLSForm that can be read: {str(error)[:500]}") from error
    for warning in warnings:
        report.changed("workbook", "warning", " ".join(warning.split())[:500])
    return form


class _Reader:
    """One form on its way: names and kinds of all questions first, for formulas look ahead."""

    def __init__(self, form: Node, report: Report) -> None:
        self._form = form
        self._report = report
        self._names = Names(report)
        self._known: dict[str, Known] = {}
        self._given: dict[int, str] = {}
        self._calculated: list[dict[str, Any]] = []
        said = str(form.get("default_language") or "default")
        self._own = said
        self._language = language_tag(said) if said != "default" else None

    def read(self) -> Foreign:
        children = self._form.get("children") or []
        self._look_ahead(children, None)
        elements = [found for child in children for found in self._element(child, None)]
        definition: dict[str, Any] = self._pages(elements)
        if self._calculated:
            definition["calculatedValues"] = self._calculated
        title = str(self._form.get("title") or self._form.get("name") or "")
        return Foreign(definition | {"title": title}, title, self._language or "en", self._report)

    def _pages(self, elements: list[dict[str, Any]]) -> dict[str, Any]:
        """Groups that are all of a form are its pages; else everything is on one."""
        if len(elements) > 1 and all(element["type"] == "panel" for element in elements):
            return {"pages": [{key: value for key, value in page.items() if key != "type"} for page in elements]}
        return {"elements": elements}

    def _look_ahead(self, children: Sequence[Node], repeat: str | None) -> None:
        for child in children:
            kind, foreign = str(child.get("type")), str(child.get("name", ""))
            if kind in NOTED_ELSEWHERE or foreign == "meta":
                continue
            name = self._names.give(foreign)
            self._given[id(child)] = name
            several = kind in {"select all that apply", "rank"}
            answers = (
                Answers.SEVERAL if several else Answers.TRUTH if kind in {"acknowledge", "trigger"} else Answers.VALUE
            )
            answers = Answers.ENTRIES if kind == "repeat" else answers
            self._known.setdefault(foreign, Known(name, answers, repeat))
            if kind in GROUPS:
                self._look_ahead(child.get("children") or [], name if kind == "repeat" else repeat)

    def _element(self, node: Node, repeat: str | None) -> Iterator[dict[str, Any]]:
        kind, foreign = str(node.get("type")), str(node.get("name", ""))
        if foreign == "meta":
            return
        if kind in NOTED_ELSEWHERE:
            self._report.lost(foreign, kind, "What a device notes by itself is not asked here.")
            return
        name = self._given[id(node)]
        if kind == "calculate":
            self._calculate(node, name, repeat)
            return
        found = self._group(node, name, repeat) if kind in GROUPS else self._question(node, name)
        if found is not None:
            self._report.taken(foreign, kind)
            yield found | self._rules(node, name, repeat)

    def _group(self, node: Node, name: str, repeat: str | None) -> dict[str, Any] | None:
        kind = node["type"]
        inner = name if kind == "repeat" else repeat
        elements = [found for child in node.get("children") or [] for found in self._element(child, inner)]
        if not elements:
            self._report.lost(name, str(kind), "Nothing in it was taken over.")
            return None
        control = node.get("control") or {}
        if control.get("jr:count"):
            self._report.lost(name, "repeat_count", "Here people say themselves how many entries there are.")
        if kind == "repeat":
            return {"type": "paneldynamic", "name": name, "templateElements": elements}
        return {"type": "panel", "name": name, "elements": elements}

    def _question(self, node: Node, name: str) -> dict[str, Any] | None:
        kind, look = str(node["type"]), str((node.get("control") or {}).get("appearance", ""))
        self._say_looks(name, look)
        if kind in CHOICES:
            return self._choosing(node, name, CHOICES[kind], look)
        if kind in TEXTS:
            several_lines = kind in {"text", "string"} and "multiline" in look
            return {"type": "comment", "name": name} if several_lines else {"type": "text", "name": name, **TEXTS[kind]}
        if kind == "range":
            return self._range(node, name)
        if kind in PLAIN:
            return {"type": PLAIN[kind], "name": name}
        self._report.lost(name, kind, "There is no such type of question here.")
        return None

    def _say_looks(self, name: str, look: str) -> None:
        strange = [word for word in look.split() if word not in NO_MATTER]
        if strange:
            self._report.lost(name, f"appearance {' '.join(strange)}", "Questions look as they do here.")

    def _range(self, node: Node, name: str) -> dict[str, Any]:
        given = node.get("parameters") or {}
        low, high, step = (float(given.get(key, other)) for key, other in (("start", 1), ("end", 10), ("step", 1)))
        if step == 1 and low >= 0 and low.is_integer() and high.is_integer() and 1 <= high - low <= MOST_STEPS:
            return {"type": "rating", "name": name, "rateMin": int(low), "rateMax": int(high)}
        return {"type": "text", "name": name, "inputType": "number", "min": low, "max": high, "step": step}

    def _choosing(self, node: Node, name: str, kind: str, look: str) -> dict[str, Any] | None:
        choices = node.get("choices")
        if not choices:
            self._report.lost(name, str(node["type"]), "Its choices are in another file, or in answers to come.")
            return None
        items = [self._choice(choice, node, name) for choice in choices]
        kind = "dropdown" if kind == "radiogroup" and "minimal" in look else kind
        return {"type": kind, "name": name, "choices": items}

    def _choice(self, choice: Node, node: Node, name: str) -> dict[str, Any]:
        said = self._texts(choice.get("label"), name)
        item: dict[str, Any] = {"value": str(choice["name"])} | ({"text": said} if said else {})
        if node.get("choice_filter"):
            fixed = {key: str(value) for key, value in choice.items() if isinstance(value, str | int | float)}
            around = Around(self._known, name, self._repeat_of(node), fixed)
            shown = self._translated(str(node["choice_filter"]), around, f"{name} › {choice['name']}", "choice_filter")
            item |= {"visibleIf": shown} if shown else {}
        return item

    def _repeat_of(self, node: Node) -> str | None:
        known = self._known.get(str(node.get("name")))
        return known.repeat if known else None

    def _calculate(self, node: Node, name: str, repeat: str | None) -> None:
        formula = str((node.get("bind") or {}).get("calculate", ""))
        if repeat is not None:
            self._report.lost(name, "calculate", "Values are calculated for the whole form, not for an entry.")
            return
        said = self._translated(formula, self._around(name, None), name, "calculation")
        if said:
            self._report.changed(name, "calculate", "Conditions know what it is; it is not kept with the answers.")
            self._calculated.append({"name": name, "expression": said})

    def _around(self, name: str, repeat: str | None) -> Around:
        return Around(self._known, next((key for key, one in self._known.items() if one.name == name), None), repeat)

    def _rules(self, node: Node, name: str, repeat: str | None) -> dict[str, Any]:
        """Texts, conditions and demands that every element may have."""
        bind = node.get("bind") or {}
        around = self._around(name, repeat)
        rules: dict[str, Any] = {}
        title = self._texts(node.get("label"), name)
        if title:
            rules["html" if node["type"] == "note" else "title"] = title
        if hint := self._texts(node.get("hint"), name):
            rules["description"] = hint
        if bind.get("relevant"):
            rules |= self._when("visibleIf", str(bind["relevant"]), around, name, "relevant")
        rules |= self._demand(bind, around, name)
        rules |= self._validator(bind, around, name)
        rules |= self._default(node, around, name)
        if str(bind.get("readonly", "")).lower() in {"yes", "true()", "true"}:
            rules["readOnly"] = True
        for key in ("media", "guidance_hint"):
            if node.get(key):
                self._report.lost(name, key, "There is no place for it here.")
        return rules

    def _demand(self, bind: Node, around: Around, name: str) -> dict[str, Any]:
        said = str(bind.get("required", "")).strip()
        rules: dict[str, Any] = {}
        if said.lower() in {"yes", "true()", "true"}:
            rules["isRequired"] = True
        elif said and said.lower() not in {"no", "false()", "false"}:
            rules = self._when("requiredIf", said, around, name, "required")
        message = self._texts(bind.get("jr:requiredMsg"), name)
        return rules | ({"requiredErrorText": message} if rules and message else {})

    def _validator(self, bind: Node, around: Around, name: str) -> dict[str, Any]:
        constraint = str(bind.get("constraint", ""))
        if not constraint:
            return {}
        text = self._texts(bind.get("jr:constraintMsg"), name)
        rule: dict[str, Any] | None = None
        if (pattern := pattern_of(constraint)) is not None:
            rule = {"type": "regex", "regex": f"^(?:{pattern})$"}
        elif said := self._translated(constraint, around, name, "constraint"):
            rule = {"type": "expression", "expression": said}
        return {"validators": [rule | ({"text": text} if text else {})]} if rule else {}

    def _default(self, node: Node, around: Around, name: str) -> dict[str, Any]:
        formula = str((node.get("bind") or {}).get("calculate", ""))
        if formula:
            return self._when("setValueExpression", formula, around, name, "calculation")
        value = str(node.get("default", ""))
        if not value:
            return {}
        if not is_constant(value):
            return self._when("defaultValueExpression", value, around, name, "default")
        if node["type"] == "select all that apply":
            return {"defaultValue": value.split()}
        return {"defaultValue": _number(value) if node["type"] in NUMBERS else value}

    def _when(self, key: str, formula: str, around: Around, name: str, what: str) -> dict[str, Any]:
        said = self._translated(formula, around, name, what)
        return {key: said} if said else {}

    def _translated(self, formula: str, around: Around, place: str, what: str) -> str | None:
        try:
            said = translate(formula, around)
        except UntranslatableError as error:
            self._report.lost(place, what, f"“{formula[:200]}” has {error}, which says nothing here.")
            return None
        self._report.changed(place, what, f"“{formula[:200]}” is “{said[:200]}” here.")
        return said

    def _texts(self, said: Any, place: str) -> Localised:
        """Texts by language tag; those of the form's own language are the default."""
        texts: dict[str, str] = {}
        for language, text in localised(said).items():
            words = plain_text(str(text)).replace("${", "{")
            if words and language in {"default", self._own}:
                texts["default"] = words
            elif words and (tag := language_tag(language)) is not None:
                texts[tag] = words
            elif words:
                self._report.lost(place, f"language {language}", "Nobody knows its tag: write it as “Français (fr)”.")
        return texts


def _number(text: str) -> int | float | str:
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number
