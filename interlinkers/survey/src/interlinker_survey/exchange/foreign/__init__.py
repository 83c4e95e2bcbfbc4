"""Surveys from elsewhere (SurveyJS, XLSForm, LimeSurvey): read, fitted into what is offered here, with a report of every item.

found = import_survey(Source.LSS, content)
found.definition, found.report.counts()           # {"taken": 12, "changed": 3, "lost": 1}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Final

from interlinker_survey.exchange.foreign.archives import require_size
from interlinker_survey.exchange.foreign.findings import Fate, Finding, Foreign, Report, UnreadableFileError
from interlinker_survey.exchange.foreign.fitting import fit
from interlinker_survey.exchange.foreign.limesurvey import read_limesurvey
from interlinker_survey.exchange.foreign.surveyjs import read_surveyjs
from interlinker_survey.exchange.foreign.xlsform import XlsformMissingError, read_xlsform


class Source(StrEnum):
    """Where a file comes from."""

    SURVEYJS = "surveyjs"
    XLSFORM = "xlsform"
    LSS = "lss"


READERS: Final[Mapping[Source, Callable[[bytes], Foreign]]] = {
    Source.SURVEYJS: read_surveyjs,
    Source.XLSFORM: read_xlsform,
    Source.LSS: read_limesurvey,
}


def import_survey(source: Source, content: bytes) -> Foreign:
    """The survey in a file, as far as it can be offered here.

    UnreadableFileError where there is none in it; InvalidError where nothing of it can be offered.
    """
    require_size(content)
    found = READERS[source](content)
    return replace(found, definition=fit(found.definition, found.report))


__all__ = [
    "Fate",
    "Finding",
    "Foreign",
    "Report",
    "Source",
    "UnreadableFileError",
    "XlsformMissingError",
    "import_survey",
]
