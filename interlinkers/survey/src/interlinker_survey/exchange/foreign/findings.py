"""What an import tells: what was taken over, what was changed on the way, and what was lost; item by item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from interlinker_shared.errors import InvalidError

MOST_FINDINGS = 2000


class UnreadableFileError(InvalidError):
    """The file is not what it is said to be, or larger than is read."""

    slug = "unreadable-file"


class Fate(StrEnum):
    """What became of a part of a foreign survey."""

    TAKEN = "taken"
    CHANGED = "changed"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Finding:
    """`place` is where it was in the file, as its authors know it; `what` the part, `why` a sentence."""

    fate: Fate
    place: str
    what: str
    why: str = ""


@dataclass
class Report:
    """Findings in the order in which the file was read."""

    findings: list[Finding] = field(default_factory=list)

    def taken(self, place: str, what: str) -> None:
        self._add(Finding(Fate.TAKEN, place, what))

    def changed(self, place: str, what: str, why: str) -> None:
        self._add(Finding(Fate.CHANGED, place, what, why))

    def lost(self, place: str, what: str, why: str) -> None:
        self._add(Finding(Fate.LOST, place, what, why))

    def _add(self, finding: Finding) -> None:
        if len(self.findings) < MOST_FINDINGS and finding not in self.findings[-20:]:
            self.findings.append(finding)

    def counts(self) -> dict[str, int]:
        """How many of each fate."""
        counted = Counter(finding.fate for finding in self.findings)
        return {fate.value: counted[fate] for fate in Fate}


@dataclass(frozen=True)
class Foreign:
    """A survey from elsewhere as SurveyJS JSON, before it is fitted into what is offered here."""

    definition: Mapping[str, Any]
    title: str
    language: str
    report: Report
