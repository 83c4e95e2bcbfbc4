"""SPSS system files (.sav), written case by case: a stream of any length, with labels in UTF-8.

Format: GNU PSPP's developer's guide, "System File Format". Data is compressed by the format's own bytecode: small whole numbers,
blanks and what is missing take a byte.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from interlinker_survey.exchange.variables import Cell

CHUNK: Final = 64 * 1024
LONGEST: Final = 32_767
"""Bytes of a text that SPSS can keep; a longer one is cut between characters."""
LONGEST_LABEL: Final = 120
LONGEST_TITLE: Final = 255
LONGEST_NAME: Final = 64
NOMINAL, ORDINAL, SCALE = 1, 2, 3

_WIDEST, _PART = 255, 252  # bytes of a single text variable; of the parts into which a longer one is divided
_ELEMENT: Final = 8
_LOWEST: Final = -1.7976931348623155e308
_LARGEST: Final = 1.7976931348623157e308
_BIAS, _LEAST, _MOST = 100, -99, 151
_LITERAL, _BLANK, _MISSING = 253, 254, 255
_SECONDS: Final = 86_400
_ZERO: Final = date(1582, 10, 14).toordinal()
_F, _A, _DATETIME, _SDATE = 5, 1, 22, 39
_RESERVED: Final = frozenset({"ALL", "AND", "BY", "EQ", "GE", "GT", "LE", "LT", "NE", "NOT", "OR", "TO", "WITH"})

Packed = tuple[bytes, bytes]
"""Bytecodes, and the eight bytes for each that is a literal."""


@dataclass(frozen=True, slots=True)
class Column:
    """A variable of the file: a number, or a text of `width` bytes. `labels` are of numbers.

    `day` and `moment` are numbers that look like a date: their cells are texts in ISO 8601.
    """

    name: str
    title: str = ""
    width: int = 0
    measure: int = SCALE
    labels: Sequence[tuple[float, str]] = ()
    day: bool = False
    moment: bool = False
    decimals: int = 0

    @property
    def parts(self) -> list[int]:
        """The widths of the parts in which it is kept; one but for long texts."""
        if self.width <= _WIDEST:
            return [self.width]
        count = -(-self.width // _PART)
        return [_WIDEST] * (count - 1) + [self.width - (count - 1) * _PART]

    @property
    def elements(self) -> int:
        """How many times eight bytes a case has for it."""
        return sum(_elements(width) for width in self.parts)

    @property
    def shape(self) -> int:
        """How SPSS shows it: type, width and decimals in one number."""
        if self.day:
            return _SDATE << 16 | 10 << 8
        return _DATETIME << 16 | 20 << 8 if self.moment else _F << 16 | 12 << 8 | self.decimals


def write_sav(
    columns: Sequence[Column], rows: Iterable[Sequence[Cell]], *, cases: int, title: str, now: datetime
) -> Iterator[bytes]:
    """The file in pieces; `cases` rows are to come, each with a cell per column."""
    yield b"".join(_dictionary(columns, cases, title, now.astimezone(UTC)))
    packers = [_packer(column) for column in columns]
    waiting = _Waiting()
    for row in rows:
        for pack, cell in zip(packers, row, strict=True):
            waiting.add(pack(cell))
        if waiting.size > CHUNK:
            yield waiting.blocks()
    yield waiting.rest()


def tidy_names(names: Iterable[str]) -> list[str]:
    """Names that SPSS takes: letters, digits and `_`, at most 64 bytes, each once whatever the case."""
    tidy: list[str] = []
    taken: set[str] = set()
    for name in names:
        base = _cut(re.sub(r"\W+", "_", name).strip("_") or "V", LONGEST_NAME)
        base = base if base[0].isalpha() else f"V_{base}"
        base = f"{base}_" if base.upper() in _RESERVED else base
        one, number = _cut(base, LONGEST_NAME), 1
        while one.upper() in taken:
            number += 1
            one = f"{_cut(base, LONGEST_NAME - 6)}_{number}"
        taken.add(one.upper())
        tidy.append(one)
    return tidy


class _Waiting:
    """Bytecodes that are not written yet: they go out by eight, each eight followed by its literals."""

    def __init__(self) -> None:
        self._codes = bytearray()
        self._literals = bytearray()

    @property
    def size(self) -> int:
        return len(self._codes) + len(self._literals)

    def add(self, packed: Packed) -> None:
        codes, literals = packed
        self._codes += codes
        self._literals += literals

    def blocks(self) -> bytes:
        """All that are whole."""
        whole = len(self._codes) // _ELEMENT * _ELEMENT
        found: list[bytes] = []
        at = 0
        for start in range(0, whole, _ELEMENT):
            codes = bytes(self._codes[start : start + _ELEMENT])
            end = at + codes.count(_LITERAL) * _ELEMENT
            found += (codes, bytes(self._literals[at:end]))
            at = end
        del self._codes[:whole], self._literals[:at]
        return b"".join(found)

    def rest(self) -> bytes:
        """What is left; codes of 0 fill the last eight up."""
        self._codes += bytes(-len(self._codes) % _ELEMENT)
        return self.blocks()


def _packer(column: Column) -> Callable[[Cell], Packed]:
    if column.width:
        return lambda cell: _text(cell, column.width, column.elements)
    if column.day or column.moment:
        return lambda cell: _number(_seconds(cell))
    return _number


def _number(cell: Cell) -> Packed:
    if not isinstance(cell, int | float):
        return bytes((_MISSING,)), b""
    if _LEAST <= cell <= _MOST and cell == int(cell):
        return bytes((int(cell) + _BIAS,)), b""
    return bytes((_LITERAL,)), struct.pack("<d", cell)


def _text(cell: Cell, width: int, elements: int) -> Packed:
    if cell is None or cell == "":
        return bytes((_BLANK,)) * elements, b""
    data = _cut(str(cell), width).encode()
    if width > _WIDEST:  # a part has 255 bytes of the text, and one that fills up its last element
        data = b" ".join(data[start : start + _WIDEST] for start in range(0, len(data), _WIDEST))
    used = _elements(len(data))
    codes = bytes((_LITERAL,)) * used + bytes((_BLANK,)) * (elements - used)
    return codes, data.ljust(used * _ELEMENT)


def _seconds(cell: Cell) -> float | None:
    """Since the Gregorian calendar began, in UTC; None for what is no date."""
    if not isinstance(cell, str):
        return None
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        return None
    days = float(moment.toordinal() - _ZERO)
    return days * _SECONDS + moment.hour * 3600 + moment.minute * 60 + moment.second


def _dictionary(columns: Sequence[Column], cases: int, title: str, now: datetime) -> Iterator[bytes]:
    """All that comes before the data."""
    yield _header(sum(column.elements for column in columns), cases, title, now)
    shorts = _Shorts(columns)
    for column in columns:
        yield from _variable(column, shorts.of[column.name])
    index = 1
    for column in columns:
        yield _labels(column, index)
        index += column.elements
    yield _extension(3, 4, struct.pack("<8i", 1, 0, 0, -1, 1, 1, 2, 65001))
    yield _extension(4, 8, struct.pack("<3d", -_LARGEST, _LARGEST, _LOWEST))
    shown = [struct.pack("<3i", column.measure, 12, int(not column.width)) for column in columns for _ in column.parts]
    yield _extension(11, 4, b"".join(shown))
    yield _extension(13, 1, "\t".join(f"{shorts.of[one.name][0]}={one.name}" for one in columns).encode())
    wide = [f"{shorts.of[one.name][0]}={one.width:05}\0\t" for one in columns if one.width > _WIDEST]
    yield _extension(14, 1, "".join(wide).encode()) if wide else b""
    yield _extension(20, 1, b"UTF-8")
    yield struct.pack("<2i", 999, 0)


class _Shorts:
    """The names of eight bytes that the format wants, one per part of a variable."""

    def __init__(self, columns: Iterable[Column]) -> None:
        self.of: dict[str, list[str]] = {}
        taken = 0
        for column in columns:
            count = len(column.parts)
            self.of[column.name] = [f"V{taken + number}" for number in range(1, count + 1)]
            taken += count


def _header(elements: int, cases: int, title: str, now: datetime) -> bytes:
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    day = f"{now.day:02} {months[now.month - 1]} {now.year % 100:02}"
    return b"".join(
        (
            b"$FL2" + b"@(#) SPSS DATA FILE interlinker-survey".ljust(60),
            struct.pack("<5id", 2, elements, 1, 0, cases, _BIAS),
            day.encode() + f"{now:%H:%M:%S}".encode(),
            _padded(title, 64) + bytes(3),
        )
    )


def _variable(column: Column, shorts: Sequence[str]) -> Iterator[bytes]:
    """A record per part, each followed by one for each further element of it."""
    for number, (short, width) in enumerate(zip(shorts, column.parts, strict=True)):
        shape = _A << 16 | width << 8 if column.width else column.shape
        title = _cut(column.title, LONGEST_TITLE).encode() if number == 0 else b""
        yield struct.pack("<6i", 2, width, int(bool(title)), 0, shape, shape) + _padded(short, 8)
        if title:
            yield struct.pack("<i", len(title)) + title + bytes(-len(title) % 4)
        further = struct.pack("<6i", 2, -1, 0, 0, 0, 0) + b" " * 8
        yield further * (_elements(width) - 1)


def _labels(column: Column, index: int) -> bytes:
    """The labels of a variable's values, if it has any."""
    if not column.labels:
        return b""
    found = [struct.pack("<2i", 3, len(column.labels))]
    for value, text in column.labels:
        label = _cut(text, LONGEST_LABEL).encode()
        found.append(struct.pack("<d", value) + bytes((len(label),)) + label + b" " * (-(len(label) + 1) % _ELEMENT))
    return b"".join(found) + struct.pack("<3i", 4, 1, index)


def _extension(kind: int, size: int, data: bytes) -> bytes:
    return struct.pack("<4i", 7, kind, size, len(data) // size) + data


def _elements(width: int) -> int:
    return max(1, -(-width // _ELEMENT))


def _padded(text: str, width: int) -> bytes:
    return _cut(text, width).encode().ljust(width)


def _cut(text: str, width: int) -> str:
    """At most so many bytes, and no half of a character."""
    data = text.encode()
    return text if len(data) <= width else data[:width].decode(errors="ignore")
