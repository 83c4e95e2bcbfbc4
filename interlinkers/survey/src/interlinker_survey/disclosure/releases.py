"""A whole publication: tables that share variables, and what a later one adds to an earlier one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from interlinker_survey.disclosure.choosing import Several, hide, tellable
from interlinker_survey.disclosure.flows import Cell, Cells
from interlinker_survey.disclosure.grouping import Groups, alike, group, totals
from interlinker_survey.disclosure.linked import components, require_no_circle
from interlinker_survey.disclosure.suppressing import suppress

Pair = tuple[str, str]
_TWO = 2


class TooFewError(ValueError):
    """There are fewer responses than a cell must hold: nothing at all can be said of them."""


@dataclass(frozen=True)
class Counted:
    """All that was counted: of each variable how many gave each category, the last one being "no answer"; and cells of two variables.

    `ordered` names the variables whose categories have an order. Of questions with several answers `silent` gave none.
    """

    size: int
    singles: Mapping[str, Sequence[int]]
    ordered: frozenset[str] = frozenset()
    several: Mapping[str, Several] = field(default_factory=dict)
    pairs: Mapping[Pair, Cells] = field(default_factory=dict)


@dataclass(frozen=True)
class Single:
    """One variable as it is published: how many of `size` responses are in each group; `turn` counts its publications."""

    groups: Groups
    counts: tuple[int, ...]
    size: int
    turn: int = 1


@dataclass(frozen=True)
class Choices:
    """A question with several answers as it is published: without the counts that are `hidden`.

    Where `silent_hidden`, it is not said how many of `size` answered: `several.answered` is then all of them.
    """

    several: Several
    hidden: frozenset[int]
    silent_hidden: bool
    size: int
    turn: int = 1


@dataclass(frozen=True)
class Pairing:
    """Two variables as they are published: the cells of their groups, without the `hidden` ones."""

    cells: tuple[tuple[int, ...], ...]
    hidden: frozenset[Cell]


@dataclass(frozen=True)
class Release:
    """What is published, with all its counts: those that are hidden must be kept to judge the next one, and shown to nobody."""

    least: int
    size: int
    singles: Mapping[str, Single]
    choices: Mapping[str, Choices]
    pairs: Mapping[Pair, Pairing]

    @property
    def told(self) -> tuple[object, ...]:
        """All that it says beside `size`: equal where nothing new is told."""
        return self.singles, self.choices, self.pairs


def release(counted: Counted, least: int, before: Release | None = None) -> Release:
    """What can be published of `counted` so that no hidden count can be told to less than `least`.

    Nor can one with what was published `before`: variables that tables connect are published anew together, or stay as they
    were where what was added since would tell of too few. A table of two variables that have been published more than
    once, or for other responses, comes too late and is left out, as is one that says no more than its margins do. With a
    `least` of 1 all is published. Raises TooFewError, and CircleError where tables form a circle: then margins do not hold
    all that an attacker can know.
    """
    if least <= 1:
        before = None
    elif counted.size < least:
        raise TooFewError
    former = before.pairs if before else {}
    if least > 1:
        require_no_circle(list(dict.fromkeys([*former, *counted.pairs])))
    new = [pair for pair in counted.pairs if pair not in former and (before is None or _in_time(counted, pair, before))]
    wanted = [*former, *new]
    singles: dict[str, Single] = {}
    pairs: dict[Pair, Pairing] = {}
    for names in components(list(counted.singles), wanted):
        inside = [pair for pair in wanted if pair[0] in names]
        if before is None or names[0] not in before.singles:
            part = _first(counted, names, inside, least)
        else:
            part = _next(counted, names, inside, least, before)
        singles |= part[0]
        pairs |= part[1]
    choices = {name: _choices(counted, name, least, before) for name in counted.several}
    return Release(least, counted.size, {name: singles[name] for name in counted.singles}, choices, pairs)


def _in_time(counted: Counted, pair: Pair, before: Release) -> bool:
    """Whether a table would be of the very responses that its variables, and those they hang together with, were published for."""
    if not set(pair) <= before.singles.keys():
        return False
    parts = components(list(before.singles), list(before.pairs))
    connected = [name for names in parts if not set(pair).isdisjoint(names) for name in names]
    former = [(before.singles[name], counted.singles[name]) for name in connected]
    return all(one.turn == 1 and one.counts == tuple(totals(one.groups, counts)) for one, counts in former)


_Part = tuple[dict[str, Single], dict[Pair, Pairing]]


def _first(counted: Counted, names: Sequence[str], pairs: Sequence[Pair], least: int) -> _Part:
    singles = {name: _single(counted, name, least) for name in names}
    return singles, _paired(counted, singles, pairs, least)


def _single(counted: Counted, name: str, least: int) -> Single:
    counts = counted.singles[name]
    groups = group(counts, least, ordered=name in counted.ordered)
    return Single(groups, tuple(totals(groups, counts)), counted.size)


def _paired(counted: Counted, singles: Mapping[str, Single], pairs: Sequence[Pair], least: int) -> dict[Pair, Pairing]:
    """The tables that say anything: a variable of which all that is told is one group adds nothing to the other one."""
    found = {}
    for pair in pairs:
        cells = _grouped(counted.pairs[pair], singles[pair[0]].groups, singles[pair[1]].groups)
        if least <= 1 or _has_two_lines(cells):
            found[pair] = Pairing(cells, suppress(cells, least))
    return found


def _next(counted: Counted, names: Sequence[str], pairs: Sequence[Pair], least: int, before: Release) -> _Part:
    former = {name: before.singles[name] for name in names}
    kept = {pair: before.pairs[pair] for pair in pairs if pair in before.pairs}
    new = [pair for pair in pairs if pair not in kept]
    if new:
        return former, kept | _paired(counted, former, new, least)
    current = {name: _again(counted, name, former[name]) for name in names}
    grown = {pair: _grown(counted, pair, current, least, before.pairs[pair]) for pair in pairs}
    told = [_may_add(_added(former[name].counts, current[name].counts), current[name].groups, least) for name in names]
    if all(told) and None not in grown.values():
        return current, {pair: one for pair, one in grown.items() if one is not None}
    return former, kept


def _again(counted: Counted, name: str, former: Single) -> Single:
    counts = tuple(totals(former.groups, counted.singles[name]))
    return replace(former, counts=counts, size=counted.size, turn=former.turn + 1)


def _added(before: Sequence[int], now: Sequence[int]) -> list[int]:
    return [after - held for held, after in zip(before, now, strict=True)]


def _may_add(added: Sequence[int], groups: Groups, least: int) -> bool:
    """Whether those who were added are in no small group, and did not all say the same."""
    enough = all(number == 0 or number >= least for number in added) and any(added)
    return enough and not alike(added, groups, sum(map(len, groups)))


def _grown(counted: Counted, pair: Pair, current: Mapping[str, Single], least: int, former: Pairing) -> Pairing | None:
    """A table with what was added; None where that could be told, or shrinks a cell because somebody answered anew."""
    cells = _grouped(counted.pairs[pair], current[pair[0]].groups, current[pair[1]].groups)
    added = [_added(held, now) for held, now in zip(former.cells, cells, strict=True)]
    lines = [*map(sum, added), *map(sum, zip(*added, strict=True))]
    if any(number < 0 for line in added for number in line) or any(0 < line < least for line in lines):
        return None
    return Pairing(cells, suppress(added, least, former.hidden)) if _has_two_lines(added) else None


def _grouped(cells: Cells, rows: Groups, columns: Groups) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(sum(cells[r][c] for r in row for c in column) for column in columns) for row in rows)


def _has_two_lines(cells: Cells) -> bool:
    rows = sum(1 for line in cells if any(line))
    return rows >= _TWO and sum(1 for line in zip(*cells, strict=True) if any(line)) >= _TWO


def _choices(counted: Counted, name: str, least: int, before: Release | None) -> Choices:
    found = counted.several[name]
    if before is None or name not in before.choices:
        silent = counted.size - found.answered
        blurred = 0 < silent < least or 0 < found.answered < least
        several = _among_all(found, counted.size) if blurred else found
        return Choices(several, hide(several, least), blurred, counted.size)
    former = before.choices[name]
    now = _among_all(found, counted.size) if former.silent_hidden else found
    return _chosen_again(former, now, counted.size, least) or former


def _among_all(several: Several, size: int) -> Several:
    """As if who did not answer had chosen nothing."""
    return replace(several, answered=size, fewest=0)


def _chosen_again(former: Choices, now: Several, size: int, least: int) -> Choices | None:
    """The counts anew; None where what was added tells of too few."""
    added = replace(
        now,
        chosen=_added(former.several.chosen, now.chosen),
        answered=now.answered - former.several.answered,
    )
    silent = size - former.size - added.answered
    if any(number < 0 or 0 < number < least for number in (added.answered, silent)) or not added.answered + silent:
        return None
    shown = [held for place, held in enumerate(added.chosen) if place not in former.hidden]
    small = any(held and (held < least or added.answered - held < least) for held in shown)
    if small or min(added.chosen, default=0) < 0 or (added.answered and tellable(added, former.hidden, least)):
        return None
    return replace(former, several=now, size=size, turn=former.turn + 1)
