"""The rules of a survey, pure: what may be answered, how answers are counted, what imports and erasure do."""

from interlinker_survey.domain.answers import Answer, Answers, answers_of_form, check_answers, field_name
from interlinker_survey.domain.imports import NewChoice, import_target, with_choices, without_choice
from interlinker_survey.domain.responses import Response
from interlinker_survey.domain.rules import (
    AlreadyAnsweredError,
    AnswersSealedError,
    GuestsNotAllowedError,
    ImportTooLateError,
    ResponseEntryError,
    ResponseKnownError,
    ResponseMissingError,
)
from interlinker_survey.domain.secrecy import is_anonymous, new_key, require_own, require_readable, spent_token
from interlinker_survey.domain.tally import Tally, erase_texts, free_texts, item_id

__all__ = [
    "AlreadyAnsweredError",
    "Answer",
    "Answers",
    "AnswersSealedError",
    "GuestsNotAllowedError",
    "ImportTooLateError",
    "NewChoice",
    "Response",
    "ResponseEntryError",
    "ResponseKnownError",
    "ResponseMissingError",
    "Tally",
    "answers_of_form",
    "check_answers",
    "erase_texts",
    "field_name",
    "free_texts",
    "import_target",
    "is_anonymous",
    "item_id",
    "new_key",
    "require_own",
    "require_readable",
    "spent_token",
    "with_choices",
    "without_choice",
]
