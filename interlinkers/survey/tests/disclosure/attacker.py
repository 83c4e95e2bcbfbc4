"""An attacker who has everything that was published, knows that people are whole and none less than nobody, and has a solver."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from interlinker_survey.disclosure import Release

optimize = pytest.importorskip("scipy.optimize", reason="the attacker solves integer programmes with scipy")

Line = np.ndarray
Box = Mapping[str, Sequence[int]]
"""Some categories of some variables."""


@dataclass(frozen=True)
class Target:
    """A count that was left out: at which release, and of whom."""

    release: int
    since: int
    box: Box


class Attacker:
    """One unknown for each combination of answers to all variables and each wave of responses: the whole joint table, no short cuts."""

    def __init__(self, sizes: dict[str, int], releases: Sequence[Release]) -> None:
        """`sizes` are the numbers of categories, "no answer" among them."""
        self._names = list(sizes)
        self._places = list(itertools.product(*map(range, sizes.values())))
        self._releases = releases
        rows, values = zip(*self._shown(), strict=True)
        self._known = optimize.LinearConstraint(np.array(rows), values, values)

    def widths(self) -> Iterator[tuple[Target, int]]:
        """Of each count that was left out, how far apart the least and the greatest possible one are."""
        for target in self.targets():
            line = self._line(target.release, target.box, target.since)
            low, high = self._end(line, 1), self._end(line, -1)
            yield target, high - low

    def targets(self) -> Iterator[Target]:
        """Hidden cells and categories that only stand together with others; also what the latest wave alone added to them."""
        for number, release in enumerate(self._releases):
            for name, single in release.singles.items():
                for one in (group for group in single.groups if len(group) > 1):
                    yield from (Target(number, 0, {name: [place]}) for place in one if self._is_new(number, name))
            for (rows, columns), pairing in release.pairs.items():
                since = self._since(number, rows)
                for row, column in sorted(pairing.hidden) if self._is_new(number, rows) else ():
                    box = {rows: release.singles[rows].groups[row], columns: release.singles[columns].groups[column]}
                    yield Target(number, 0, box)
                    if since:
                        yield Target(number, since, box)

    def _since(self, number: int, name: str) -> int:
        """The first wave that the former table of this variable did not hold."""
        turns = [release.singles[name].turn for release in self._releases[: number + 1]]
        former = [place for place, turn in enumerate(turns) if turn < turns[-1]]
        return former[-1] + 1 if former else 0

    def _is_new(self, number: int, name: str) -> bool:
        """Whether a release has new tables of a variable."""
        return number == 0 or self._releases[number].singles[name] != self._releases[number - 1].singles[name]

    def _shown(self) -> Iterator[tuple[Line, int]]:
        for number, release in enumerate(self._releases):
            yield self._line(number, {}), release.size
            for name, single in release.singles.items():
                if self._is_new(number, name):
                    for one, held in zip(single.groups, single.counts, strict=True):
                        yield self._line(number, {name: one}), held
            for (rows, columns), pairing in release.pairs.items():
                if self._is_new(number, rows):
                    for (r, one), (c, other) in itertools.product(
                        enumerate(release.singles[rows].groups), enumerate(release.singles[columns].groups)
                    ):
                        if (r, c) not in pairing.hidden:
                            yield self._line(number, {rows: one, columns: other}), pairing.cells[r][c]

    def _line(self, number: int, box: Box, since: int = 0) -> Line:
        """The unknowns that a count sums up: in the waves from `since` to the release."""
        inside = np.array(
            [all(place[self._names.index(name)] in some for name, some in box.items()) for place in self._places], float
        )
        waves = [inside if since <= wave <= number else inside * 0 for wave in range(len(self._releases))]
        return np.concatenate(waves)

    def _end(self, line: Line, sign: int) -> int:
        found = optimize.milp(
            sign * line, constraints=self._known, integrality=np.ones(len(line)), bounds=optimize.Bounds(0, np.inf)
        )
        assert found.success, found.message
        return round(float(sign * found.fun))
