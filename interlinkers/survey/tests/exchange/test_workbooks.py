"""Workbooks, read back by openpyxl: texts stay texts, dates are dates, and a table may be longer than a sheet."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest

from interlinker_survey.exchange import Given, Words, read_book, write_xlsx, xlsx
from interlinker_survey.exchange.xlsx import Sheet, column_letters, write_workbook

NOW = datetime(2026, 11, 24, 20, tzinfo=UTC)
ReadFile = Callable[..., Any]


def sheet_of(*rows: list[Any]) -> Sheet:
    return Sheet("t", lambda: iter([["head"] * len(rows[0]), *rows]))


@pytest.fixture
def book(rich: Any, told: Any, read_file: ReadFile) -> Any:
    """The rich survey as openpyxl reads it."""
    given = Given(read_book(rich), lambda: told, Words("en"), "Title")
    return read_file("xlsx", b"".join(write_xlsx(given, now=NOW)))


def test_there_is_a_sheet_of_responses_one_of_entries_and_the_codebook(book: Any) -> None:
    assert list(book) == ["responses", "kids", "codebook"]
    assert [[cell[0] for cell in row[1:]] for row in book["kids"]] == [
        ["entry", "age", "likes[swings]", "likes[sand]", "born"],
        [1, 5, 0, 1, "2021-02-03T00:00:00"],
        [2, 7, None, None, None],
    ]


def test_cells_have_the_type_of_their_values(book: Any) -> None:
    header, row, _ = book["responses"]
    cells = {name[0]: cell for name, cell in zip(header, row, strict=True)}
    assert cells["age"] == [-2.5, "n", False]
    assert cells["again"] == [True, "b", False]
    assert cells["since"] == ["2001-05-06T00:00:00", "d", False]
    assert cells["submitted_at"] == ["2026-11-24T20:00:01", "d", False]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "'=1"])
def test_a_text_like_a_formula_is_a_quoted_text_and_not_changed(text: str, read_file: ReadFile) -> None:
    found = read_file("xlsx", b"".join(write_workbook([sheet_of([text, "plain"])])))
    assert found["t"][1] == [[text, "s", True], ["plain", "s", False]]


@pytest.mark.parametrize("text", ["<b>&amp;", "  around  ", "two\nlines", "ümlaut 🌳", "]]>", "x" * 40_000])
def test_texts_come_back_as_they_were(text: str, read_file: ReadFile) -> None:
    found = read_file("xlsx", b"".join(write_workbook([sheet_of([text])])))
    assert found["t"][1][0][0] == text[: xlsx.MOST_CHARACTERS]


def test_a_table_longer_than_a_sheet_goes_on_in_the_next(monkeypatch: pytest.MonkeyPatch, read_file: ReadFile) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 3)
    found = read_file("xlsx", b"".join(write_workbook([sheet_of([1], [2], [3], [4], [5])])))
    assert {name: [row[0][0] for row in rows] for name, rows in found.items()} == {
        "t": ["head", 1, 2],
        "t 2": ["head", 3, 4],
        "t 3": ["head", 5],
    }


def test_sheets_have_names_that_are_allowed_and_their_own(read_file: ReadFile) -> None:
    def empty() -> Iterator[list[Any]]:
        return iter([["a"]])

    names = ["a/b:c", "A B C", "x" * 40]
    assert list(read_file("xlsx", b"".join(write_workbook(Sheet(name, empty) for name in names)))) == [
        "a b c",
        "A B C 2",
        "x" * 31,
    ]


def test_pieces_come_while_rows_are_read() -> None:
    read: list[int] = []

    def rows() -> Iterator[list[Any]]:
        yield ["number", "text"]
        for number in range(200_000):
            read.append(number)
            yield [number, f"{number * 7919 % 100_003:x}" * 4]

    pieces = write_workbook([Sheet("t", rows)])
    first = next(pieces)
    assert 0 < len(read) < 100_000
    assert zipfile.ZipFile(BytesIO(first + b"".join(pieces))).testzip() is None


@pytest.mark.parametrize(
    ("index", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")]
)
def test_columns_have_their_letters(index: int, letters: str) -> None:
    assert column_letters(index) == letters
