"""The rules of a survey, pure: what may be answered, how answers are counted, what imports and erasure do."""

from interlinker_survey.domain.answers import Answer, Answers, Judgement, check_answers, judge_answers, state_with
from interlinker_survey.domain.entries import fewest, initial, most
from interlinker_survey.domain.forms import ListFields, answers_of_form, field_name, field_of, fields_of, started
from interlinker_survey.domain.history import History
from interlinker_survey.domain.imports import NewChoice, import_target, with_choices, without_choice
from interlinker_survey.domain.modes import Access, Anonymity, Edits, check_together, in_present_words
from interlinker_survey.domain.responses import Response
from interlinker_survey.domain.rules import (
    AlreadyAnsweredError,
    AnswersSealedError,
    EditsOverError,
    GuestsNotAllowedError,
    ImportTooLateError,
    ResponseEntryError,
    ResponseKnownError,
    ResponseMissingError,
    VersionMissingError,
    VersionRefusedError,
    VersionSupersededError,
)
from interlinker_survey.domain.secrecy import (
    is_anonymous,
    names_people,
    new_key,
    require_edits,
    require_own,
    require_readable,
    spent_token,
)
from interlinker_survey.domain.tally import Tally, erase_texts, free_texts, item_id
from interlinker_survey.domain.versions import Change, ChangeKind, Merge, Step, Version, apart, merged, steps_between

__all__ = [
    "Access",
    "AlreadyAnsweredError",
    "Anonymity",
    "Answer",
    "Answers",
    "AnswersSealedError",
    "Change",
    "ChangeKind",
    "Edits",
    "EditsOverError",
    "GuestsNotAllowedError",
    "History",
    "ImportTooLateError",
    "Judgement",
    "ListFields",
    "Merge",
    "NewChoice",
    "Response",
    "ResponseEntryError",
    "ResponseKnownError",
    "ResponseMissingError",
    "Step",
    "Tally",
    "Version",
    "VersionMissingError",
    "VersionRefusedError",
    "VersionSupersededError",
    "answers_of_form",
    "apart",
    "check_answers",
    "check_together",
    "erase_texts",
    "fewest",
    "field_name",
    "field_of",
    "fields_of",
    "free_texts",
    "import_target",
    "in_present_words",
    "initial",
    "is_anonymous",
    "item_id",
    "judge_answers",
    "merged",
    "most",
    "names_people",
    "new_key",
    "require_edits",
    "require_own",
    "require_readable",
    "spent_token",
    "started",
    "state_with",
    "steps_between",
    "with_choices",
    "without_choice",
]
