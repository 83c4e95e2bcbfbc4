"""What a survey asks: a strict subset of SurveyJS JSON, read whole or refused with a place for every flaw."""

from interlinker_survey.definition.model import (
    BooleanQuestion,
    CheckboxQuestion,
    Choice,
    ChoiceQuestion,
    CommentQuestion,
    Definition,
    Page,
    Question,
    RatingQuestion,
    TextQuestion,
    read_definition,
    texts,
)

__all__ = [
    "BooleanQuestion",
    "CheckboxQuestion",
    "Choice",
    "ChoiceQuestion",
    "CommentQuestion",
    "Definition",
    "Page",
    "Question",
    "RatingQuestion",
    "TextQuestion",
    "read_definition",
    "texts",
]
