"""Events out: they announce what the directory already says; nobody needs them to find a service."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel

from interlinker_shared.events import Event


class _Announced(BaseModel):
    """The instance it is about, and the revision of the directory that shows it."""

    instance: str
    service: str
    revision: int


class InstanceRegistered(_Announced, Event):
    """An instance came, came back, or changed its address or manifest."""

    name: ClassVar[str] = "instance.registered.v1"


class InstanceSuspected(_Announced, Event):
    """An instance has been silent for longer than its lease."""

    name: ClassVar[str] = "instance.suspected.v1"


class InstanceRecovered(_Announced, Event):
    """A suspected instance is heard of again."""

    name: ClassVar[str] = "instance.recovered.v1"


class InstanceExpired(_Announced, Event):
    """An instance has been silent for so long that nobody should be sent to it."""

    name: ClassVar[str] = "instance.expired.v1"


class InstanceDeregistered(_Announced, Event):
    """An instance said goodbye."""

    name: ClassVar[str] = "instance.deregistered.v1"


EVENTS: tuple[type[Event], ...] = (
    InstanceRegistered,
    InstanceSuspected,
    InstanceRecovered,
    InstanceExpired,
    InstanceDeregistered,
)
