"""What a service may do at another: five rights, one table, and nothing where the table says nothing."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class ServiceRight(StrEnum):
    """Something that a service is let do as itself; all else it may do only as anybody may."""

    KEEP_LEASE = "keep-lease"
    """Have itself, and no other, in the registry's directory."""
    READ_EVENTS = "read-events"
    """Read what another has recorded and changed, to make up for what the broker did not bring."""
    RUN_PROCESSES = "run-processes"
    """Make assets for processes and look after them; others are not its business."""
    LOOK_AFTER_PEOPLE = "look-after-people"
    """Take out or erase what is held about a person, who asks for it at the family's door."""
    SPEAK_FOR_PEOPLE = "speak-for-people"
    """Say who somebody is: sign tokens of citizens."""


OF_ANY = frozenset({ServiceRight.KEEP_LEASE, ServiceRight.READ_EVENTS})
OF_GATEWAY = frozenset(ServiceRight)


def rights_of(service: str, *, gateway: str) -> frozenset[ServiceRight]:
    """What `service` may do at one that trusts `gateway` to be its door."""
    return OF_GATEWAY if service == gateway else OF_ANY


def for_services(right: ServiceRight) -> Callable[[Endpoint], Endpoint]:
    """Declare that a service with this right may use a route as an owner may."""

    def declare(endpoint: Endpoint) -> Endpoint:
        endpoint.__dict__["service_right"] = right
        return endpoint

    return declare


def right_for(endpoint: object) -> ServiceRight | None:
    """The right with which services may use a route as owners; None where there is no such."""
    right: ServiceRight | None = getattr(endpoint, "service_right", None)
    return right
