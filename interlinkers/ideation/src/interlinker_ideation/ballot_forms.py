"""Ballots as pages send them: what was typed beside each idea becomes a ballot, and what is wrong with that finds its field again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from interlinker_ideation.domain import N_
from interlinker_ideation.marking import FIELDS
from interlinker_ideation.voting import MAX_LEVELS, MAX_MARKS, MAX_POINTS, BallotPaper, Points, Rating, Vote
from interlinker_ideation.wire import CampaignConfig, Idea
from interlinker_shared.errors import FieldError, InvalidError
from interlinker_shared.text import Key, Wire

SAME_PLACE = N_("Another idea has this place already.")
TOO_MANY_POINTS = N_("These are more points than there are to give.")
TOO_FEW_POINTS = N_("These are fewer points than must be given.")

_POINTS = {"too_large": TOO_MANY_POINTS, "too_small": TOO_FEW_POINTS}


class BallotForm(Wire):
    """What the page asks of a ballot; of fields beside ideas, `name/<id of the idea>`, blank ones count for nothing."""

    approvals: list[UUID] = Field(default_factory=list, max_length=MAX_MARKS)
    points: dict[UUID, Annotated[int, Field(ge=0, le=MAX_POINTS)]] = Field(default_factory=dict)
    ranking: dict[UUID, Annotated[int, Field(ge=1, le=MAX_MARKS)]] = Field(default_factory=dict)
    ratings: dict[UUID, Annotated[int, Field(ge=1, le=MAX_LEVELS)]] = Field(default_factory=dict)
    votes: dict[UUID, Literal["1", "0", "-1"]] = Field(default_factory=dict)
    receipt: Key | None = None
    step: Literal["total"] | None = None

    def paper(self, config: CampaignConfig) -> tuple[BallotPaper, list[UUID]]:
        """The ballot, and the ideas on it in its order. Raises InvalidError where two ideas have the same place."""
        receipt, kind = self.receipt, config.method.type
        if kind == "points":
            given = [Points(idea=idea, points=some) for idea, some in self.points.items() if some]
            return BallotPaper(points=given, receipt=receipt), [one.idea for one in given]
        if kind == "ranked":
            order = _in_order(self.ranking)
            return BallotPaper(ranking=order, receipt=receipt), order
        if kind == "rating":
            ratings = [Rating(idea=idea, rating=mark) for idea, mark in self.ratings.items()]
            return BallotPaper(ratings=ratings, receipt=receipt), list(self.ratings)
        if kind == "up-down":
            votes = [Vote.model_validate({"idea": idea, "vote": int(vote)}) for idea, vote in self.votes.items()]
            return BallotPaper(votes=votes, receipt=receipt), list(self.votes)
        return BallotPaper(approvals=self.approvals, receipt=receipt), self.approvals

    def total(self, config: CampaignConfig, candidates: Iterable[Idea]) -> int:
        """The points that are given, or what the chosen ideas cost together."""
        if config.method.type == "points":
            return sum(self.points.values())
        return sum(idea.cost or 0 for idea in candidates if idea.id in self.approvals)


def _in_order(places: dict[UUID, int]) -> list[UUID]:
    order = sorted(places, key=lambda idea: places[idea])
    wrong = [
        FieldError(f"/ranking/{idea}", SAME_PLACE, "duplicate")
        for before, idea in pairwise(order)
        if places[before] == places[idea]
    ]
    if wrong:
        raise InvalidError.many(wrong)
    return order


def beside_ideas(error: InvalidError, config: CampaignConfig, ideas: Sequence[UUID]) -> InvalidError:
    """The same error with the fields of the page: `/points/2` of a ballot is the field beside its third idea."""
    field = FIELDS.get(config.method.type, "approvals")
    if field == "approvals":
        return error
    return InvalidError.many([_beside(one, field, ideas) for one in error.fields])


def _beside(error: FieldError, field: str, ideas: Sequence[UUID]) -> FieldError:
    found = re.fullmatch(rf"/{field}/(\d+)", error.pointer)
    if found and int(found[1]) < len(ideas):
        return FieldError(f"/{field}/{ideas[int(found[1])]}", error.message, error.code)
    if error.pointer == "/points":
        return FieldError("", _POINTS.get(error.code, error.message), error.code)
    return FieldError("" if error.pointer == f"/{field}" else error.pointer, error.message, error.code)
