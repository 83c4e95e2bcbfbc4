"""The files that responses leave in: CSV, workbook, SPSS; each a stream, whose responses may be read more than once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Final

from interlinker_shared.tabular import csv_lines
from interlinker_survey.exchange import sav, tables
from interlinker_survey.exchange.sav import Column, tidy_names, write_sav
from interlinker_survey.exchange.tables import Told, Words, key_of
from interlinker_survey.exchange.variables import Book, Cell, Kind, Raw, Variable, say
from interlinker_survey.exchange.xlsx import Sheet, write_workbook

MARK: Final = b"\xef\xbb\xbf"
"""At the beginning of a CSV it makes a spreadsheet read UTF-8."""
MEASURES: Final = {Kind.NUMBER: sav.SCALE, Kind.ORDINAL: sav.ORDINAL, Kind.RANK: sav.ORDINAL}


class Layout(StrEnum):
    """A row per response, or a row per value that was given."""

    WIDE = "wide"
    LONG = "long"


@dataclass(frozen=True)
class Given:
    """What there is to write: `responses()` reads them all anew, in one and the same order."""

    book: Book
    responses: Callable[[], Iterable[Told]]
    words: Words
    title: str


def write_csv(given: Given, *, layout: Layout = Layout.WIDE, mark: bool = False) -> Iterator[bytes]:
    """RFC 4180 in UTF-8, with a byte order mark if wanted; nothing in it is run as a formula."""
    if mark:
        yield MARK
    shape = tables.wide if layout is Layout.WIDE else tables.long
    yield from csv_lines(shape(given.book, given.responses(), given.words))


def write_codebook(book: Book, language: str) -> Iterator[bytes]:
    """What each column is and each code says, as CSV."""
    return csv_lines(tables.codebook(book, language))


def write_xlsx(given: Given, *, now: datetime) -> Iterator[bytes]:
    """A sheet of responses, one per question with entries of its own, and the codebook."""
    about = len(tables.about_columns(given.book))
    days = frozenset(number for number, one in enumerate(given.book.variables, start=about) if one.kind is Kind.DATE)
    moments = frozenset({tables.ABOUT.index("submitted_at")})
    sheets = [Sheet("responses", lambda: tables.wide(given.book, given.responses(), given.words), days, moments)]
    for repeat in given.book.repeats:
        inner = frozenset(number for number, one in enumerate(repeat.variables, start=2) if one.kind is Kind.DATE)
        rows = partial(_entries, given, repeat.name)
        sheets.append(Sheet(repeat.name, rows, inner))
    sheets.append(Sheet("codebook", lambda: tables.codebook(given.book, given.words.language)))
    return write_workbook(sheets, now=now)


def _entries(given: Given, name: str) -> Iterator[list[Cell]]:
    (repeat,) = (one for one in given.book.repeats if one.name == name)
    return tables.entries(repeat, given.responses(), given.words)


def write_spss(given: Given, *, now: datetime) -> Iterator[bytes]:
    """The same as a .sav: codes that are no numbers become the place of the choice, with its text as the label.

    Read twice: first to see how long texts are. What has entries of its own is counted; the entries are in the other formats.
    """
    recipes = [
        *_about(named=given.book.named),
        *(_recipe(variable, given.words.language) for variable in given.book.variables),
    ]
    cases = 0
    for response in given.responses():
        cases += 1
        for recipe in recipes:
            recipe.measure(response)
    names = tidy_names(recipe.name for recipe in recipes)
    columns = [recipe.column(name) for recipe, name in zip(recipes, names, strict=True)]
    rows = ([recipe.read(response) for recipe in recipes] for response in given.responses())
    return write_sav(columns, rows, cases=cases, title=given.title, now=now)


@dataclass
class _Recipe:
    """How a column of a .sav comes to be; a text's width grows with what it has to hold."""

    name: str
    title: str
    read: Callable[[Told], Cell]
    measured: int = sav.NOMINAL
    labels: list[tuple[float, str]] = field(default_factory=list)
    text: bool = False
    day: bool = False
    moment: bool = False
    fraction: bool = False
    width: int = 1

    def measure(self, response: Told) -> None:
        """Make room for what a response says."""
        if self.text or self.measured == sav.SCALE:
            value = self.read(response)
            if self.text and value is not None:
                self.width = max(self.width, min(len(str(value).encode()), sav.LONGEST))
            self.fraction = self.fraction or isinstance(value, float)

    def column(self, name: str) -> Column:
        return Column(
            name,
            self.title,
            width=self.width if self.text else 0,
            measure=self.measured,
            labels=self.labels,
            day=self.day,
            moment=self.moment,
            decimals=2 if self.fraction else 0,
        )


def _about(*, named: bool) -> Iterator[_Recipe]:
    id_, moment, language, channel, version = tables.ABOUT
    yield _Recipe(f"_{id_}", "Response", lambda told: str(told.id), text=True)
    yield _Recipe(f"_{moment}", "Submitted (UTC)", lambda told: told.told_time, moment=True)
    yield _Recipe(f"_{language}", "Language", lambda told: told.language, text=True)
    yield _Recipe(f"_{channel}", "Channel", lambda told: told.channel, text=True)
    yield _Recipe(f"_{version}", "Version of what was asked", lambda told: told.version, sav.ORDINAL)
    if named:
        yield _Recipe(f"_{tables.WHOSE}", "Respondent", lambda told: told.respondent, text=True)


def _recipe(variable: Variable, language: str) -> _Recipe:
    title, read = Words(language).of(variable), _of(variable.reader())
    match variable.kind:
        case Kind.NOMINAL | Kind.ORDINAL | Kind.BOOLEAN:
            numbers = _numbers(variable)
            labels = [(numbers[key_of(code.value)], say(code.label, language)) for code in variable.codes]
            measured = MEASURES.get(variable.kind, sav.NOMINAL)
            return _Recipe(variable.name, title, lambda told: _number(read(told), numbers), measured, labels)
        case Kind.FLAG:
            return _Recipe(variable.name, title, read, labels=[(0, "–"), (1, say(variable.part, language))])
        case Kind.NUMBER | Kind.RANK:
            return _Recipe(variable.name, title, read, MEASURES[variable.kind])
        case Kind.DATE:
            return _Recipe(variable.name, title, read, sav.ORDINAL, day=True)
        case Kind.ENTRIES:
            counted = _of(lambda answers: _count(answers, variable.path[-1]))
            return _Recipe(variable.name, title, counted, sav.SCALE)
        case _:
            return _Recipe(variable.name, title, read, text=True)


def _of(read: Callable[[Raw], Cell]) -> Callable[[Told], Cell]:
    return lambda told: read(told.answers)


def _count(answers: Raw, name: str) -> int | None:
    found = answers.get(name)
    return len(found) if isinstance(found, list) else None


def _number(value: Cell, numbers: dict[str, float]) -> float | None:
    return None if value is None else numbers.get(key_of(value))


def _numbers(variable: Variable) -> dict[str, float]:
    """The number that stands for each code: its own where all are numbers, else its place among them."""
    values = [code.value for code in variable.codes]
    if variable.kind is Kind.BOOLEAN:
        return {key_of(values[0]): 1, key_of(values[1]): 0}
    if all(isinstance(value, int | float) for value in values):
        return {key_of(value): float(value) for value in values}
    return {key_of(value): place for place, value in enumerate(values, start=1)}
