"""Lines of CSV (RFC 4180) that a spreadsheet only shows and never runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

FORMULA_STARTS = frozenset("=+-@\t\r\n")
CHUNK = 64 * 1024
_ODD = FORMULA_STARTS | {"'"}


def csv_line(cells: Iterable[Any]) -> bytes:
    """One line in UTF-8 with its line end; a text that begins like a formula gets a quote before it (OWASP, "CSV Injection").

    So does one that begins with quotes and then like a formula: whoever takes one quote away again has the very text.
    """
    line = io.StringIO()
    csv.writer(line).writerow(_defused(cells))
    return line.getvalue().encode()


def csv_lines(rows: Iterable[Iterable[Any]]) -> Iterator[bytes]:
    """The same for many rows, in pieces of about 64 KiB; truth values are `true` and `false`."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow(_defused(row))
        if buffer.tell() > CHUNK:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet might run a text, or somebody who takes quotes away from it."""
    return text[:1] in FORMULA_STARTS or (text[:1] == "'" and text.lstrip("'")[:1] in FORMULA_STARTS)


def _defused(cells: Iterable[Any]) -> list[Any]:
    # Nearly all cells are harmless, and a file has millions: a call for each would take half of the time.
    return [
        cell if type(cell) is int or (type(cell) is str and cell[:1] not in _ODD) else _safe(cell) for cell in cells
    ]


def _safe(cell: Any) -> Any:
    match cell:
        case bool():
            return str(cell).lower()
        case str() if looks_like_formula(cell):
            return f"'{cell}"
    return cell
