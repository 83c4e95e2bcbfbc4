"""What a participant can do, and what becomes of it: one plain function per deed."""

from interlinker_survey.actions.responses import (
    Asked,
    Sent,
    asked_in,
    read_own_response,
    replace_response,
    submit_response,
)
from interlinker_survey.actions.subjects import erase_subject, export_subject
from interlinker_survey.actions.surveys import begin_survey, end_survey, import_items, withdraw_item
from interlinker_survey.actions.versions import publish_version

__all__ = [
    "Asked",
    "Sent",
    "asked_in",
    "begin_survey",
    "end_survey",
    "erase_subject",
    "export_subject",
    "import_items",
    "publish_version",
    "read_own_response",
    "replace_response",
    "submit_response",
    "withdraw_item",
]
