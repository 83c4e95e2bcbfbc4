"""Reads and writes BLT files, the exchange format for ranked ballots that STV programs know.

Source: I. D. Hill, B. A. Wichmann, D. R. Woodall, "Single Transferable Vote by Meek's Method" (Computer Journal 30, 1987). First
`candidates seats`, then withdrawn candidates as negative numbers, then `weight preferences... 0` for each ballot, `0`, and the
names and the title in double quotes. `-` or `=` (skipped or equal preferences) are refused: our ballots have neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from interlinker_ideation.formats.lines import Complaints, decode, pieces
from interlinker_shared.errors import InvalidError

TOKEN = re.compile(r'"(?P<text>(?:\\.|[^"\\])*)"|(?P<word>[^\s"]+)|(?P<open>")')
COMMENT = re.compile(r"(?m)^\s*#.*$")


class BltError(InvalidError):
    """The file breaks the format; each field error's pointer is `/<line>/<field>`, its message names both."""

    slug = "invalid-blt"


@dataclass(frozen=True, slots=True)
class RankedElection:
    """A whole file; ballots are `(candidates in order of preference, how many)`, candidates count from 1."""

    title: str
    seats: int
    names: tuple[str, ...]
    ballots: tuple[tuple[tuple[int, ...], int], ...]
    withdrawn: frozenset[int] = frozenset()


def parse(data: bytes) -> RankedElection:
    """Read a file. Raises BltError with the lines and fields that are wrong."""
    reading = _Reading(COMMENT.sub("", decode(data, BltError)))
    many, seats = reading.number("candidates", least=1), reading.number("seats", least=1)
    withdrawn, ballots = reading.ballots(many)
    names = tuple(reading.text("name") for _ in range(many))
    title = reading.text("title")
    reading.end()
    reading.complaints.raise_if_any("The file is not a valid .blt file.")
    return RankedElection(title, seats, names, tuple(ballots), frozenset(withdrawn))


def write(election: RankedElection) -> Iterator[bytes]:
    """The lines of a file, in pieces."""
    return pieces(_lines(election))


def _lines(election: RankedElection) -> Iterator[str]:
    yield f"{len(election.names)} {election.seats}"
    if election.withdrawn:
        yield " ".join(str(-number) for number in sorted(election.withdrawn))
    for preferences, times in election.ballots:
        yield " ".join(map(str, (times, *preferences, 0)))
    yield "0"
    yield from map(_quoted, (*election.names, election.title))


def _quoted(text: str) -> str:
    escaped = " ".join(text.splitlines()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class _Reading:
    """The words of a file one after the other; after the first that cannot be made sense of nothing more is complained about."""

    def __init__(self, text: str) -> None:
        self.complaints = Complaints(BltError)
        self._text = text
        self._words = TOKEN.finditer(text)
        self._last = 0
        self._lost = False

    def number(self, field: str, *, least: int) -> int:
        """The next word as a whole number; `least` where there is none."""
        match = self._next()
        word = match["word"] if match else None
        if word is not None and re.fullmatch(r"-?[0-9]{1,18}", word) and int(word) >= least:
            return int(word)
        self._complain(field, f"{match.group() if match else 'the end'!r} is not a whole number of {least} or more")
        return least

    def text(self, field: str) -> str:
        """The next word in its quotes."""
        match = self._next()
        if match is not None and match["text"] is not None:
            return re.sub(r"\\(.)", r"\1", match["text"])
        self._complain(field, "a text in double quotes is expected")
        return ""

    def ballots(self, many: int) -> tuple[list[int], list[tuple[tuple[int, ...], int]]]:
        """Withdrawn candidates, and ballots, up to the line that says 0."""
        withdrawn: list[int] = []
        ballots: list[tuple[tuple[int, ...], int]] = []
        while not self._lost and (weight := self.number("weight", least=-many)):
            if weight > 0:
                ballots.append((self._preferences(many), weight))
            elif ballots:
                self._complain("weight", "withdrawn candidates come before the ballots")
            else:
                withdrawn.append(-weight)
        return withdrawn, ballots

    def end(self) -> None:
        if (match := self._next()) is not None:
            self._complain("end", f"{match.group()!r} comes after the title")

    def _preferences(self, many: int) -> tuple[int, ...]:
        found: list[int] = []
        while not self._lost and (number := self.number("preference", least=0)):
            if number > many:
                self._complain("preference", f"there is no candidate {number}", go_on=True)
            elif number in found:
                self._complain("preference", f"names candidate {number} twice", go_on=True)
            found.append(number)
        return tuple(found)

    def _next(self) -> re.Match[str] | None:
        match = next(self._words, None)
        self._last = match.start() if match else len(self._text)
        return match

    def _complain(self, field: str, message: str, *, go_on: bool = False) -> None:
        if not self._lost:
            self.complaints.add(self._text.count("\n", 0, self._last) + 1, field, message)
        self._lost = self._lost or not go_on


def rankings(ballots: Iterable[tuple[Sequence[int], int]]) -> tuple[tuple[tuple[int, ...], int], ...]:
    """Equal ballots once each, in the order of the numbers: nothing tells when they came."""
    counted: dict[tuple[int, ...], int] = {}
    for preferences, times in ballots:
        key = tuple(preferences)
        counted[key] = counted.get(key, 0) + times
    return tuple(sorted(counted.items()))
