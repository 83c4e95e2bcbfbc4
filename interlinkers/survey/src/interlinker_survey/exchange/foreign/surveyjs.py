"""SurveyJS JSON from elsewhere: read as it is; what the profile does not offer is taken out afterwards, and told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from interlinker_shared.text import clean_json
from interlinker_survey.exchange.foreign.findings import Foreign, Report, UnreadableFileError
from interlinker_survey.exchange.variables import localised, say

OLD_NAMES: Final = {
    "hasOther": "showOtherItem",
    "hasNone": "showNoneItem",
    "hasSelectAll": "showSelectAllItem",
    "hasComment": "showCommentArea",
}
NEXT_LANGUAGE: Final = "en"


def read_surveyjs(content: bytes) -> Foreign:
    """The definition in the file; UnreadableFileError where there is none."""
    try:
        raw = clean_json(json.loads(content.decode("utf-8-sig")))
    except (ValueError, RecursionError) as error:
        raise UnreadableFileError(f"This is not JSON that can be kept: {error}") from None
    if not isinstance(raw, dict) or not (raw.get("pages") or raw.get("elements") or raw.get("questions")):
        raise UnreadableFileError("This is no SurveyJS definition: it has neither pages nor elements.")
    report = Report()
    language = str(raw.get("locale") or NEXT_LANGUAGE)
    definition = _renamed(raw, report)
    definition.pop("locale", None)
    if "questions" in definition:
        definition["elements"] = definition.pop("questions")
    return Foreign(definition, say(localised(raw.get("title")), language), language, report)


def _renamed(part: Any, report: Report) -> Any:
    """The same with today's names of keys."""
    if isinstance(part, list):
        return [_renamed(entry, report) for entry in part]
    if not isinstance(part, Mapping):
        return part
    for old, new in OLD_NAMES.items():
        if old in part:
            report.changed(str(part.get("name", "")), old, f"It is called {new} today.")
    return {OLD_NAMES.get(key, key): _renamed(value, report) for key, value in part.items()}
