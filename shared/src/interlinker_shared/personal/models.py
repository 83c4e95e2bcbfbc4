"""What a person takes away."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from interlinker_shared.text import Wire


class Missing(Wire):
    """A service that could not be asked now, and why; ask it later, or by itself at `address` behind the front door."""

    service: str
    reason: str
    address: str


class SubjectData(Wire):
    """Everything held about one person, in the service's own terms: `schemas/subject.json` describes it.

    What a service that leads to others knows comes with what they hold: `services`, and `missing` where one did not answer.
    """

    schema_id: Literal["interlinkers.subject.v1"] = "interlinkers.subject.v1"
    subject: str
    service: str
    data: dict[str, Any] = Field(
        description="By name: what she contributed in the service's own terms, and what every service keeps: `grants`, `teams`, "
        "`account`, `sessions`, `passkeys`, `consents`, `moderation` with all decisions about what she wrote, `made`, `keys`, "
        "`acts`, `answers`. What there is nothing of may be absent."
    )
    services: dict[str, Any] | None = Field(None, description="The same document of each other service, by its id.")
    missing: list[Missing] | None = None


class ErasedAt(Wire):
    """Whether one service has erased a person. `waiting_for` says why it has not, and is empty once it has."""

    service: str
    done_at: datetime | None
    waiting_for: str | None


class Erasure(Wire):
    """How far the erasure of a person has come; `done_at` is when the last service had done it."""

    asked_at: datetime
    done_at: datetime | None
    services: list[ErasedAt]
