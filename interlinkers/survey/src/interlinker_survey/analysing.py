"""Statistics for those who run a survey: every count as it is, with nothing held back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from interlinker_shared import assets
from interlinker_shared.assets import Asset, State
from interlinker_shared.errors import InvalidError, NotFoundError
from interlinker_survey import store
from interlinker_survey.counting import Counts, count_responses
from interlinker_survey.definition.kept import definition_of
from interlinker_survey.domain import require_readable
from interlinker_survey.statistics import (
    Column,
    Interval,
    Kind,
    Missing,
    NoWeightError,
    Numbers,
    Rank,
    Weighted,
    answered,
    associate,
    chosen,
    describe,
    promoters,
    rake,
    rank,
    values,
    wilson,
)
from interlinker_survey.variables import Asked, variables_of

DETRACTORS, PASSIVES = range(7), range(7, 9)
Populations = Mapping[str, Mapping[str, float]]


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class Share(_Shown):
    """One answer: how many gave it (weighted, where there are weights), their share of those who answered, and its 95 % interval."""

    key: str
    count: float
    share: float | None
    low: float
    high: float


class NumbersShown(_Shown):
    """Figures of numbers; `deviation` is that of a sample, quartiles are interpolated."""

    count: int
    mean: float
    deviation: float | None
    quartiles: tuple[float, float, float]
    least: float
    most: float


class RankShown(_Shown):
    """One choice of a ranking: how many ranked it, and first; its mean place among those; its points by Borda."""

    key: str
    ranked: int
    first: int
    mean: float | None
    borda: float


class PromoterScore(_Shown):
    """The Net Promoter Score from -1 to 1, with its 95 % interval."""

    score: float
    low: float
    high: float


class VariableStatistics(_Shown):
    """One variable: a question, or one row, cell or line of it (`parts`)."""

    name: str
    question: str
    parts: list[str]
    kind: Kind
    answered: int
    missing: dict[Missing, int]
    shares: list[Share]
    numbers: NumbersShown | None = None
    ranks: list[RankShown] = Field(default_factory=list)
    promoter_score: PromoterScore | None = None


class Statistics(_Shown):
    """All variables of a survey. `effective_size` is what the weighted responses are worth, where there are weights."""

    responses: int
    by_day: dict[str, int] = Field(description="By day of arrival (UTC); empty where that is not kept.")
    effective_size: float | None
    variables: list[VariableStatistics]


class AssociationShown(_Shown):
    """Pearson's chi-squared test, with Cramér's V, also corrected for bias; `reliable` by Cochran's rule."""

    size: int
    chi_squared: float
    freedom: int
    p: float
    v: float
    v_corrected: float
    few_expected: float
    reliable: bool


class CrossCounts(_Shown):
    """Two variables: counts of those who answered both. There is no test where one person can be in several lines."""

    rows: str
    columns: str
    row_keys: list[str]
    column_keys: list[str]
    cells: list[list[int]]
    row_totals: list[int]
    column_totals: list[int]
    size: int
    test: AssociationShown | None


@dataclass(frozen=True)
class _Weighing:
    """How much each answer of a variable weighs: by stratum, those of which no weight is known left out."""

    by: tuple[str, ...]
    weighted: Weighted

    def weigh(self, column: Counter[tuple[Any, ...]]) -> tuple[dict[Any, float], float]:
        """(weight by value, effective number of answers)."""
        weights: defaultdict[Any, float] = defaultdict(float)
        squares = 0.0
        for (*stratum, value), count in column.items():
            weight = self.weighted.weights.get(tuple(stratum))
            if weight is not None and not isinstance(value, Missing):
                weights[value] += count * weight
                squares += count * weight * weight
        whole = sum(weights.values())
        return weights, whole * whole / squares if squares else 0.0


def read_statistics(session: Session, survey_id: UUID, populations: Populations) -> Statistics:
    """All variables of a survey; shares weighted to `populations`, sizes by answer by question, where there are any.

    Raises AnswersSealedError before the end of an anonymous survey, InvalidError for populations that nobody stands for.
    """
    survey, asked = _readable(session, survey_id)
    by = tuple(populations)
    for name in by:
        _variable(asked, name, "population", single=True)
    together = [by, *((*by, one.name) for one in asked)] if by else []
    counts = count_responses(session, survey, asked, together)
    weighing = _weighing(counts, by, populations) if by else None
    return Statistics(
        responses=counts.size,
        by_day=store.count_by_day(session, survey),
        effective_size=weighing.weighted.effective if weighing else None,
        variables=[_statistics(one, counts, weighing) for one in asked],
    )


def read_crosstab(session: Session, survey_id: UUID, rows: str, columns: str) -> CrossCounts:
    """Two variables of a survey, by their names; InvalidError where there is no such one with answers to choose from."""
    survey, asked = _readable(session, survey_id)
    one, other = _variable(asked, rows, "rows"), _variable(asked, columns, "columns")
    if one is other:
        message = "A table is of two different questions."
        raise InvalidError(message, slug="same-variable", pointer="/query/columns")
    found = count_responses(session, survey, [one, other], [(rows, columns)])
    cells = _cells(one, other, found.together[rows, columns])
    single = one.variable.single and other.variable.single
    test = associate(cells) if single else None
    return CrossCounts(
        rows=rows,
        columns=columns,
        row_keys=list(one.variable.keys),
        column_keys=list(other.variable.keys),
        cells=cells,
        row_totals=[sum(line) for line in cells],
        column_totals=[sum(line) for line in zip(*cells, strict=True)],
        size=_both(found.together[rows, columns]),
        test=AssociationShown.model_validate(test) if test else None,
    )


