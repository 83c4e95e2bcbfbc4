"""A response: the answers of one participation, without a word on whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from interlinker_survey.domain.answers import Answer


@dataclass(frozen=True)
class Response:
    """`answers` are by question name; None is a text that was erased with the person who wrote it.

    `language` is that of the texts, `channel` the way they came in; `revision` counts from 1, `version` is that of what was
    asked. `respondent` is told only where people are identified. Of an anonymous one nobody knows how or when it came, so no
    version either: all that an anonymous survey may have ask the same.
    """

    id: UUID
    survey: UUID
    answers: Mapping[str, Answer | None]
    language: str
    channel: str | None
    revision: int
    submitted_at: datetime | None
    version: int | None
    respondent: str | None = None

    @property
    def anonymous(self) -> bool:
        """Whether nothing is kept that could tell whose it is."""
        return self.submitted_at is None

    @property
    def told_time(self) -> str | None:
        """`submitted_at` as text, where it is known."""
        return self.submitted_at.isoformat() if self.submitted_at else None
