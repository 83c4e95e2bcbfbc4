"""Attackers who match people, whose order and times the events tell, with what was said; each by another trace."""

from __future__ import annotations

import hashlib
import json
import math
from bisect import bisect
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.security.join_dump import Dump, File, Row

UUID_DIGITS = 32
TIMED = 7  # the version of UUIDs that say when they were made

Guess = dict[str, float]
"""By what was said: the place in the order of taking part of who said it."""


@dataclass(frozen=True)
class Case:
    """One asset: who took part in which order and when, as events tell; what was said; and `truth`, to judge guesses."""

    people: list[str]
    times: list[datetime]
    said: list[str]
    truth: Mapping[str, str]

    def hits(self, guess: Guess, near: int) -> int:
        """How many guesses come so near, in places, to who it was."""
        place = {person: number for number, person in enumerate(self.people)}
        return sum(abs(where - place[self.truth[said]]) <= near for said, where in guess.items())

    def chance(self, near: int) -> float:
        """How probable it is that a guess at random comes so near."""
        count = len(self.people)
        places = sum(min(count - 1, one + near) - max(0, one - near) + 1 for one in range(count))
        return places / count**2


def case_of(dump: Dump, asset: str, answers: Mapping[str, str]) -> Case:
    """What the events of an asset tell; `answers` is what each person has said."""
    made = [event for event in dump.events if event["subject"] == asset and event["data"].get("action") in TAKING_PART]
    times = [datetime.fromisoformat(event["time"]) for event in made]
    return Case([event["actor"] for event in made], times, sorted(answers.values()), {b: a for a, b in answers.items()})


TAKING_PART = ("response", "ballot")


def by_place(dump: Dump, case: Case) -> Guess:
    """Rows lie where they were put: rowid or ctid."""
    rows = rows_of(dump, case)
    return _ranks(sorted(rows, key=lambda said: rows[said].place))


def by_transaction(dump: Dump, case: Case) -> Guess:
    """Transactions are numbered in their order, and who took part is written in the same one."""
    rows = {said: row for said, row in rows_of(dump, case).items() if row.transaction is not None}
    events = {row.transaction: _actor(row, case) for row in dump.rows if row.table == "outbox" and _actor(row, case)}
    place = {person: number for number, person in enumerate(case.people)}
    shared = {said: events.get(row.transaction) for said, row in rows.items()}
    same = {said: float(place[person]) for said, person in shared.items() if person}
    numbered = {row.transaction for row in rows.values()}
    in_order = sorted(rows, key=lambda said: (rows[said].transaction or 0, rows[said].place))
    return same or (_ranks(in_order) if len(numbered) > 1 else {})


def by_time(dump: Dump, case: Case) -> Guess:
    """A time, or an id that was made from one, is that of who took part next to it."""
    found = {said: _moment(row.cells.values()) for said, row in rows_of(dump, case).items()}
    return {said: _nearest(moment, case) for said, moment in found.items() if moment is not None}


def by_event(dump: Dump, case: Case) -> Guess:
    """An event or a message of the stream names a row, and comes next to the one that says who took part."""
    told = [*dump.events, *dump.stream]
    owners: dict[str, datetime] = {}
    for event in told:
        for word in _words(json.dumps(event["data"])):
            owners.setdefault(word, datetime.fromisoformat(event["time"]))
    found = {said: _first(row.cells.values(), owners) for said, row in rows_of(dump, case).items()}
    return {said: _nearest(moment, case) for said, moment in found.items() if moment is not None}


def by_value(dump: Dump, case: Case) -> Guess:
    """Some row of some table has a value of hers, and one of what she said."""
    place = {person: number for number, person in enumerate(case.people)}
    owners: dict[str, set[str]] = defaultdict(set)
    for row in dump.rows:
        for person in place.keys() & set(row.cells.values()):
            for value in row.cells.values():
                owners[value].add(person)
    found = {
        said: [owners.get(value, set()) for value in row.cells.values()] for said, row in rows_of(dump, case).items()
    }
    alone = {said: [people for people in all_of if len(people) == 1] for said, all_of in found.items()}
    return {said: place[next(iter(people[0]))] for said, people in alone.items() if people}


