"""Whether an answer is one that its question takes, whatever the others are: types, choices, ranges, lengths, counts."""

from interlinker_survey.definition.reading.nested import flaws_of, read_all, read_answer
from interlinker_survey.definition.reading.refusals import Answer, Answers, Refused, Single

__all__ = ["Answer", "Answers", "Refused", "Single", "flaws_of", "read_all", "read_answer"]
