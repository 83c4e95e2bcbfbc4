"""What a survey asks: a frozen profile of SurveyJS JSON, read whole or refused with a place for every flaw."""

from interlinker_survey.definition.asked import (
    BooleanQuestion,
    CommentQuestion,
    ExpressionQuestion,
    Html,
    RatingQuestion,
    TextQuestion,
)
from interlinker_survey.definition.choosing import (
    CheckboxQuestion,
    ChoiceQuestion,
    ImageChoice,
    ImagePickerQuestion,
    RankingQuestion,
)
from interlinker_survey.definition.columns import CellQuestion
from interlinker_survey.definition.containers import COMMENT, Element, Page, Panel, PanelDynamicQuestion, Question
from interlinker_survey.definition.items import Choice
from interlinker_survey.definition.model import Definition, read_definition, texts
from interlinker_survey.definition.tables import (
    MatrixDropdownQuestion,
    MatrixDynamicQuestion,
    MatrixQuestion,
    MultipleTextQuestion,
)

__all__ = [
    "COMMENT",
    "BooleanQuestion",
    "CellQuestion",
    "CheckboxQuestion",
    "Choice",
    "ChoiceQuestion",
    "CommentQuestion",
    "Definition",
    "Element",
    "ExpressionQuestion",
    "Html",
    "ImageChoice",
    "ImagePickerQuestion",
    "MatrixDropdownQuestion",
    "MatrixDynamicQuestion",
    "MatrixQuestion",
    "MultipleTextQuestion",
    "Page",
    "Panel",
    "PanelDynamicQuestion",
    "Question",
    "RankingQuestion",
    "RatingQuestion",
    "TextQuestion",
    "read_definition",
    "texts",
]
