"""What statistics are made of: variables, their values, and the reasons why there is none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What can be computed of a variable."""

    NOMINAL = "nominal"
    """One of its keys; their order means nothing."""
    ORDINAL = "ordinal"
    """One of its keys, from the least to the most; `scores` say what each counts."""
    NUMERIC = "numeric"
    """A finite number."""
    MULTIPLE = "multiple"
    """Any number of its keys, as a tuple."""
    RANKED = "ranked"
    """Its keys from the first to the last, as a tuple; it may stop early."""
    TEXT = "text"
    """Anything else: only whether there is an answer counts."""


class Missing(StrEnum):
    """Why there is no value."""

    NOT_SHOWN = "not_shown"
    NOT_ANSWERED = "not_answered"
    REFUSED = "refused"


Value = Hashable
Column = Counter[Value]
"""How often each value of a variable was given; a `Missing` is a value, too."""


@dataclass(frozen=True)
class Variable:
    """One thing that was asked. A matrix is one variable for each of its rows.

    `keys` are all that can be chosen, in the order of asking. `least` and `most` say how many a MULTIPLE must and may have,
    `exclusive` which of its keys stands alone ("none of these").
    """

    name: str
    kind: Kind
    keys: tuple[str, ...] = ()
    scores: tuple[float, ...] = ()
    least: int = 1
    most: int = 0
    exclusive: str | None = None
    is_nps: bool = False

    @property
    def single(self) -> bool:
        """Whether each answer is exactly one of the keys."""
        return self.kind in {Kind.NOMINAL, Kind.ORDINAL}


@dataclass(frozen=True)
class Answered:
    """How many gave a value, and why the others gave none."""

    answered: int
    missing: Mapping[Missing, int]

    @property
    def total(self) -> int:
        """All responses."""
        return self.answered + sum(self.missing.values())


def answered(column: Column) -> Answered:
    """Part what was answered from what was not."""
    missing = {reason: column[reason] for reason in Missing}
    return Answered(column.total() - sum(missing.values()), missing)


def values(column: Column) -> Column:
    """The column without what is missing."""
    return Counter({value: count for value, count in column.items() if not isinstance(value, Missing)})


def chosen(variable: Variable, column: Column) -> dict[str, int]:
    """How many chose each of the keys, also of those that nobody chose; of a RANKED how many put it anywhere."""
    counts = dict.fromkeys(variable.keys, 0)
    for value, count in values(column).items():
        for key in value if isinstance(value, tuple) else (value,):
            if key in counts:
                counts[key] += count
    return counts
