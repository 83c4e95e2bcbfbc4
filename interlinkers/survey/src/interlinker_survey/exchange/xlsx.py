"""Workbooks (Office Open XML, ECMA-376 part 1) written row by row: a stream of any length, no temporary file.

Texts are stored as texts, so that no spreadsheet runs them; one that begins like a formula is marked as quoted besides, which
keeps it a text when somebody edits the cell. Numbers, truth values, dates and times are what they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import chain
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from interlinker_shared.tabular import looks_like_formula
from interlinker_survey.exchange.variables import Cell
from interlinker_survey.exchange.zipped import Part, zipped

MOST_ROWS: Final = 1_048_576
MOST_COLUMNS: Final = 16_384
MOST_CHARACTERS: Final = 32_767
NAME_LENGTH: Final = 31
CHUNK: Final = 64 * 1024
QUOTED, DAY, MOMENT, HEAD = 1, 2, 3, 4
"""Indexes into the cell formats of `_STYLES`."""

_ZERO: Final = date(1899, 12, 30).toordinal()
_SAFE_DAY: Final = date(1900, 3, 1)  # before it Excel counts a day that never was
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NS: Final = "http://schemas.openxmlformats.org"
_DECLARED: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLES: Final = (
    f'{_DECLARED}<styleSheet xmlns="{_NS}/spreadsheetml/2006/main">'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/>'
    '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="22" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with a heading. Texts in the columns named by `days` and `moments` are ISO 8601."""

    name: str
    rows: Callable[[], Iterator[Sequence[Cell]]]
    days: frozenset[int] = frozenset()
    moments: frozenset[int] = frozenset()


def write_workbook(sheets: Iterable[Sheet], *, now: datetime | None = None) -> Iterator[bytes]:
    """The workbook in pieces. A table with more rows than a sheet may have goes on in further sheets."""
    written: list[str] = []
    return zipped(chain(_tables(sheets, written), _rest(written)), now=now)


def _tables(sheets: Iterable[Sheet], written: list[str]) -> Iterator[Part]:
    for sheet in sheets:
        rows = _Rows(sheet.rows())
        while not rows.ended:
            written.append(_name(sheet.name, written))
            yield f"xl/worksheets/sheet{len(written)}.xml", _sheet(sheet, rows)


class _Rows:
    """Rows that know their heading, how many fill a sheet and whether there are more."""

    def __init__(self, rows: Iterator[Sequence[Cell]]) -> None:
        self.heading = next(rows)
        self.ended = False
        self._rows = rows
        self._next = next(rows, None)

    def of_a_sheet(self) -> Iterator[Sequence[Cell]]:
        left = MOST_ROWS - 1
        while self._next is not None and left:
            yield self._next
            self._next = next(self._rows, None)
            left -= 1
        self.ended = self._next is None


def _sheet(sheet: Sheet, rows: _Rows) -> Iterator[bytes]:
    yield (
        f'{_DECLARED}<worksheet xmlns="{_NS}/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
    ).encode()
    letters = [column_letters(index) for index in range(len(rows.heading))]
    yield _row(letters, 1, [_text(str(cell), HEAD) for cell in rows.heading])
    writers = [_writer(index, sheet) for index in range(len(letters))]
    kept: list[bytes] = []
    size = 0
    for number, row in enumerate(rows.of_a_sheet(), start=2):
        line = _row(letters, number, [write(cell) for write, cell in zip(writers, row, strict=True)])
        kept.append(line)
        size += len(line)
        if size > CHUNK:
            yield b"".join(kept)
            kept, size = [], 0
    yield b"".join(kept) + b"</sheetData></worksheet>"


def _row(letters: Sequence[str], number: int, cells: Sequence[str]) -> bytes:
    inner = [f'<c r="{letter}{number}"{cell}' for letter, cell in zip(letters, cells, strict=True) if cell]
    return f'<row r="{number}">{"".join(inner)}</row>'.encode()


