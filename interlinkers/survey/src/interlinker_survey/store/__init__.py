"""Tables and queries of the survey service: the only modules that write SQL."""

from interlinker_survey.store.reported import responses_by_id, rewrite_answers, surveys_by_id
from interlinker_survey.store.responses import (
    add_participation,
    add_response,
    forget_subject,
    own_response,
    page_of_responses,
    replace_response,
    responses_of,
    scan_apart,
    scan_as_given,
    scan_responses,
    survey_of,
)
from interlinker_survey.store.secrecy import (
    add_anonymous_response,
    add_key,
    answered_by,
    has_answered,
    seal_survey,
    spend_token,
)
from interlinker_survey.store.surveys import (
    add_imported_choices,
    change_config,
    imported_choices,
    purge,
    take_imported_choice,
)
from interlinker_survey.store.tables import Base
from interlinker_survey.store.versions import (
    add_version,
    asked_by,
    current_number,
    rewrite_versions,
    version,
    versions_of,
)

__all__ = [
    "Base",
    "add_anonymous_response",
    "add_imported_choices",
    "add_key",
    "add_participation",
    "add_response",
    "add_version",
    "answered_by",
    "asked_by",
    "change_config",
    "current_number",
    "forget_subject",
    "has_answered",
    "imported_choices",
    "own_response",
    "page_of_responses",
    "purge",
    "replace_response",
    "responses_by_id",
    "responses_of",
    "rewrite_answers",
    "rewrite_versions",
    "scan_apart",
    "scan_as_given",
    "scan_responses",
    "seal_survey",
    "spend_token",
    "survey_of",
    "surveys_by_id",
    "take_imported_choice",
    "version",
    "versions_of",
]
