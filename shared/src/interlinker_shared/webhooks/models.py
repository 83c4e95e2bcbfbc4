"""Wire models of webhooks."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints, field_validator

from interlinker_shared.outgoing import MAX_URL
from interlinker_shared.text import MAX_SAFE_INTEGER, Clean, Line, Wire, stays_there

MAX_TYPES = 100
DAY_SECONDS = 86_400

Url = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_URL),
    Clean,
    Field(description="Where events go; https, a public address.", examples=["https://example.org/events"]),
]
Types = Annotated[
    list[Annotated[str, StringConstraints(max_length=200), Clean]],
    Field(max_length=MAX_TYPES, description="Types of the manifest's `events.out` to send; an empty list means all."),
]


class WebhookCreate(Wire):
    """Where to send which events."""

    url: Url
    types: Types = Field(default_factory=list)
    description: Line | None = None


class WebhookPatch(Wire):
    """What of a webhook may change; a field that is absent stays as it is."""

    url: Url | None = None
    types: Types | None = None
    description: Line | None = None
    enabled: bool | None = None

    _kept = field_validator("url", "types", "enabled")(stays_there)


class Replay(Wire):
    """From where to send again."""

    after: int = Field(ge=0, le=MAX_SAFE_INTEGER, description="Number of the last event that need not be sent again.")


class Rotation(Wire):
    """How to change over to a new secret."""

    overlap: int = Field(
        DAY_SECONDS,
        ge=0,
        le=7 * DAY_SECONDS,
        description="Seconds during which messages carry a signature by the old secret too.",
    )


class WebhookState(StrEnum):
    """How a webhook is doing."""

    ACTIVE = "active"
    FAILING = "failing"
    DISABLED = "disabled"


class Failure(Wire):
    """A try that failed. `status` is what the receiver answered, if it did."""

    at: datetime
    status: int | None
    reason: str


class Disabled(Wire):
    """Why nothing is sent, and since when: `by-owner`, `gone` (it answered 410) or `failed-for-a-day`."""

    reason: str
    at: datetime


class Missed(Wire):
    """Events up to number `upto` were forgotten after 30 days, before this webhook, which had those up to `after`, was sent them."""

    after: int
    upto: int


class Webhook(Wire):
    """A webhook and how it is doing. `version` is its ETag: of what its owner set, not of how it is doing."""

    id: UUID
    url: str
    types: list[str]
    description: str | None
    enabled: bool
    version: int
    created_at: datetime
    state: WebhookState
    cursor: int = Field(description="All events up to this number that it takes were delivered.")
    disabled: Disabled | None
    missed: Missed | None
    last_success_at: datetime | None
    last_failure: Failure | None
    failing_since: datetime | None
    failures: int = Field(description="Failed tries in a row of the event that has waited longest.")
    next_try_at: datetime | None
    old_secret_until: datetime | None


class WebhookWithSecret(Webhook):
    """A webhook with its new secret, which is shown this once; null where a request is repeated."""

    secret: str | None = None


class WebhookDetail(Webhook):
    """A webhook with what waits for it."""

    backlog: int = Field(
        description="Recorded events that it takes and that are not delivered; 10 000 stands for more."
    )


class PingOutcome(Wire):
    """What the receiver made of a test message."""

    event_id: UUID
    delivered: bool
    status: int | None
    reason: str
    milliseconds: int
