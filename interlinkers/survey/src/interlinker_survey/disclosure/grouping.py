"""One variable: categories that too few gave stand together, so that no margin is small."""

from __future__ import annotations

from collections.abc import Sequence

Groups = tuple[tuple[int, ...], ...]
"""Which categories stand together; each category is its place, the last one is "no answer"."""


def group(counts: Sequence[int], least: int, *, ordered: bool) -> Groups:
    """Put categories together until each group holds nobody or at least `least`; the last of `counts` gave no answer.

    Categories of an `ordered` variable only stand with neighbours. Where all who answered gave the same answer, or would
    seem to, all answers stand together. With a `least` of 1 nothing does. O(c³) for c categories.
    """
    groups: list[tuple[int, ...]] = [(place,) for place in range(len(counts))]
    if least <= 1:
        return tuple(groups)
    while (weak := _weakest(groups, counts, least)) is not None:
        partner = _partner(groups, counts, weak, ordered=ordered)
        if partner is None:
            return (tuple(range(len(counts))),)
        groups = _join(groups, weak, partner, ordered=ordered)
    if alike(totals(groups, counts), groups, len(counts)):
        groups = _one_answer(groups, len(counts))
    return tuple(groups)


def totals(groups: Sequence[Sequence[int]], counts: Sequence[int]) -> list[int]:
    """How many are in each group."""
    return [sum(counts[place] for place in one) for one in groups]


def alike(sums: Sequence[int], groups: Sequence[Sequence[int]], categories: int) -> bool:
    """Whether these numbers say that all who answered gave the same of several answers: then they tell of each of them.

    `sums` are those of `groups`. A group in which answers stand with "no answer" says nothing of the kind.
    """
    silent = categories - 1
    told = [one for one, held in zip(groups, sums, strict=True) if held and any(place != silent for place in one)]
    shown = [one for one in groups if tuple(one) != (silent,)]
    return len(shown) > 1 and len(told) == 1 and silent not in told[0]


def _weakest(groups: Sequence[tuple[int, ...]], counts: Sequence[int], least: int) -> int | None:
    sums = totals(groups, counts)
    small = [place for place, held in enumerate(sums) if 0 < held < least]
    return min(small, key=lambda place: (sums[place], place), default=None)


def _partner(groups: Sequence[tuple[int, ...]], counts: Sequence[int], weak: int, *, ordered: bool) -> int | None:
    """The group that loses least by standing with the weak one."""
    sums = totals(groups, counts)
    silent = (len(counts) - 1,)
    others = [place for place, held in enumerate(sums) if held and place != weak]
    if ordered and silent != groups[weak]:
        answers = [place for place in others if groups[place] != silent]
        others = _nearest(answers, weak) or others
    return min(others, key=lambda place: (sums[place], abs(place - weak)), default=None)


def _nearest(places: Sequence[int], weak: int) -> list[int]:
    """The next one before and the next one behind."""
    before = [place for place in places if place < weak][-1:]
    return before + [place for place in places if place > weak][:1]


def _join(groups: Sequence[tuple[int, ...]], one: int, other: int, *, ordered: bool) -> list[tuple[int, ...]]:
    """Put two groups into the place of the first; what lies between neighbours goes with them."""
    first, last = sorted((one, other))
    silent = last == len(groups) - 1
    between = list(range(first, last + 1)) if ordered and not silent else [first, last]
    joined = tuple(sorted(place for number in between for place in groups[number]))
    return [
        joined if number == first else kept
        for number, kept in enumerate(groups)
        if number == first or number not in between
    ]


def _one_answer(groups: Sequence[tuple[int, ...]], categories: int) -> list[tuple[int, ...]]:
    silent = (categories - 1,)
    apart = [silent] if silent in groups else []
    return [tuple(range(categories - len(apart))), *apart]
