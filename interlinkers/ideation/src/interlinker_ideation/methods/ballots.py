"""What a valid ballot is, type by type: each refusal names the entry that is wrong, by a pointer, and what is wrong with it.

A valid ballot comes back in the one form in which equal ballots are equal: ideas by number, sorted where their order means nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from interlinker_ideation.domain import N_
from interlinker_shared.errors import FieldError, InvalidError

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Limits:
    """How many ideas one ballot may name; `most` None means no upper limit."""

    least: int = 1
    most: int | None = None


ANY = Limits(0)


def approval(
    chosen: Sequence[Key], numbers: Mapping[Key, int], limits: Limits, *, field: str = "approvals"
) -> list[int]:
    """The approved ideas. `numbers` holds the ideas of the campaign that can be voted for. Raises InvalidError."""
    _refuse([*_entries(chosen, numbers, field), *_length(len(chosen), limits, field)])
    return sorted(numbers[key] for key in chosen)


def knapsack(
    chosen: Sequence[Key], numbers: Mapping[Key, int], costs: Mapping[Key, int | None], budget: int, limits: Limits
) -> list[int]:
    """Approved ideas that fit into the budget together; an idea nobody knows the cost of cannot be in it. Raises InvalidError."""
    field = "approvals"
    wrong = [*_entries(chosen, numbers, field), *_length(len(chosen), limits, field)]
    wrong += [
        FieldError(f"/{field}/{place}", N_("Nobody has said yet what this idea costs."), "no-cost")
        for place, key in enumerate(chosen)
        if key in numbers and costs.get(key) is None
    ]
    if sum(costs.get(key) or 0 for key in chosen) > budget:
        wrong.append(
            FieldError(f"/{field}", N_("Together these ideas cost more than there is to give."), "over-budget")
        )
    _refuse(wrong)
    return sorted(numbers[key] for key in chosen)


def points(
    given: Sequence[tuple[Key, int]],
    numbers: Mapping[Key, int],
    *,
    total: int,
    most_each: int | None = None,
    least: int = 0,
    limits: Limits = ANY,
) -> list[tuple[int, int]]:
    """Ideas with the points that they get, at most `total` together, at least `least`. Raises InvalidError."""
    field = "points"
    wrong = [*_entries([key for key, _ in given], numbers, field), *_length(len(given), limits, field)]
    for place, (_, some) in enumerate(given):
        if some < 1:
            wrong.append(
                FieldError(f"/{field}/{place}", N_("Give at least one point, or leave the idea out."), "too_small")
            )
        elif most_each is not None and some > most_each:
            wrong.append(FieldError(f"/{field}/{place}", f"Give at most {most_each} to one idea.", "too_large"))
    altogether = sum(some for _, some in given)
    if altogether > total:
        wrong.append(FieldError(f"/{field}", f"Give at most {total} altogether, not {altogether}.", "too_large"))
    elif altogether < least:
        wrong.append(FieldError(f"/{field}", f"Give at least {least} altogether, not {altogether}.", "too_small"))
    _refuse(wrong)
    return sorted((numbers[key], some) for key, some in given)


def ranking(order: Sequence[Key], numbers: Mapping[Key, int], limits: Limits) -> list[int]:
    """Ideas from the most to the least preferred; not all need to be there. Raises InvalidError."""
    field = "ranking"
    _refuse([*_entries(order, numbers, field), *_length(len(order), limits, field)])
    return [numbers[key] for key in order]


def answers(
    given: Sequence[tuple[Key, int]], numbers: Mapping[Key, int], allowed: Sequence[int], limits: Limits, *, field: str
) -> list[tuple[int, int]]:
    """Ideas with an answer of a scale, such as -1, 0, 1 or the marks of a rating. Raises InvalidError."""
    wrong = [*_entries([key for key, _ in given], numbers, field), *_length(len(given), limits, field)]
    wrong += [
        FieldError(f"/{field}/{place}", f"Answer with one of {', '.join(map(str, allowed))}.", "not-allowed")
        for place, (_, value) in enumerate(given)
        if value not in allowed
    ]
    _refuse(wrong)
    return sorted((numbers[key], value) for key, value in given)


def _entries(chosen: Sequence[Key], numbers: Mapping[Key, int], field: str) -> list[FieldError]:
    wrong, seen = [], set()
    for place, key in enumerate(chosen):
        if key not in numbers:
            wrong.append(FieldError(f"/{field}/{place}", N_("This campaign has no such idea."), "unknown-idea"))
        elif key in seen:
            wrong.append(FieldError(f"/{field}/{place}", N_("This idea is on the ballot already."), "duplicate"))
        seen.add(key)
    return wrong


def _length(length: int, limits: Limits, field: str) -> list[FieldError]:
    # Codes and words are those of the page kit, which knows them in every language.
    if length < limits.least:
        return [FieldError(f"/{field}", f"Choose at least {limits.least}.", "too_short")]
    if limits.most is not None and length > limits.most:
        return [FieldError(f"/{field}", f"Choose at most {limits.most}.", "too_long")]
    return []


def _refuse(wrong: list[FieldError]) -> None:
    if wrong:
        raise InvalidError.many(wrong)
