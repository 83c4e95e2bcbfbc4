"""LimeSurvey's .lss: an XML dump of the tables of one survey, old (texts beside each row) and new (texts apart), as SurveyJS JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError, XMLParser

from interlinker_survey.exchange.foreign.archives import require_no_entities, require_size
from interlinker_survey.exchange.foreign.expressionscript import Asked, translate
from interlinker_survey.exchange.foreign.findings import Foreign, Report, UnreadableFileError
from interlinker_survey.exchange.foreign.formulas import UntranslatableError
from interlinker_survey.exchange.foreign.limesurvey_types import (
    COLUMNS,
    LOOKS,
    MEANING,
    TYPES,
    Kind,
)
from interlinker_survey.exchange.foreign.writing import Names, plain_text
from interlinker_survey.exchange.variables import Localised

Row = Mapping[str, str]

ALWAYS: Final = frozenset({"", "1", "{1}"})


def read_limesurvey(content: bytes) -> Foreign:
    """The survey in a .lss; UnreadableFileError where it is none."""
    require_size(content)
    require_no_entities(content)
    try:
        parser = XMLParser()  # noqa: S314 - what could grow in it was refused above: there is no document type
        parser.feed(content)
        root = parser.close()
    except (ParseError, ValueError) as error:
        raise UnreadableFileError(f"This is no XML that can be read: {error}") from error
    if root.findtext("LimeSurveyDocType") != "Survey":
        raise UnreadableFileError("This is no survey of LimeSurvey (.lss).")
    return _Reader(root).read()


class _Reader:
    """One survey on its way: tables first, then groups with their questions."""

    def __init__(self, root: Element) -> None:
        self._root = root
        self._report = Report()
        self._names = Names(self._report)
        survey = next(iter(self._table("surveys")), {})
        self._language = survey.get("language") or (root.findtext("languages/language") or "en")
        self._questions = [row for row in self._rows("questions", "qid") if row.get("parent_qid", "0") in {"", "0"}]
        self._parts = self._grouped([*self._rows("subquestions", "qid"), *self._rows("questions", "qid")], "parent_qid")
        self._answers = self._grouped(self._rows("answers", "qid", "code", "scale_id"), "qid")
        self._attributes = self._grouped(self._table("question_attributes"), "qid")
        self._conditions = self._grouped(self._table("conditions"), "qid")
        self._asked: dict[str, Asked] = {}
        self._given: dict[str, str] = {}

    def read(self) -> Foreign:
        self._look_ahead()
        by_group = self._grouped(self._questions, "gid")
        pages: list[dict[str, Any]] = []
        for group in sorted(self._rows("groups", "gid"), key=lambda row: _number(row.get("group_order"))):
            page = self._page(group, by_group.get(group["gid"], []))
            pages += [page] if page else []
        titles = {row.get("surveyls_language", ""): row for row in self._table("surveys_languagesettings")}
        definition: dict[str, Any] = {"pages": pages}
        if title := self._said({tag: row.get("surveyls_title", "") for tag, row in titles.items()}, "survey"):
            definition["title"] = title
        if about := self._said({tag: row.get("surveyls_description", "") for tag, row in titles.items()}, "survey"):
            definition["description"] = about
        self._say_rest()
        return Foreign(definition, title.get("default", ""), self._language, self._report)

    def _say_rest(self) -> None:
        for table in ("quota", "assessments", "defaultvalues"):
            if next(iter(self._table(table)), None) is not None:
                self._report.lost("survey", table, "They are set apart from the questions here.")

    def _look_ahead(self) -> None:
        """Names and shapes of all questions: conditions look ahead."""
        for row in self._questions:
            name = self._names.give(row["title"])
            self._given[row["qid"]] = name
            kind = TYPES.get(row["type"])
            if kind is not None:
                parts = {part["title"]: part["title"] for part in self._parts.get(row["qid"], [])}
                self._asked.setdefault(row["title"], Asked(name, kind.shape, parts))

    def _page(self, group: Row, questions: Sequence[Row]) -> dict[str, Any] | None:
        ordered = sorted(questions, key=lambda row: _number(row.get("question_order")))
        elements = [element for row in ordered for element in self._element(row)]
        place = group.get("group_name", "") or f"group {group['gid']}"
        if not elements:
            self._report.lost(place, "group", "Nothing in it was taken over.")
            return None
        page: dict[str, Any] = {"name": self._names.give(f"page_{group['gid']}"), "elements": elements}
        page |= self._texts(group, "group_name", "title", place) | self._texts(
            group, "description", "description", place
        )
        return page | self._shown(group.get("grelevance", ""), place)

    def _element(self, row: Row) -> Iterator[dict[str, Any]]:
        place, kind = row["title"], TYPES.get(row["type"])
        if kind is None:
            self._report.lost(place, f"type {row['type']}", "There is no such type of question here.")
            return
        if kind.type == "expression":
            yield from self._equation(row, place)
            return
        element = {"type": kind.type, "name": self._given[row["qid"]], **kind.fixed} | self._content(row, kind)
        element |= self._texts(row, "question", "html" if kind.type == "html" else "title", place)
        element |= self._texts(row, "help", "description", place)
        element |= self._demands(row, kind) | self._shown(row.get("relevance", ""), place)
        self._report.taken(place, kind.said)
        if kind.why:
            self._report.changed(place, kind.said, kind.why)
        if row["qid"] in self._conditions and "relevance" not in row:
            self._report.lost(
                place, "conditions", "Open the survey in a newer LimeSurvey and save it: then they are formulas."
            )
        yield element | self._settings(row, kind)

    def _equation(self, row: Row, place: str) -> Iterator[dict[str, Any]]:
        """A value that the form works out, shows and keeps."""
        text = next(iter(self._texts_of(row, "question").values()), "")
        if said := self._translated(text, place, "equation"):
            self._report.taken(place, "equation")
            yield {"type": "expression", "name": self._given[row["qid"]], "expression": said}

    def _content(self, row: Row, kind: Kind) -> dict[str, Any]:
        """Choices, rows, columns and items, from subquestions and answers."""
        parts = sorted(self._parts.get(row["qid"], []), key=lambda part: _number(part.get("question_order")))
        rows = [part for part in parts if part.get("scale_id", "0") in {"", "0"}]
        across = [part for part in parts if part.get("scale_id") == "1"]
        answers = sorted(self._answers.get(row["qid"], []), key=lambda one: _number(one.get("sortorder")))
        first = [one for one in answers if one.get("scale_id", "0") in {"", "0"}]
        rows_of = {"answers": (first, "code", "answer"), "parts": (rows, "title", "question")}
        if kind.content in rows_of:
            return {"choices": self._items(*rows_of[kind.content])}
        if kind.content == "items":
            return {"items": self._named(rows, kind.inner)}
        return self._table_of(row, kind, rows, across, answers) if kind.content else {}

    def _table_of(
        self, row: Row, kind: Kind, rows: Sequence[Row], across: Sequence[Row], answers: Sequence[Row]
    ) -> dict[str, Any]:
        """Rows and columns of an array: the columns are answers, subquestions across, or two scales of answers."""
        scales = [[one for one in answers if (one.get("scale_id") or "0") == scale] for scale in ("0", "1")]
        choices = [self._items(scale, "code", "answer") for scale in scales]
        columns: list[Any] = choices[0]
        if row["type"] in COLUMNS:
            columns = list(COLUMNS[row["type"]])
        elif kind.content == "cells":
            columns = self._named(across, kind.inner)
        elif kind.content == "scales":
            columns = [
                {"name": f"scale_{number}", "cellType": "dropdown", "choices": found}
                for number, found in enumerate(choices, start=1)
            ]
        return {"rows": self._items(rows, "title", "question"), "columns": columns}

    def _named(self, rows: Iterable[Row], inner: Mapping[str, Any]) -> list[dict[str, Any]]:
        items = self._items(rows, "title", "question")
        return [{"name": item["value"], "title": item["text"], **inner} for item in items]

    def _items(self, rows: Iterable[Row], key: str, text: str) -> list[dict[str, Any]]:
        items = []
        for row in rows:
            said = self._said(self._texts_of(row, text), row.get(key, ""))
            items.append({"value": row[key], "text": said or {"default": row[key]}})
        return items

    def _demands(self, row: Row, kind: Kind) -> dict[str, Any]:
        rules: dict[str, Any] = {}
        if row.get("mandatory") == "Y" and kind.type != "html":
            rules["isRequired"] = True
        elif row.get("mandatory") == "S":
            self._report.changed(row["title"], "soft mandatory", "Here a question must be answered or need not be.")
        if row.get("other") == "Y" and kind.content in {"answers", "parts"}:
            rules["showOtherItem"] = True
        if row.get("preg"):
            rules["validators"] = [{"type": "regex", "regex": row["preg"].strip("/")}]
        return rules

    def _settings(self, row: Row, kind: Kind) -> dict[str, Any]:
        """Attributes of a question: those that mean something here; the others are named."""
        set_to: dict[str, Any] = {}
        looks: list[str] = []
        for attribute in self._attributes.get(row["qid"], []):
            name, value = attribute.get("attribute", ""), attribute.get("value", "").strip()
            if value in {"", "0", "N"} or name in LOOKS:
                looks += [name] if value not in {"", "0", "N"} and name in LOOKS and LOOKS[name] else []
            elif name in MEANING and kind.type in MEANING[name].types:
                set_to |= MEANING[name].set_to(value)
            elif name == "em_validation_q":
                said = self._translated(value, row["title"], name, itself=row["title"])
                set_to |= {"validators": [{"type": "expression", "expression": said}]} if said else {}
            else:
                self._report.lost(row["title"], name, f"“{value[:100]}” has no place here.")
        if looks:
            self._report.lost(
                row["title"], "looks", f"Questions look as they do here: {', '.join(sorted(set(looks)))}."
            )
        return set_to

    def _shown(self, relevance: str, place: str) -> dict[str, Any]:
        if relevance.strip() in ALWAYS:
            return {}
        said = self._translated(relevance, place, "relevance")
        return {"visibleIf": said} if said else {}

    def _translated(self, formula: str, place: str, what: str, itself: str | None = None) -> str | None:
        try:
            said = translate(plain_text(formula) if "<" in formula and ">" in formula else formula, self._asked, itself)
        except UntranslatableError as error:
            self._report.lost(place, what, f"“{formula[:200]}” has {error}, which says nothing here.")
            return None
        self._report.changed(place, what, f"“{formula[:200]}” is “{said[:200]}” here.")
        return said

    def _texts(self, row: Row, column: str, key: str, place: str) -> dict[str, Any]:
        said = self._said(self._texts_of(row, column), place)
        return {key: said} if said else {}

    def _said(self, texts: Mapping[str, str], place: str) -> Localised:
        """Texts by language tag, the survey's own as the default."""
        found: dict[str, str] = {}
        for language, text in texts.items():
            words = plain_text(text)
            if words != text.strip():
                self._report.changed(place, "markup", "Texts have no markup here.")
            if words:
                found["default" if language in {"", self._language} else language] = words
        return found

    def _texts_of(self, row: Row, column: str) -> dict[str, str]:
        return {
            key.rpartition("|")[2]: text for key, text in row.items() if key.partition("|")[0] == column and "|" in key
        }

    def _rows(self, table: str, *keys: str) -> list[dict[str, str]]:
        """Rows of a table, one per thing: their texts stand under `column|language`, wherever the file has them."""
        merged: dict[tuple[str, ...], dict[str, str]] = {}
        for row in self._table(table):
            kept = merged.setdefault(tuple(row.get(key, "") for key in keys), dict(row))
            language = row.get("language", "")
            kept |= {f"{column}|{language}": text for column, text in row.items() if column in _TEXTS.get(table, ())}
        self._add_texts(table, merged.values())
        return list(merged.values())

    def _add_texts(self, table: str, rows: Iterable[dict[str, str]]) -> None:
        """Newer files have texts in a table of their own."""
        apart, key = _APART.get(table, ("", ""))
        texts = self._grouped(self._table(apart), key) if apart else {}
        for row in rows:
            for text in texts.get(row.get(key, ""), []):
                columns = [column for column in _TEXTS[table] if text.get(column)]
                row |= {f"{column}|{text.get('language', '')}": text[column] for column in columns}

    def _table(self, name: str) -> Iterator[dict[str, str]]:
        for row in self._root.iterfind(f"{name}/rows/row"):
            yield {cell.tag: cell.text or "" for cell in row}

    @staticmethod
    def _grouped(rows: Iterable[Row], key: str) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            found[row.get(key, "")].append(row)
        return found


_TEXTS: Final = {
    "groups": ("group_name", "description"),
    "questions": ("question", "help"),
    "subquestions": ("question", "help"),
    "answers": ("answer",),
}
_APART: Final = {
    "groups": ("group_l10ns", "gid"),
    "questions": ("question_l10ns", "qid"),
    "subquestions": ("question_l10ns", "qid"),
    "answers": ("answer_l10ns", "aid"),
}


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 0
