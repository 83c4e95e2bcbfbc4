"""The question that a page or an integrator asks while somebody types a title."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import Field

from interlinker_ideation.similar import words
from interlinker_shared.text import Wire


class SimilarIdea(Wire):
    """An idea of the campaign that may be the same as what somebody is about to submit."""

    id: UUID
    number: int
    title: str
    language: str
    likeness: int = Field(ge=0, le=100, description="How alike the titles are; 100: the same words.")


class SimilarIdeas(Wire):
    """Ideas with a similar title, the most alike first."""

    items: list[SimilarIdea]


def most_alike(title: str, candidates: Sequence[Any], limit: int) -> SimilarIdeas:
    """The candidates in the order of their likeness to a title."""
    by_id = {row.id: row for row in candidates}
    found = words.closest(words.fold(title), [(row.id, words.fold(row.title)) for row in candidates], limit)
    items = [
        SimilarIdea(
            id=key,
            number=by_id[key].number,
            title=by_id[key].title,
            language=by_id[key].language,
            likeness=round(likeness),
        )
        for key, likeness in found
    ]
    return SimilarIdeas(items=items)
