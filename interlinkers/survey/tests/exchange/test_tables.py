"""Responses as rows: a column per variable, per choice, row, item and cell; in codes or in words."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import pytest

from interlinker_survey.exchange import Given, Layout, Values, Words, read_book, write_codebook, write_csv

NAMES = [
    *(
        "place",
        "place-Comment",
        "who[young]",
        "who[2]",
        "order[a]",
        "order[b]",
        "order[c]",
        "mood",
        "again",
        "idea",
        "age",
    ),
    *(
        "since",
        "rate[bus]",
        "rate[tram]",
        "use[bus][often]",
        "use[bus][why]",
        "contact[mail]",
        "contact[phone]",
        "kids",
    ),
    "score",
]


def read(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def table(rich: Any, told: Sequence[Any], words: Words, **how: Any) -> list[dict[str, str]]:
    return read(b"".join(write_csv(Given(read_book(rich), lambda: told, words, "T"), **how)))


def test_each_question_choice_row_item_and_cell_has_its_column(rich: Any) -> None:
    assert [variable.name for variable in read_book(rich).variables] == NAMES


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("response", "00000000-0000-0000-0000-000000000001"),
        ("place", "other"),
        ("place-Comment", "At sea"),
        ("who[young]", "1"),
        ("who[2]", "0"),
        ("order[c]", "1"),
        ("order[b]", "3"),
        ("mood", "4"),
        ("again", "true"),
        ("idea", "'=1+1"),
        ("age", "-2.5"),
        ("rate[bus]", "good"),
        ("rate[tram]", ""),
        ("use[bus][often]", "3"),
        ("contact[mail]", "ana@example.org"),
        ("kids", '[{"age":5,"likes":["sand"],"born":"2021-02-03"},{"age":7}]'),
        ("score", "-5"),
    ],
)
def test_a_cell_holds_the_code_and_numbers_stay_numbers(rich: Any, told: Any, column: str, cell: str) -> None:
    assert table(rich, told, Words("en"))[0][column] == cell


def test_who_did_not_answer_has_empty_cells_and_no_zeros(rich: Any, told: Any) -> None:
    row = table(rich, told, Words("en"))[1]
    assert {row[name] for name in NAMES} == {""}


@pytest.mark.parametrize(
    ("language", "place", "again"),
    [("en", "Other", "Gladly"), ("de-AT", "Anderes", "Gladly"), ("es", "Otra cosa", "Con gusto")],
)
def test_labels_are_in_the_language_asked_for(rich: Any, told: Any, language: str, place: str, again: str) -> None:
    row = table(rich, told, Words(language, Values.LABELS))[0]
    asked = {"en": "Where?", "de-AT": "Wo?", "es": "¿Dónde?"}[language]
    assert (row[asked], row["again"]) == (place, again)
    assert row["Who? [Old]"] == "0"


def test_columns_with_the_same_words_are_told_apart_by_their_names() -> None:
    elements = [{"type": "text", "name": name, "title": "Why?"} for name in ("a", "b")]
    assert Words("en", Values.LABELS).header(read_book({"elements": elements}).variables) == ["Why? (a)", "Why? (b)"]


def test_the_long_layout_has_a_row_per_value_and_entry(rich: Any, told: Any) -> None:
    rows = table(rich, told, Words("en"), layout=Layout.LONG)
    found = [(row["variable"], row["entry"], row["value"], row["label"]) for row in rows]
    assert ("who", "", "young", "young") in found
    assert ("kids[age]", "2", "7", "") in found
    assert ("kids[likes]", "1", "sand", "sand") in found
    assert ("place", "", "other", "Other") in found
    assert not [entry for entry in found if entry[0] == "who" and entry[2] == "2"]
    assert {row["response"] for row in rows} == {"00000000-0000-0000-0000-000000000001"}


def test_a_question_keeps_a_name_that_files_use_themselves() -> None:
    book = read_book({"elements": [{"type": "text", "name": "language"}]})
    (row,) = read(b"".join(write_csv(Given(book, list, Words("en"), "T")))) or [{}]
    assert row == {}
    assert b"response,submitted_at,_language,channel,version,language" in b"".join(
        write_csv(Given(book, list, Words("en"), "T"))
    )


def test_a_byte_order_mark_comes_only_when_asked_for(rich: Any, told: Any) -> None:
    given = Given(read_book(rich), lambda: told, Words("en"), "T")
    starts = [b"".join(write_csv(given, mark=mark))[:3] for mark in (True, False)]
    assert starts == [b"\xef\xbb\xbf", b"res"]


def test_the_codebook_says_what_columns_and_codes_mean(rich: Any) -> None:
    rows = read(b"".join(write_codebook(read_book(rich), "de")))
    assert {row["variable"] for row in rows} == {
        *NAMES,
        "kids[age]",
        "kids[likes[swings]]",
        "kids[likes[sand]]",
        "kids[born]",
    }
    school = next(row for row in rows if row["value"] == "school")
    assert (school["variable"], school["kind"], school["title"], school["label"]) == (
        "place",
        "nominal",
        "Wo?",
        "In der Schule",
    )
