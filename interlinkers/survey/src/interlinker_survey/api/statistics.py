"""`/surveys/{survey_id}/statistics` and `/crosstabs`: every count, for those who run a survey."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from interlinker_shared.errors import InvalidError
from interlinker_shared.http import Database, ModeratorHere
from interlinker_shared.limits.rates import costly
from interlinker_survey import analysing
from interlinker_survey.analysing import CrossCounts, Statistics

router = APIRouter(prefix="/surveys", tags=["statistics"])

MOST_POPULATIONS = 200
Populations = Annotated[
    list[Annotated[str, Query(max_length=500)]],
    Query(
        max_length=MOST_POPULATIONS,
        description="`question:choice:number`, once for each part of the population: shares are weighted to it.",
        examples=[["district:north:5200", "district:south:4100"]],
    ),
]
VariableName = Annotated[
    str, Query(max_length=200, description="Of a question; of a table's row or cell with dots between: `mood.monday`.")
]


@router.get("/{survey_id}/statistics")
@costly
async def read_statistics(
    survey_id: UUID,
    db: Database,
    _who: ModeratorHere,
    population: Populations = [],  # noqa: B006 - FastAPI copies it
) -> Statistics:
    """Read all counts of a survey: shares with Wilson's intervals, figures of numbers and ranks, responses by day.

    For those who run it: nothing is held back here, so it is not for passing on. Several populations are raked. 403 before
    the end of an anonymous survey, 404 for a draft.
    """
    return await db.read(analysing.read_statistics, survey_id, _populations(population))


@router.get("/{survey_id}/crosstabs")
@costly
async def read_crosstab(
    survey_id: UUID, db: Database, _who: ModeratorHere, rows: VariableName, columns: VariableName
) -> CrossCounts:
    """Read two questions at once: counts, chi-squared with its p, Cramér's V, and whether the test can be trusted.

    For those who run it, as the statistics. Weights are not taken into account.
    """
    return await db.read(analysing.read_crosstab, survey_id, rows, columns)


def _populations(told: list[str]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for one in told:
        question, _, rest = one.partition(":")
        choice, _, number = rest.rpartition(":")
        if not question or not choice or not number.isdecimal() or len(number) > 12:  # noqa: PLR2004 - a thousand milliards
            message = f"“{one}” must be question:choice:number."
            raise InvalidError(message, slug="bad-population", pointer="/query/population")
        found.setdefault(question, {})[choice] = float(number)
    return found