def by_log(dump: Dump, case: Case) -> Guess:
    """Log lines come in order, and one may name what was said, or its row."""
    rows = rows_of(dump, case)
    names = {said: [said, *_ids(row)] for said, row in rows.items()}
    found = {said: [dump.log.find(name) for name in named if name in dump.log] for said, named in names.items()}
    return _ranks(sorted((said for said in found if found[said]), key=lambda said: min(found[said])))


def by_page(dump: Dump, case: Case) -> Guess:
    """A file grows page after page, and a page from its end."""
    return _by_file(dump, case, _in_pages, NEAR)


def by_cell(dump: Dump, case: Case) -> Guess:
    """Rows may be spread over pages at random: within each they still lie in the order in which they came."""
    return _by_file(dump, case, _within_pages, ROUGHLY)


def by_kept_answer(dump: Dump, case: Case) -> Guess:
    """What is kept to answer a repeated request has a time, and a hash of what was said or a receipt of it."""
    rows, kept = rows_of(dump, case), {}
    for row in dump.rows:
        if row.table == "idempotency":
            moment = _time(row.cells["expires_at"])
            kept[row.cells["fingerprint"]] = moment - KEPT if moment else None
            for word in _words(row.cells["body"]):
                kept[hashlib.sha256(word.encode()).hexdigest()] = moment - KEPT if moment else None
    found = {said: _first([_fingerprint(row), *row.cells.values()], kept) for said, row in rows.items()}
    return {said: _nearest(moment, case) for said, moment in found.items() if moment is not None}


KEPT = timedelta(hours=24)

NEAR, ROUGHLY = 5, 40
"""Who is guessed so near, in places of the order, has been found in the crowd, if not by name."""

ATTACKERS: Mapping[Callable[[Dump, Case], Guess], int] = {
    by_place: NEAR,
    by_transaction: NEAR,
    by_time: NEAR,
    by_event: NEAR,
    by_value: NEAR,
    by_log: NEAR,
    by_page: NEAR,
    by_cell: ROUGHLY,
    by_kept_answer: NEAR,
}
"""All of them, and how near each has to come."""


@dataclass(frozen=True)
class Attack:
    """How many an attacker has found, and how probable so many or more are by chance."""

    found: int
    odds: float
    most: int
    """So many are found by chance now and then."""


def attack_all(dump: Dump, case: Case, *, chance: float) -> dict[str, Attack]:
    """What each attacker finds, by name; below `chance` it is none any more."""
    return {one.__name__: _attack(case, one(dump, case), near, chance) for one, near in ATTACKERS.items()}


def _attack(case: Case, guess: Guess, near: int, chance: float) -> Attack:
    count, luck = len(case.people), case.chance(near)
    odds = [improbability(found, count, luck) for found in range(count + 1)]
    found = case.hits(guess, near)
    return Attack(found, odds[found], sum(one >= chance for one in odds) - 1)


def improbability(hits: int, tries: int, chance: float) -> float:
    """How probable so many hits or more are by chance: the upper tail of a binomial distribution."""
    return min(1.0, sum(math.exp(_log_term(k, tries, chance)) for k in range(hits, tries + 1)))


def _log_term(k: int, n: int, p: float) -> float:
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return ways + k * math.log(p) + (n - k) * math.log1p(-p)


def rows_of(dump: Dump, case: Case) -> dict[str, Row]:
    """The row that holds what was said, without what all of them have alike; a result that quotes everything is none."""
    wanted = set(case.said)
    found: dict[str, Row] = {}
    for row in dump.rows:
        for cell in row.cells.values():
            for said in wanted & {cell, *_texts(cell)}:
                found[said] = row
    common = [set(row.cells.values()) for row in found.values()]
    alike = set.intersection(*common) if common else set()
    return {said: replace(row, cells=_without(row.cells, alike)) for said, row in found.items()}


