"""The envelope: CloudEvents 1.0 in structured JSON (github.com/cloudevents/spec, "JSON Event Format")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from interlinker_shared.subjects import SUBJECT_PREFIX

NAME = re.compile(r"^[a-z][a-z_]*\.[a-z][a-z_]*\.v[0-9]+$")
COUNTS = r"^([a-z_]+\.[a-z_]+\.v[0-9]+=[0-9]+( |$))*$"
TYPE_PREFIX = "eu.interlinkers."


class Event(BaseModel):
    """Base of every payload: ids and what consumers need, never personal text, because a stream cannot forget.

    A subclass says its `name`: `<thing>.<past verb>.v<n>`, such as `asset.closed.v1`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: ClassVar[str]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse a name that would not make a valid NATS subject."""
        super().__pydantic_init_subclass__(**kwargs)
        if not NAME.match(cls.name):
            message = f"{cls.__name__}.name is {cls.name!r}; it must read like thing.verb.v1"
            raise TypeError(message)


class Envelope(BaseModel):
    """One CloudEvent. `subject` is the aggregate; `aggseq` counts its events from 1, `aggcounts` those of each name.

    `actor` is a pseudonymous subject id.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    aggseq: int
    aggcounts: str | None = Field(None, pattern=COUNTS)
    traceparent: str | None = None
    actor: str | None = None
    data: dict[str, Any]

    @property
    def event(self) -> str:
        """The name of the event within its service: `asset.closed.v1`."""
        return self.type.removeprefix(TYPE_PREFIX).partition(".")[2]

    @property
    def service(self) -> str:
        """The service that recorded the fact: the first part of `source`."""
        return self.source.strip("/").split("/")[0]

    def check_subject(self, subject: str) -> None:
        """Raise ValueError unless its service may have sent it on the NATS `subject`: that is what the broker's permissions guard."""
        if subject_of_type(self.type) != subject or not subject.startswith(f"{SUBJECT_PREFIX}{self.service}."):
            message = f"it came on {subject} and says that it is {self.type} of {self.source}"
            raise ValueError(message)

    @property
    def instance(self) -> str:
        """The instance that recorded the fact: the second part of `source`."""
        return self.source.strip("/").split("/")[-1]


def event_type(service: str, name: str) -> str:
    """The CloudEvents type of an event of `service`."""
    return f"{TYPE_PREFIX}{service}.{name}"


def nats_subject(service: str, name: str) -> str:
    """The NATS subject of an event of `service`."""
    return f"{SUBJECT_PREFIX}{service}.{name}"


def subject_of_type(kind: str) -> str:
    """The NATS subject that carries events of the CloudEvents type `kind`."""
    return SUBJECT_PREFIX + kind.removeprefix(TYPE_PREFIX)


def format_counts(counts: Mapping[str, int]) -> str:
    """Counts by event name as `aggcounts` has them: `asset.opened.v1=1 contribution.made.v1=57`."""
    return " ".join(f"{name}={count}" for name, count in sorted(counts.items()))


def parse_counts(text: str) -> dict[str, int]:
    """The counts in an `aggcounts`; ValueError for anything else."""
    pairs = (pair.split("=") for pair in text.split())
    return {name: int(count) for name, count in pairs}
