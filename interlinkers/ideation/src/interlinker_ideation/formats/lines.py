"""What all formats share: complaints that name the line and the field, text from bytes, and output in pieces."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from interlinker_shared.errors import FieldError, InvalidError

CHUNK = 64 * 1024
MOST_COMPLAINTS = 100
"""A file of another kind is wrong in every line; nobody reads more."""


class Complaints:
    """Collects what is wrong with a file, so that one reading names all of it; pointers are `/<line>/<field>`."""

    def __init__(self, error: type[InvalidError]) -> None:
        self.found: list[FieldError] = []
        self._error = error

    def add(self, line: int, field: str, message: str) -> None:
        if len(self.found) < MOST_COMPLAINTS:
            self.found.append(FieldError(f"/{line}/{field}", f"line {line}, {field}: {message}", self._error.slug))

    def whole(self, line: int, field: str, text: str) -> int:
        """The text as a whole number of at least 0; complains and gives 0 otherwise."""
        if text.isascii() and text.isdigit():
            return int(text)
        self.add(line, field, f"{text!r} is not a whole number")
        return 0

    def raise_if_any(self, message: str) -> None:
        if self.found:
            raise self._error(message, fields=tuple(self.found))


def decode(data: bytes, error: type[InvalidError]) -> str:
    """UTF-8, with or without a byte order mark; another encoding is refused with the line where it shows."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = data.count(b"\n", 0, wrong.start) + 1
        raise error(f"line {line}: not UTF-8", pointer=f"/{line}") from None


def table(text: str, needed: Iterable[str], complaints: Complaints) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV table with a header (RFC 4180), each with the line it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    line = 1
    try:
        for cells in reader:
            if header is None:
                header = [cell.strip() for cell in cells]
                for column in [name for name in needed if name not in header]:
                    complaints.add(line, column, "this column is missing")
            elif any(cells) and len(cells) != len(header):
                complaints.add(line, "row", f"{len(cells)} fields where the header has {len(header)}")
            elif any(cells) and not complaints.found:
                yield line, dict(zip(header, cells, strict=True))
            elif any(cells):
                yield line, dict.fromkeys(needed, "") | dict(zip(header, cells, strict=True))
            line = reader.line_num + 1
    except csv.Error as wrong:
        complaints.add(line, "quoting", str(wrong))
    if header is None:
        complaints.add(1, "header", "the file is empty")


def pieces(lines: Iterable[str]) -> Iterator[bytes]:
    """Lines as bytes, some 64 KiB at a time."""
    buffer = io.StringIO()
    for line in lines:
        buffer.write(f"{line}\n")
        if buffer.tell() > CHUNK:
            yield drain(buffer)
    yield drain(buffer)


def csv_rows(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[bytes]:
    """A CSV table in pieces, with a line feed after each row."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow(row)
        if buffer.tell() > CHUNK:
            yield drain(buffer)
    yield drain(buffer)


def drain(buffer: io.StringIO) -> bytes:
    """What is in the buffer, which is empty then."""
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
