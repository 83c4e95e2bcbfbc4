"""Lines of CSV (RFC 4180) that a spreadsheet only shows and never runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

FORMULA_STARTS = frozenset("=+-@\t\r\n")


def csv_line(cells: Iterable[Any]) -> bytes:
    """One line in UTF-8 with its line end; a text that begins like a formula gets a quote before it (OWASP, "CSV Injection")."""
    line = io.StringIO()
    csv.writer(line).writerow([_defused(cell) if isinstance(cell, str) else cell for cell in cells])
    return line.getvalue().encode()


def _defused(text: str) -> str:
    return f"'{text}" if text and text[0] in FORMULA_STARTS else text
