"""Wire models of consents."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from interlinker_shared.auth import Channel
from interlinker_shared.text import Key, Wire


class ConsentCreate(Wire):
    """What somebody agrees to."""

    purpose: Key = Field(description="What her data is used for, in a word of the operator's: `newsletter`.")
    policy: Key = Field(description="The version of the text that she has read.")


class Consent(ConsentCreate):
    """One consent of the caller's. It is kept after she has withdrawn it: as the proof of what was done until then."""

    id: UUID
    channel: Channel
    given_at: datetime
    withdrawn_at: datetime | None


class ConsentCount(Wire):
    """How many have agreed to one purpose under one text, and how many of them have withdrawn it; erased people count."""

    purpose: str
    policy: str
    given: int
    withdrawn: int


class ConsentCounts(Wire):
    """The numbers of all purposes and texts."""

    items: list[ConsentCount]
