"""What a ballot's choices come to under a campaign's method: the marks that are kept, or what is wrong with each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from interlinker_ideation.domain import N_
from interlinker_ideation.methods import ballots
from interlinker_ideation.voting import Choices, PointsMethod, RatingMethod
from interlinker_ideation.wire import CampaignConfig
from interlinker_shared.errors import ConflictError, FieldError, InvalidError

Marks: TypeAlias = list[int] | list[tuple[int, int]]
"""Idea numbers, or pairs of one and a value."""

FIELDS = {
    "approval": "approvals",
    "knapsack": "approvals",
    "points": "points",
    "ranked": "ranking",
    "rating": "ratings",
    "up-down": "votes",
}
"""The field of a ballot that each method takes."""


class NoBallotsError(ConflictError):
    """The campaign's method has no ballots."""

    slug = "no-ballots"

    def __init__(self) -> None:
        super().__init__(N_("This campaign has no ballots: ideas are put in order by how many people support them."))


class Candidate(NamedTuple):
    """An idea that can be voted for."""

    number: int
    cost: int | None


def ideas_on(choices: Choices) -> Sequence[UUID]:
    """The ideas that a ballot names, as often as it does."""
    marked: list[Any] = [*(choices.points or ()), *(choices.ratings or ()), *(choices.votes or ())]
    return [*(choices.approvals or ()), *(choices.ranking or ()), *(mark.idea for mark in marked)]


def marks_of(choices: Choices, config: CampaignConfig, candidates: Mapping[UUID, Candidate]) -> Marks:
    """The marks in the one form in which equal ballots are equal. Raises InvalidError, or NoBallotsError."""
    kind = config.method.type
    if kind not in FIELDS:
        raise NoBallotsError
    if wrong := list(_out_of_place(choices, FIELDS[kind])):
        raise InvalidError.many(wrong)
    numbers = {idea: one.number for idea, one in candidates.items()}
    return _MARKS[kind](choices, config, numbers, candidates)


def _out_of_place(choices: Choices, wanted: str) -> Iterator[FieldError]:
    for field in dict.fromkeys(FIELDS.values()):
        given = getattr(choices, field) is not None
        if field == wanted and not given:
            yield FieldError(f"/{field}", N_("This campaign's ballots need this."), "missing")
        elif field != wanted and given:
            yield FieldError(f"/{field}", N_("This campaign's ballots do not have this."), "not-allowed")


Numbers = Mapping[UUID, int]
Candidates = Mapping[UUID, Candidate]


def _approval(choices: Choices, config: CampaignConfig, numbers: Numbers, _all: Candidates) -> Marks:
    return ballots.approval(choices.approvals or (), numbers, config.limits)


def _knapsack(choices: Choices, config: CampaignConfig, numbers: Numbers, candidates: Candidates) -> Marks:
    costs = {idea: one.cost for idea, one in candidates.items()}
    return ballots.knapsack(choices.approvals or (), numbers, costs, config.budget or 0, config.limits)


def _points(choices: Choices, config: CampaignConfig, numbers: Numbers, _all: Candidates) -> Marks:
    method, given = config.method, [(mark.idea, mark.points) for mark in choices.points or ()]
    assert isinstance(method, PointsMethod)  # noqa: S101 - narrows the type
    return ballots.points(
        given, numbers, total=method.total, most_each=method.most_each, least=method.least, limits=config.limits
    )


def _ranking(choices: Choices, config: CampaignConfig, numbers: Numbers, _all: Candidates) -> Marks:
    return ballots.ranking(choices.ranking or (), numbers, config.limits)


def _ratings(choices: Choices, config: CampaignConfig, numbers: Numbers, _all: Candidates) -> Marks:
    assert isinstance(config.method, RatingMethod)  # noqa: S101 - narrows the type
    given = [(mark.idea, mark.rating) for mark in choices.ratings or ()]
    return ballots.answers(given, numbers, range(1, config.method.levels + 1), config.limits, field="ratings")


def _votes(choices: Choices, config: CampaignConfig, numbers: Numbers, _all: Candidates) -> Marks:
    given = [(mark.idea, int(mark.vote)) for mark in choices.votes or ()]
    return ballots.answers(given, numbers, (-1, 0, 1), config.limits, field="votes")


_MARKS: dict[str, Callable[[Choices, CampaignConfig, Numbers, Candidates], Marks]] = {
    "approval": _approval,
    "knapsack": _knapsack,
    "points": _points,
    "ranked": _ranking,
    "rating": _ratings,
    "up-down": _votes,
}
