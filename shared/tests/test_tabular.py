"""CSV that a spreadsheet only shows."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from interlinker_shared.tabular import FORMULA_STARTS, csv_line


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00")), min_size=2))
def test_no_cell_begins_like_a_formula_and_none_is_lost(cells: list[str]) -> None:
    (read,) = csv.reader(io.StringIO(csv_line(cells).decode(), newline=""))
    assert not any(cell and cell[0] in FORMULA_STARTS for cell in read)
    assert [cell.removeprefix("'") for cell in read] == [cell.removeprefix("'") for cell in cells]


def test_numbers_and_gaps_stay_as_they_are() -> None:
    assert csv_line([-3, None, ""]) == b"-3,,\r\n"