def _writer(index: int, sheet: Sheet) -> Callable[[Cell], str]:
    if index in sheet.days:
        return _day
    return _moment if index in sheet.moments else _cell


def _cell(value: Cell) -> str:
    """A cell from behind its address on; nothing where it is empty."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return _known(value)
    if isinstance(value, bool):
        return f' t="b"><v>{int(value)}</v></c>'
    return f"><v>{value!r}</v></c>"


@lru_cache(maxsize=4096)
def _short(value: str) -> str:
    return _text(value, QUOTED if looks_like_formula(value) else 0)


def _known(value: str) -> str:
    """Codes and labels come again and again; what people write does not."""
    return _short(value) if len(value) < 80 else _text(value, QUOTED if looks_like_formula(value) else 0)  # noqa: PLR2004


def _text(value: str, style: int) -> str:
    text = escape(_CONTROL.sub("", value[:MOST_CHARACTERS]))
    kept = ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""
    marked = f' s="{style}"' if style else ""
    return f'{marked} t="inlineStr"><is><t{kept}>{text}</t></is></c>'


def _day(value: Cell) -> str:
    if isinstance(value, str) and (day := _read(value)) is not None and day >= _SAFE_DAY:
        return f' s="{DAY}"><v>{day.toordinal() - _ZERO}</v></c>'
    return _cell(value)


def _read(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _moment(value: Cell) -> str:
    """In UTC: a cell knows no zone."""
    if not isinstance(value, str):
        return _cell(value)
    moment = datetime.fromisoformat(value)
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return f' s="{MOMENT}"><v>{moment.toordinal() - _ZERO + seconds / 86400:.9f}</v></c>'


def column_letters(index: int) -> str:
    """A for 0, Z for 25, AA for 26."""
    letters = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _name(wanted: str, taken: list[str]) -> str:
    """A name that a sheet may have, and no other has."""
    base = re.sub(r"[\[\]:*?/\\']", " ", wanted)[:NAME_LENGTH].strip() or "Sheet"
    known = {name.casefold() for name in taken}
    name, number = base, 1
    while name.casefold() in known:
        number += 1
        end = f" {number}"
        name = base[: NAME_LENGTH - len(end)] + end
    return name


def _rest(names: Sequence[str]) -> Iterator[Part]:
    """What says how the sheets belong together; it comes last, for only now it is known how many there are."""
    numbers = range(1, len(names) + 1)
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(names, start=1)
    )
    relations = "".join(_relation(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in numbers)
    last = len(names) + 1
    yield (
        "xl/workbook.xml",
        _xml(
            f'<workbook xmlns="{_NS}/spreadsheetml/2006/main" xmlns:r="{_NS}/officeDocument/2006/relationships">'
            f"<sheets>{sheets}</sheets></workbook>"
        ),
    )
    yield "xl/_rels/workbook.xml.rels", _relations(relations + _relation(f"rId{last}", "styles", "styles.xml"))
    yield "xl/styles.xml", [_STYLES.encode()]
    yield "_rels/.rels", _relations(_relation("rId1", "officeDocument", "xl/workbook.xml"))
    parts = "".join(_override(f"/xl/worksheets/sheet{n}.xml", "worksheet") for n in numbers)
    yield (
        "[Content_Types].xml",
        _xml(
            f'<Types xmlns="{_NS}/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f"{_override('/xl/workbook.xml', 'sheet.main')}{_override('/xl/styles.xml', 'styles')}{parts}</Types>"
        ),
    )


def _xml(text: str) -> list[bytes]:
    return [(_DECLARED + text).encode()]


def _relations(inner: str) -> list[bytes]:
    return _xml(f'<Relationships xmlns="{_NS}/package/2006/relationships">{inner}</Relationships>')


def _relation(name: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{name}" Type="{_NS}/officeDocument/2006/relationships/{kind}" Target="{target}"/>'


def _override(part: str, kind: str) -> str:
    return f'<Override PartName="{part}" ContentType="{_TYPE}.{kind}+xml"/>'
