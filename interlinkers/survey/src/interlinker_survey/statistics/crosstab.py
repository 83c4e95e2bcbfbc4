"""Two variables at once: what was counted, what chance alone would give, and how far apart both are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

from interlinker_survey.statistics.chisquare import upper_tail

FEW = 5
MOST_FEW = 0.2
"""Cochran's rule: at most a fifth of the cells may expect fewer than five, and none fewer than one."""
_TWO = 2

Cells = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Association:
    """Whether two variables have to do with each other.

    `chi_squared` is Pearson's statistic, without continuity correction, `freedom` its degrees, `p` the probability of one as large by
    chance. Lines that are empty do not count. `v` is Cramér's V, `v_corrected` without its upward bias (Bergsma 2013).
    `few_expected` is the share of cells that expect fewer than five; `reliable` is False where Cochran's rule is broken.
    """

    size: int
    chi_squared: float
    freedom: int
    p: float
    v: float
    v_corrected: float
    few_expected: float
    reliable: bool


def associate(cells: Cells) -> Association | None:
    """Test a table of counts; None where fewer than two rows or two columns hold anything."""
    rows, columns = _lines(cells), _lines(list(zip(*cells, strict=True)))
    if len(rows) < _TWO or len(columns) < _TWO:
        return None
    size = sum(total for _, total in rows)
    shares = sum(Fraction(cells[row][column] ** 2, above * beside) for row, beside in rows for column, above in columns)
    statistic = size * (shares - 1)
    freedom = (len(rows) - 1) * (len(columns) - 1)
    expected = [beside * above / size for _, beside in rows for _, above in columns]
    few = sum(number < FEW for number in expected) / len(expected)
    return Association(
        size=size,
        chi_squared=float(statistic),
        freedom=freedom,
        p=upper_tail(float(statistic), freedom),
        v=sqrt(statistic / size / (min(len(rows), len(columns)) - 1)),
        v_corrected=_corrected(float(statistic) / size, size, len(rows), len(columns)),
        few_expected=few,
        reliable=few <= MOST_FEW and min(expected) >= 1,
    )


def _lines(cells: Cells) -> list[tuple[int, int]]:
    """Which lines hold anything, and how much."""
    return [(place, sum(line)) for place, line in enumerate(cells) if any(line)]


def _corrected(squared: float, size: int, rows: int, columns: int) -> float:
    """Cramér's V from chi-squared over `size`, corrected for what chance adds to it in small samples; 0 where nothing is left."""
    if size == 1:
        return 0.0
    left = max(0.0, squared - (rows - 1) * (columns - 1) / (size - 1))
    high, wide = (lines - (lines - 1) ** 2 / (size - 1) for lines in (rows, columns))
    least = min(high, wide) - 1
    return sqrt(left / least) if least > 0 else 0.0
