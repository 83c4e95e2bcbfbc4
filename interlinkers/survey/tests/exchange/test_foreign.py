"""Surveys from elsewhere: what is taken, changed and lost, item by item; and files that are no surveys."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import pytest

from interlinker_shared.errors import InvalidError
from interlinker_survey.definition import read_definition
from interlinker_survey.exchange.foreign import Fate, Foreign, Report, Source, UnreadableFileError, import_survey
from interlinker_survey.exchange.foreign.archives import MOST_BYTES
from interlinker_survey.exchange.foreign.fitting import fit
from interlinker_survey.exchange.foreign.limesurvey import read_limesurvey
from interlinker_survey.exchange.foreign.surveyjs import read_surveyjs
from interlinker_survey.exchange.foreign.xlsform import read_xlsform

pytest.importorskip("pyxform", reason="XLSForm needs pyxform: interlinker-survey[xlsform]")
openpyxl = pytest.importorskip("openpyxl", reason="comes with pyxform")

Rows = Sequence[Sequence[Any]]

SURVEY: Rows = [
    [
        "type",
        "name",
        "label::English (en)",
        "label::Deutsch (de)",
        "hint::English (en)",
        "relevant",
        "constraint",
        "required",
        "default",
        "calculation",
    ],
    ["begin group", "about", "About you", "Über Sie"],
    ["integer", "age", "Age?", "Alter?", "in years", None, ". >= 18", "yes", "20"],
    ["select_one place", "where", "Where?", "Wo?", None, "${age} > 20"],
    ["select_multiple place", "what", "What, at ${age}?", "Was?"],
    ["end group"],
    ["begin group", "more", "More", "Mehr", None, "selected(${what}, 'park')"],
    ["begin repeat", "kids", "Children", "Kinder"],
    ["text", "kid", "Name", "Name"],
    ["end repeat"],
    ["calculate", "double", None, None, None, None, None, None, None, "${age} * 2"],
    ["note", "thanks", "Thanks", "Danke"],
    ["geopoint", "spot", "Spot", "Ort"],
    ["start", "start"],
    ["end group"],
]
CHOICES: Rows = [
    ["list_name", "name", "label::English (en)", "label::Deutsch (de)"],
    ["place", "park", "Park", "Park"],
    ["place", "school", "School", "Schule"],
]
SETTINGS: Rows = [["form_title", "form_id", "default_language"], ["My form", "f1", "English (en)"]]


def workbook(survey: Rows = SURVEY, choices: Rows = CHOICES, settings: Rows = SETTINGS) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in {"survey": survey, "choices": choices, "settings": settings}.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def found(foreign: Foreign, fate: Fate) -> set[tuple[str, str]]:
    return {(one.place, one.what) for one in foreign.report.findings if one.fate is fate}


def by_name(part: Any) -> dict[str, Mapping[str, Any]]:
    """All named parts of a definition."""
    if isinstance(part, list):
        return {name: one for entry in part for name, one in by_name(entry).items()}
    if not isinstance(part, dict):
        return {}
    mine = {part["name"]: part} if "name" in part else {}
    return mine | {name: one for value in part.values() for name, one in by_name(value).items()}


class TestXlsform:
    def test_groups_that_are_all_become_pages_in_all_languages(self) -> None:
        foreign = read_xlsform(workbook())
        first, second = foreign.definition["pages"]
        assert (foreign.title, foreign.language) == ("My form", "en")
        assert (first["title"], second["title"]) == (
            {"default": "About you", "de": "Über Sie"},
            {"default": "More", "de": "Mehr"},
        )

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("age", {"type": "text", "inputType": "number", "isRequired": True, "defaultValue": 20}),
            (
                "age",
                {
                    "description": {"default": "in years"},
                    "validators": [{"type": "expression", "expression": "{age} >= 18"}],
                },
            ),
            ("where", {"type": "radiogroup", "visibleIf": "{age} > 20"}),
            ("what", {"type": "checkbox", "title": {"default": "What, at {age}?", "de": "Was?"}}),
            ("more", {"visibleIf": "{what} contains 'park'"}),
            ("kids", {"type": "paneldynamic"}),
            ("kid", {"type": "text"}),
            ("thanks", {"type": "html", "html": {"default": "Thanks", "de": "Danke"}}),
        ],
    )
    def test_questions_are_what_they_were(self, name: str, said: Mapping[str, Any]) -> None:
        part = by_name(read_xlsform(workbook()).definition)[name]
        assert {key: part.get(key) for key in said} == said

    def test_what_a_device_notes_and_maps_are_lost_and_named(self) -> None:
        foreign = read_xlsform(workbook())
        assert {("start", "start"), ("spot", "geopoint")} <= found(foreign, Fate.LOST)
        assert {("age", "integer"), ("kids", "repeat")} <= found(foreign, Fate.TAKEN)
        assert ("where", "relevant") in found(foreign, Fate.CHANGED)

    def test_a_choice_filter_becomes_a_condition_of_each_choice(self) -> None:
        survey = [
            ["type", "name", "label", "choice_filter"],
            ["text", "land", "Land"],
            ["select_one town", "t", "T", "in=${land}"],
        ]
        choices = [["list_name", "name", "label", "in"], ["town", "lugo", "Lugo", "es"], ["town", "linz", "Linz", "at"]]
        part = by_name(read_xlsform(workbook(survey, choices)).definition)["t"]
        assert [choice["visibleIf"] for choice in part["choices"]] == ["'es' = {land}", "'at' = {land}"]

    @pytest.mark.parametrize("survey", [[["type", "name", "label"], ["select_one nolist", "a", "A"]], [["a"], ["b"]]])
    def test_a_workbook_that_is_no_form_is_refused_with_what_is_wrong(self, survey: Rows) -> None:
        with pytest.raises(UnreadableFileError, match="XLSForm"):
            read_xlsform(workbook(survey))

    def test_a_workbook_that_grows_beyond_measure_is_not_opened(self) -> None:
        content = BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
        with pytest.raises(UnreadableFileError, match="too large"):
            read_xlsform(content.getvalue())

    def test_entities_in_a_workbook_are_refused(self) -> None:
        content = BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("xl/workbook.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
        with pytest.raises(UnreadableFileError, match="document type"):
            read_xlsform(content.getvalue())


def lss(**tables: Sequence[Mapping[str, str]]) -> bytes:
    parts = [f"<{name}><rows>{''.join(_row(row) for row in rows)}</rows></{name}>" for name, rows in tables.items()]
    head = "<LimeSurveyDocType>Survey</LimeSurveyDocType><DBVersion>477</DBVersion>"
    return f"<?xml version='1.0' encoding='UTF-8'?><document>{head}{''.join(parts)}</document>".encode()


def _row(row: Mapping[str, str]) -> str:
    return f"<row>{''.join(f'<{key}><![CDATA[{value}]]></{key}>' for key, value in row.items())}</row>"


def question(qid: str, type: str, title: str, **more: str) -> dict[str, str]:
    return {
        "qid": qid,
        "parent_qid": "0",
        "gid": "1",
        "type": type,
        "title": title,
        "question_order": qid,
        "relevance": "1",
    } | more


def part(qid: str, parent: str, title: str, scale: str = "0") -> dict[str, str]:
    return {"qid": qid, "parent_qid": parent, "title": title, "question_order": qid, "scale_id": scale}


TABLES: dict[str, list[dict[str, str]]] = {
    "groups": [{"gid": "1", "group_order": "1", "grelevance": ""}],
    "group_l10ns": [
        {"gid": "1", "group_name": "First", "language": "en"},
        {"gid": "1", "group_name": "Erste", "language": "de"},
    ],
    "questions": [
        question("1", "L", "place", mandatory="Y", other="Y"),
        question("2", "M", "wish", relevance='((place.NAOK == "A1"))'),
        question("3", "N", "age"),
        question("4", "F", "rate", relevance="rand() > 1"),
        question("5", ":", "use"),
        question("6", "*", "double"),
        question("7", "Y", "again", mandatory="S"),
        question("8", "I", "tongue"),
    ],
    "subquestions": [
        part("21", "2", "SQ001"),
        part("41", "4", "R1"),
        part("51", "5", "Y1"),
        part("52", "5", "X1", "1"),
    ],
    "question_l10ns": [
        {"qid": "1", "question": "<p>Where <b>exactly</b>?</p>", "help": "Say it", "language": "en"},
        {"qid": "1", "question": "Wo genau?", "language": "de"},
        {"qid": "21", "question": "Shade", "language": "en"},
        {"qid": "6", "question": "{age * 2}", "language": "en"},
    ],
    "answers": [
        {"aid": "1", "qid": "1", "code": "A1", "sortorder": "1", "scale_id": "0"},
        {"aid": "2", "qid": "4", "code": "B1", "sortorder": "1"},
    ],
    "answer_l10ns": [
        {"aid": "1", "answer": "Park", "language": "en"},
        {"aid": "1", "answer": "Im Park", "language": "de"},
    ],
    "question_attributes": [
        {"qid": "2", "attribute": "max_answers", "value": "1"},
        {"qid": "2", "attribute": "array_filter", "value": "place"},
        {"qid": "3", "attribute": "min_num_value_n", "value": "18"},
        {"qid": "3", "attribute": "suffix", "value": "years"},
        {"qid": "3", "attribute": "statistics_showgraph", "value": "1"},
    ],
    "surveys": [{"sid": "1", "language": "en", "additional_languages": "de"}],
    "surveys_languagesettings": [
        {"surveyls_language": "en", "surveyls_title": "Town"},
        {"surveyls_language": "de", "surveyls_title": "Stadt"},
    ],
    "quota": [{"id": "1"}],
}


class TestLimeSurvey:
    def test_groups_are_pages_and_texts_are_in_all_languages_without_markup(self) -> None:
        foreign = read_limesurvey(lss(**TABLES))
        (page,) = foreign.definition["pages"]
        assert (page["title"], foreign.title, foreign.language) == ({"default": "First", "de": "Erste"}, "Town", "en")
        assert by_name(page)["place"]["title"] == {"default": "Where exactly?", "de": "Wo genau?"}

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            (
                "place",
                {"type": "radiogroup", "isRequired": True, "showOtherItem": True, "description": {"default": "Say it"}},
            ),
            ("place", {"choices": [{"value": "A1", "text": {"default": "Park", "de": "Im Park"}}]}),
            ("wish", {"type": "checkbox", "visibleIf": "{place} = 'A1'", "maxSelectedChoices": 1}),
            ("age", {"type": "text", "inputType": "number", "min": 18}),
            ("rate", {"type": "matrix", "columns": [{"value": "B1", "text": {"default": "B1"}}]}),
            ("use", {"type": "matrixdropdown", "rows": [{"value": "Y1", "text": {"default": "Y1"}}]}),
            ("X1", {"cellType": "text", "inputType": "number"}),
            ("double", {"type": "expression", "expression": "{age} * 2"}),
            ("again", {"type": "boolean"}),
        ],
    )
    def test_questions_are_what_they_were(self, name: str, said: Mapping[str, Any]) -> None:
        found_part = by_name(read_limesurvey(lss(**TABLES)).definition)[name]
        assert {key: found_part.get(key) for key in said} == said

    def test_what_is_lost_is_named_with_its_reason(self) -> None:
        foreign = read_limesurvey(lss(**TABLES))
        lost = found(foreign, Fate.LOST)
        assert {
            ("wish", "array_filter"),
            ("rate", "relevance"),
            ("tongue", "type I"),
            ("age", "looks"),
            ("survey", "quota"),
        } <= lost
        assert {("again", "soft mandatory"), ("place", "markup"), ("wish", "relevance")} <= found(foreign, Fate.CHANGED)
        assert all(one.why for one in foreign.report.findings if one.fate is not Fate.TAKEN)

    def test_old_files_with_texts_beside_each_row_are_read_too(self) -> None:
        questions = [
            question("1", "S", "name", question="Your name?", language="en"),
            question("1", "S", "name", question="Ihr Name?", language="de"),
        ]
        groups = [{"gid": "1", "group_name": "G", "language": "en"}, {"gid": "1", "group_name": "H", "language": "de"}]
        foreign = read_limesurvey(lss(groups=groups, questions=questions, surveys=[{"language": "de"}]))
        assert by_name(foreign.definition)["name"]["title"] == {"en": "Your name?", "default": "Ihr Name?"}

    @pytest.mark.parametrize(
        "content",
        [
            b"<document/>",
            b"<document><LimeSurveyDocType>Group</LimeSurveyDocType></document>",
            b"<document>",
            b"PK\x03\x04",
            b'<!DOCTYPE a [<!ENTITY b "c">]><document>&b;</document>',
            b"",
            b"<?xml version='1.0' encoding='UTF-7'?><a/>",
        ],
        ids=["empty", "group", "torn", "zip", "entities", "nothing", "encoding"],
    )
    def test_what_is_no_survey_is_refused(self, content: bytes) -> None:
        with pytest.raises(UnreadableFileError):
            read_limesurvey(content)


class TestSurveyJS:
    def test_old_names_of_keys_are_those_of_today(self) -> None:
        raw = {
            "title": "T",
            "locale": "de",
            "elements": [{"type": "radiogroup", "name": "a", "hasOther": True, "choices": [1]}],
        }
        foreign = read_surveyjs(json.dumps(raw).encode())
        assert by_name(foreign.definition)["a"]["showOtherItem"] is True
        assert (foreign.title, foreign.language) == ("T", "de")
        assert ("a", "hasOther") in found(foreign, Fate.CHANGED)

    @pytest.mark.parametrize("content", [b"{}", b"[1]", b"\xff", b"{", b"null", b"[" * 100_000], ids=range(6))
    def test_what_is_no_definition_is_refused(self, content: bytes) -> None:
        with pytest.raises(UnreadableFileError):
            read_surveyjs(content)


class TestFitting:
    def test_what_the_profile_refuses_is_taken_out_and_named_and_the_rest_stays(self) -> None:
        raw = {
            "logo": "x.png",
            "elements": [
                {"type": "text", "name": "a", "placeholderColour": "red", "title": "A"},
                {"type": "telepathy", "name": "b"},
                {"type": "radiogroup", "name": "c", "choices": [1, 2, 2], "colour": 1},
            ],
        }
        report = Report()
        fitted = fit(raw, report)
        read_definition(fitted)
        assert by_name(fitted)["a"] == {"type": "text", "name": "a", "title": "A"}
        assert by_name(fitted)["c"] == {"type": "radiogroup", "name": "c", "choices": [1, 2]}
        lost = {(one.place, one.what) for one in report.findings}
        assert lost == {
            ("/logo", "logo"),
            ("a", "placeholderColour"),
            ("/elements/1", "telepathy b"),
            ("c", "2"),
            ("c", "colour"),
        }

    def test_what_is_right_stays_as_it_is(self, definition: dict[str, Any]) -> None:
        report = Report()
        assert fit(definition, report) == definition
        assert report.findings == []

    def test_a_survey_of_nothing_that_is_offered_is_refused(self) -> None:
        raw = {"elements": [{"type": "telepathy", "name": "b"}]}
        with pytest.raises(InvalidError):
            fit(raw, Report())

    @pytest.mark.parametrize(
        ("source", "content"),
        [
            (Source.XLSFORM, workbook()),
            (Source.LSS, lss(**TABLES)),
            (Source.SURVEYJS, json.dumps({"elements": [{"type": "text", "name": "a"}]}).encode()),
        ],
        ids=["xlsform", "lss", "surveyjs"],
    )
    def test_every_source_gives_a_definition_that_can_be_offered(self, source: Source, content: bytes) -> None:
        read_definition(import_survey(source, content).definition)

    def test_a_file_that_is_too_large_is_not_read(self) -> None:
        with pytest.raises(UnreadableFileError, match="larger"):
            import_survey(Source.SURVEYJS, b" " * (MOST_BYTES + 1))