def _without(cells: dict[str, str], alike: set[str]) -> dict[str, str]:
    return {name: cell for name, cell in cells.items() if cell not in alike}


def _texts(cell: str) -> list[str]:
    """The texts in a JSON document of answers."""
    if not cell.startswith('{"text"'):
        return []
    return [value for value in json.loads(cell).values() if isinstance(value, str)]


def _ranks(order: Sequence[str]) -> Guess:
    return {said: float(number) for number, said in enumerate(order)}


def _by_file(dump: Dump, case: Case, order: Callable[[File, dict[str, int], int], Guess], near: int) -> Guess:
    """The best that any file gives, as judged by who knows the truth: an attacker may try them all."""
    guesses: list[Guess] = [{}]
    for file in dump.files:
        places = {said: file.places(said) for said in case.said}
        for pick in (min, max):
            found = {said: pick(all_of) for said, all_of in places.items() if all_of}
            guesses.append(order(file, found, len(case.people)))
    return max(guesses, key=lambda guess: case.hits(guess, near))


def _in_pages(file: File, found: dict[str, int], _count: int) -> Guess:
    return _ranks(sorted(found, key=lambda said: (found[said] // file.page, -found[said])))


def _within_pages(file: File, found: dict[str, int], count: int) -> Guess:
    pages: dict[int, list[str]] = defaultdict(list)
    for said in sorted(found, key=lambda said: -found[said]):
        pages[found[said] // file.page].append(said)
    return {
        said: (number + 0.5) / len(page) * count - 0.5 for page in pages.values() for number, said in enumerate(page)
    }


def _nearest(moment: datetime, case: Case) -> float:
    after = bisect(case.times, moment)
    return min(
        (place for place in (after - 1, after) if 0 <= place < len(case.times)),
        key=lambda place: abs(case.times[place] - moment),
    )


def _moment(cells: Iterable[str]) -> datetime | None:
    return next((moment for cell in cells if (moment := _time(cell) or _time_of_id(cell))), None)


def _time(cell: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _time_of_id(cell: str) -> datetime | None:
    try:
        found = UUID(cell)
    except ValueError:
        return None
    return datetime.fromtimestamp((found.int >> 80) / 1000, UTC) if found.version == TIMED else None


def _actor(row: Row, case: Case) -> str | None:
    actor = json.loads(row.cells["envelope"]).get("actor")
    return actor if actor in case.people else None


def _ids(row: Row) -> list[str]:
    """Ids of the row's own, in both spellings."""
    digits = [cell.replace("-", "") for cell in row.cells.values()]
    own = [cell for cell in digits if len(cell) == UUID_DIGITS and cell == digits[list(row.cells).index("id")]]
    return [*own, *(str(UUID(cell)) for cell in own)] if "id" in row.cells else []


def _first(cells: Iterable[str], known: Mapping[str, datetime | None]) -> datetime | None:
    spellings = [word for cell in cells for word in (cell, cell.replace("-", ""))]
    return next((moment for word in spellings if (moment := known.get(word))), None)


def _words(text: str) -> set[str]:
    """What may be an id or a receipt in a text, in both spellings."""
    words = "".join(letter if letter.isalnum() or letter in "-_" else " " for letter in text).split()
    return {spelling for word in words for spelling in (word, word.replace("-", ""))}


def _fingerprint(row: Row) -> str:
    """The hash of the request that a client of ours sends for this row."""
    if "answers" not in row.cells:
        return ""
    body = json.dumps({"answers": json.loads(row.cells["answers"])}, separators=(",", ":"))
    return hashlib.sha256(body.encode()).hexdigest()
