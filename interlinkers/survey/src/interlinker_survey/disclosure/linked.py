"""Tables that share variables: which belong together, and when their margins say all that they have in common."""

from __future__ import annotations

from collections.abc import Sequence

Pair = tuple[str, str]


class CircleError(ValueError):
    """Tables form a circle, such as A by B, B by C and C by A."""

    def __init__(self, pair: Pair) -> None:
        super().__init__(f"{pair[0]} and {pair[1]} are connected by other tables already")
        self.pair = pair


def require_no_circle(pairs: Sequence[Pair]) -> None:
    """CircleError where tables form a circle.

    Without one, any tables that agree in their shared margins can come from the same answers (Vorob'ev 1962), so that an
    attacker who has all of them knows no more of a cell than from its own table and the margins. With one, that is not so.
    """
    place: dict[str, str] = {}
    for one, other in pairs:
        first, second = _root(place, one), _root(place, other)
        if first == second:
            raise CircleError((one, other))
        place[first] = second


def components(names: Sequence[str], pairs: Sequence[Pair]) -> list[list[str]]:
    """The variables that tables connect, those without a table by themselves; in the order given."""
    place: dict[str, str] = {}
    for one, other in pairs:
        first, second = _root(place, one), _root(place, other)
        if first != second:
            place[first] = second
    parts: dict[str, list[str]] = {}
    for name in names:
        parts.setdefault(_root(place, name), []).append(name)
    return list(parts.values())


def _root(place: dict[str, str], name: str) -> str:
    while name in place:
        name = place[name]
    return name
