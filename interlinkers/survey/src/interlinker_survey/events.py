"""Events that this service records: that somebody answered, never what."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from interlinker_shared.auth import Channel
from interlinker_shared.events import Event


class ResponseSubmitted(Event):
    """A response came in; of an anonymous one this would say when."""

    name: ClassVar[str] = "response.submitted.v1"

    survey: UUID
    response: UUID
    channel: Channel


class ResponseReplaced(Event):
    """Somebody answered anew; the former answers are gone. `revision` counts from 1."""

    name: ClassVar[str] = "response.replaced.v1"

    survey: UUID
    response: UUID
    revision: int


class ResponseRestored(Event):
    """Texts of a response that a moderator took down can be read again."""

    name: ClassVar[str] = "response.restored.v1"

    survey: UUID
    response: UUID


class VersionPublished(Event):
    """From now on a survey asks something else; `hash` is that of what it asks, at its address /versions/{number}."""

    name: ClassVar[str] = "version.published.v1"

    survey: UUID
    number: int
    hash: str


class TablesPublished(Event):
    """Counts were published that everybody may see; `hash` is over them as canonical JSON."""

    name: ClassVar[str] = "tables.published.v1"

    survey: UUID
    number: int
    hash: str


EVENTS: tuple[type[Event], ...] = (
    ResponseSubmitted,
    ResponseReplaced,
    ResponseRestored,
    VersionPublished,
    TablesPublished,
)
