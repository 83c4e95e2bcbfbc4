"""CSV that a spreadsheet only shows."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from interlinker_shared.tabular import FORMULA_STARTS, csv_line, csv_lines, looks_like_formula


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00")), min_size=2))
def test_no_cell_begins_like_a_formula_and_none_is_lost(cells: list[str]) -> None:
    (read,) = csv.reader(io.StringIO(csv_line(cells).decode(), newline=""))
    assert not any(cell and cell[0] in FORMULA_STARTS for cell in read)
    assert [undone(cell) for cell in read] == cells


def test_numbers_and_gaps_stay_as_they_are() -> None:
    assert csv_line([-3, None, ""]) == b"-3,,\r\n"


def undone(cell: str) -> str:
    """The very text: a quote before what looks like a formula is not its own."""
    return cell[1:] if cell.startswith("'") and looks_like_formula(cell[1:]) else cell


def test_a_quote_of_somebody_and_one_of_ours_can_be_told_apart() -> None:
    assert csv_line(["=1", "'=1", "''=1", "'quoted'"]) == b"'=1,''=1,'''=1,'quoted'\r\n"


def test_many_lines_come_in_pieces_and_are_the_same_as_one_by_one() -> None:
    rows = [[number, "=1", None, f"text {number}"] for number in range(5000)]
    pieces = list(csv_lines(iter(rows)))
    assert len(pieces) > 1
    assert b"".join(pieces) == b"".join(map(csv_line, rows))


def test_truth_values_are_words_that_every_reader_knows() -> None:
    assert b"".join(csv_lines([[True, False, 1]])) == b"true,false,1\r\n"
