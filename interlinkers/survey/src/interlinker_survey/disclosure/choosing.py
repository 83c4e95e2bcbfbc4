"""A question with several answers: which of its counts are left out, though each person may be in many of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

Bounds = tuple[int, int]


@dataclass(frozen=True)
class Several:
    """How often each answer was chosen by `answered` people, each of whom chose from `fewest` to `most`.

    `alone` is the place of an answer that nobody chooses together with others.
    """

    chosen: Sequence[int]
    answered: int
    fewest: int
    most: int
    alone: int | None = None


def hide(several: Several, least: int, before: Collection[int] = ()) -> frozenset[int]:
    """The answers whose count is left out: small ones, those that nearly all or all chose, and more until none can be told.

    That is, until each hidden count can be told to no less than `least`. Beside the counts `answered` is shown, 0 or at
    least `least`. O(c²) for c answers.
    """
    counts = several.chosen
    if least <= 1:
        return frozenset()
    hidden = set(before) | {place for place, held in enumerate(counts) if not _harmless(held, several.answered, least)}
    while tellable(several, hidden, least):
        shown = [place for place, held in enumerate(counts) if place not in hidden and held]
        rest = shown or [place for place in range(len(counts)) if place not in hidden]
        if not rest:
            break
        hidden.add(min(rest, key=lambda place: (counts[place], place)))
    return frozenset(hidden)


def _harmless(held: int, answered: int, least: int) -> bool:
    return held == 0 or (held >= least and answered - held >= least)


def tellable(several: Several, hidden: Collection[int], least: int) -> list[int]:
    """The hidden answers whose count can be told to less than `least`, from those shown and from how many each may choose.

    Any counts from 0 to `answered` whose sum lies between `fewest` and `most` for each person can be: hand the choices out in turn.
    """
    told = []
    for place in sorted(hidden):
        low, high = bounds(several, hidden, place)
        if high - low < least:
            told.append(place)
    return told


def bounds(several: Several, hidden: Collection[int], place: int) -> Bounds:
    """The least and the greatest count of a hidden answer that fit what is shown."""
    shown = sum(held for other, held in enumerate(several.chosen) if other not in hidden)
    others = [several.answered for other in hidden if other != place]
    if several.alone is not None:
        return _beside_one_alone(several, hidden, place)
    low = several.answered * several.fewest - shown - sum(others)
    return max(0, low), min(several.answered, several.answered * several.most - shown)


def _beside_one_alone(several: Several, hidden: Collection[int], place: int) -> Bounds:
    """The same where one answer stands alone: who chose it chose nothing else, so each value of it is tried."""
    assert several.alone is not None, "only called where there is one"  # noqa: S101 - narrows the type
    alone, counts = several.alone, several.chosen
    shown = [held for other, held in enumerate(counts) if other not in hidden and other != alone]
    free = [other for other in hidden if other not in {alone, place}]
    tried = range(several.answered + 1) if alone in hidden else [counts[alone]]
    found: list[int] = []
    for lonely in tried:
        left = several.answered - lonely
        low = left * several.fewest - sum(shown) - left * len(free)
        high = left * several.most - sum(shown)
        if max(shown, default=0) > left or high < 0:
            continue
        if place == alone:
            found += [lonely] if low <= 0 else []
        elif max(0, low) <= min(left, high):
            found += [max(0, low), min(left, high)]
    return (min(found), max(found)) if found else (0, 0)
