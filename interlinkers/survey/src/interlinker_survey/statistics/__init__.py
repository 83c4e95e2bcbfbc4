"""Statistics of answers, pure: counts are whole numbers, sums are exact, and the standard library is all it takes.

It knows nothing of surveys' definitions or of tables: `Variable` says what was asked, a `Column` how often each value came.
"""

from interlinker_survey.statistics.chisquare import upper_tail
from interlinker_survey.statistics.crosstab import Association, associate
from interlinker_survey.statistics.intervals import LEVEL, Interval, promoters, wilson
from interlinker_survey.statistics.numbers import Numbers, describe
from interlinker_survey.statistics.ranks import Rank, rank
from interlinker_survey.statistics.variables import Answered, Column, Kind, Missing, Variable, answered, chosen, values
from interlinker_survey.statistics.weights import NoWeightError, Weighted, effective_size, rake

__all__ = [
    "LEVEL",
    "Answered",
    "Association",
    "Column",
    "Interval",
    "Kind",
    "Missing",
    "NoWeightError",
    "Numbers",
    "Rank",
    "Variable",
    "Weighted",
    "answered",
    "associate",
    "chosen",
    "describe",
    "effective_size",
    "promoters",
    "rake",
    "rank",
    "upper_tail",
    "values",
    "wilson",
]
