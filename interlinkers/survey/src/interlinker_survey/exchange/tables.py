"""Responses as tables: one row each and a column per variable, or a row per value; in codes or in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from interlinker_survey.exchange.variables import Book, Cell, Kind, Raw, Repeat, Variable, say

ABOUT = ("response", "submitted_at", "language", "channel", "version")
WHOSE = "respondent"
LONG = ("response", "question", "variable", "entry", "value", "label")
BOOK = ("variable", "question", "kind", "title", "part", "value", "label")


class Values(StrEnum):
    """What stands in a cell: the value as it was given, or its label."""

    CODES = "codes"
    LABELS = "labels"


class Told(Protocol):
    """What of a response goes into a table."""

    @property
    def id(self) -> UUID: ...
    @property
    def told_time(self) -> str | None: ...
    @property
    def language(self) -> str: ...
    @property
    def channel(self) -> str | None: ...
    @property
    def version(self) -> int | None: ...
    @property
    def respondent(self) -> str | None: ...
    @property
    def answers(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Words:
    """In which language labels are, and whether cells and headers are labels at all."""

    language: str
    values: Values = Values.CODES

    @property
    def labels(self) -> bool:
        return self.values is Values.LABELS

    def of(self, variable: Variable) -> str:
        """A variable in words: the question, and which part of it."""
        title = say(variable.title, self.language, variable.question)
        part = say(variable.part, self.language)
        return f"{title} [{part}]" if part else title

    def header(self, variables: Iterable[Variable]) -> list[str]:
        """A heading per column, each once."""
        names = list(variables)
        if not self.labels:
            return [variable.name for variable in names]
        said = [self.of(variable) for variable in names]
        return [
            f"{text} ({variable.name})" if said.count(text) > 1 else text
            for text, variable in zip(said, names, strict=True)
        ]

    def reader(self, variable: Variable) -> Callable[[Raw], Cell]:
        """From answers to what stands in the variable's cell."""
        read = variable.reader()
        if not self.labels or not variable.codes:
            return read
        named = named_codes(variable, self.language)
        return lambda answers: _named(read(answers), named)


def named_codes(variable: Variable, language: str) -> dict[str, str]:
    """Labels by the code's text: 1 and true are not the same code."""
    return {key_of(code.value): say(code.label, language) for code in variable.codes}


def key_of(value: Cell) -> str:
    """A code as a text that tells it from all others of its variable."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def about_columns(book: Book) -> list[str]:
    """The columns that tell of a response itself; a question of the same name keeps it."""
    taken = {variable.name for variable in book.variables}
    names = (*ABOUT, WHOSE) if book.named else ABOUT
    return [f"_{name}" if name in taken else name for name in names]


def about(response: Told, *, named: bool) -> list[Cell]:
    """The cells of those columns."""
    told: list[Cell] = [str(response.id), response.told_time, response.language, response.channel, response.version]
    return [*told, response.respondent] if named else told


def wide(book: Book, responses: Iterable[Told], words: Words) -> Iterator[list[Cell]]:
    """The heading, then a row per response."""
    yield [*about_columns(book), *words.header(book.variables)]
    # A file has millions of cells: most are looked up right here, without a call for each.
    plan = [(None if words.labels else one.key, words.reader(one)) for one in book.variables]
    for response in responses:
        answers = response.answers
        get = answers.get
        yield about(response, named=book.named) + [read(answers) if key is None else get(key) for key, read in plan]


def entries(repeat: Repeat, responses: Iterable[Told], words: Words) -> Iterator[list[Cell]]:
    """The heading, then a row per entry of a question that has any number of them."""
    yield ["response", "entry", *words.header(repeat.variables)]
    readers = [words.reader(variable) for variable in repeat.variables]
    for response in responses:
        for number, entry in enumerate(_entries(response.answers, repeat), start=1):
            yield [str(response.id), number, *(read(entry) for read in readers)]


def long(book: Book, responses: Iterable[Told], words: Words) -> Iterator[list[Cell]]:
    """The heading, then a row per value that was given; of several choices those that were chosen."""
    yield list(LONG)
    single = [_Long.of(variable, words) for variable in book.variables if variable.kind is not Kind.ENTRIES]
    repeated = [(one, [_Long.of(variable, words, one.name) for variable in one.variables]) for one in book.repeats]
    for response in responses:
        name = str(response.id)
        yield from ([name, *cells] for each in single for cells in each.rows(response.answers, None))
        for repeat, inner in repeated:
            for number, entry in enumerate(_entries(response.answers, repeat), start=1):
                yield from ([name, *cells] for each in inner for cells in each.rows(entry, number))


def codebook(book: Book, language: str) -> Iterator[list[Cell]]:
    """The heading, then a row per variable, or per code of one that has codes."""
    yield list(BOOK)
    for variable in [*book.variables, *(_inner(one, each) for one in book.repeats for each in one.variables)]:
        title, part = say(variable.title, language, variable.question), say(variable.part, language)
        told: list[Cell] = [variable.name, variable.question, variable.kind.value, title, part]
        yield from ([*told, code.value, say(code.label, language)] for code in variable.codes)
        if not variable.codes:
            yield [*told, None, None]


@dataclass(frozen=True, slots=True)
class _Long:
    """A variable on its way into rows of single values."""

    variable: Variable
    question: str
    name: str
    read: Callable[[Raw], Cell]
    labels: Mapping[str, str]

    @classmethod
    def of(cls, variable: Variable, words: Words, repeat: str | None = None) -> _Long:
        several = variable.kind is Kind.FLAG
        name = variable.name.rpartition("[")[0] if several else variable.name
        labels = {"1": say(variable.part, words.language)} if several else named_codes(variable, words.language)
        name, question = (f"{repeat}[{name}]", repeat) if repeat else (name, variable.question)
        return cls(variable, question, name, variable.reader(), labels)

    def rows(self, answers: Raw, entry: int | None) -> Iterator[list[Cell]]:
        value = self.read(answers)
        several = self.variable.kind is Kind.FLAG
        if value is not None and not (several and value == 0):
            given = self.variable.choice if several else value
            yield [self.question, self.name, entry, given, self.labels.get(key_of(value))]


def _inner(repeat: Repeat, variable: Variable) -> Variable:
    """A variable of entries, with a name that is no other's."""
    return Variable(
        f"{repeat.name}[{variable.name}]",
        repeat.name,
        variable.kind,
        repeat.title or {"default": repeat.name},
        variable.path,
        variable.title or {"default": variable.question},
        variable.codes,
        variable.choice,
    )


def _entries(answers: Raw, repeat: Repeat) -> Iterator[Raw]:
    found = answers.get(repeat.name)
    yield from (entry for entry in found if isinstance(entry, Mapping)) if isinstance(found, list) else ()


def _named(value: Cell, named: Mapping[str, str]) -> Cell:
    return value if value is None else named.get(key_of(value), value)