def _readable(session: Session, survey_id: UUID) -> tuple[Asset, list[Asked]]:
    survey = assets.require(session, survey_id)
    if survey.state is State.DRAFT:
        raise NotFoundError
    require_readable(survey.config, closed=survey.state is State.CLOSED)
    return survey, variables_of(definition_of(survey), survey.language)


def _variable(asked: Sequence[Asked], name: str, parameter: str, *, single: bool = False) -> Asked:
    found = next((one for one in asked if one.name == name and one.variable.keys), None)
    if found is None or (single and not found.variable.single):
        message = f"There is no question “{name}” with answers to choose from."
        raise InvalidError(message, slug="no-such-variable", pointer=f"/query/{parameter}")
    return found


def _weighing(counts: Counts, by: tuple[str, ...], populations: Populations) -> _Weighing:
    strata = {
        stratum: count
        for stratum, count in counts.together[by].items()
        if not any(isinstance(key, Missing) for key in stratum)
    }
    try:
        return _Weighing(by, rake({tuple(map(str, one)): n for one, n in strata.items()}, list(populations.values())))
    except NoWeightError as error:
        message = f"No weights lead to this population: {error}."
        raise InvalidError(message, slug="no-weights", pointer="/query/population") from error


def _statistics(asked: Asked, counts: Counts, weighing: _Weighing | None) -> VariableStatistics:
    column = counts.columns[asked.name]
    told = answered(column)
    by_value, size = _weighed(asked, counts, weighing) if weighing else (values(column), float(told.answered))
    numbers = _numbers(asked, column)
    return VariableStatistics(
        name=asked.name,
        question=asked.path[0],
        parts=list(asked.path[1:]),
        kind=asked.variable.kind,
        answered=told.answered,
        missing=dict(told.missing),
        shares=_shares(asked, by_value, size),
        numbers=NumbersShown.model_validate(numbers) if numbers else None,
        ranks=_ranks(asked, column),
        promoter_score=_promoters(by_value, size) if asked.variable.is_nps else None,
    )


def _weighed(asked: Asked, counts: Counts, weighing: _Weighing) -> tuple[Mapping[Any, float], float]:
    return weighing.weigh(counts.together[*weighing.by, asked.name])


def _shares(asked: Asked, by_value: Mapping[Any, float], size: float) -> list[Share]:
    whole = sum(by_value.values())
    counts = dict.fromkeys(asked.variable.keys, 0.0)
    for value, count in by_value.items():
        for key in value if isinstance(value, tuple) else (value,):
            if key in counts:
                counts[key] += count
    if asked.variable.kind is Kind.RANKED:
        return []
    return [_share(key, count, whole, size) for key, count in counts.items()]


def _share(key: str, count: float, whole: float, size: float) -> Share:
    share = min(1.0, count / whole) if whole else None
    interval: Interval = wilson(share or 0.0, size)
    return Share(key=key, count=count, share=share, low=interval.low, high=interval.high)


def _numbers(asked: Asked, column: Column) -> Numbers | None:
    if asked.variable.kind is Kind.NUMERIC:
        return describe({value: count for value, count in values(column).items() if isinstance(value, int | float)})
    if asked.variable.scores:
        counts = chosen(asked.variable, column)
        return describe(
            {score: counts[key] for key, score in zip(asked.variable.keys, asked.variable.scores, strict=True)}
        )
    return None


def _ranks(asked: Asked, column: Column) -> list[RankShown]:
    if asked.variable.kind is not Kind.RANKED:
        return []
    rankings = {value: count for value, count in values(column).items() if isinstance(value, tuple)}
    found: dict[str, Rank] = rank(asked.variable.keys, rankings)
    return [
        RankShown(key=key, ranked=one.ranked, first=one.first, mean=one.mean, borda=one.borda)
        for key, one in found.items()
    ]


def _promoters(by_value: Mapping[Any, float], size: float) -> PromoterScore | None:
    whole = sum(by_value.values())
    against = sum(count for key, count in by_value.items() if int(key) in DETRACTORS)
    neither = sum(count for key, count in by_value.items() if int(key) in PASSIVES)
    scale = size / whole if whole else 0.0
    found = promoters(against * scale, neither * scale, (whole - against - neither) * scale)
    return PromoterScore(score=found[0], low=found[1].low, high=found[1].high) if found else None


def _cells(one: Asked, other: Asked, found: Counter[tuple[Any, ...]]) -> list[list[int]]:
    rows, columns = one.variable.keys, other.variable.keys
    cells = [[0] * len(columns) for _ in rows]
    for (first, second), count in found.items():
        for row in _keys(first):
            for column in _keys(second):
                cells[rows.index(row)][columns.index(column)] += count
    return cells


def _keys(value: Any) -> tuple[str, ...]:
    if isinstance(value, Missing):
        return ()
    return value if isinstance(value, tuple) else (str(value),)


def _both(found: Counter[tuple[Any, ...]]) -> int:
    return sum(count for pair, count in found.items() if not any(isinstance(value, Missing) for value in pair))
