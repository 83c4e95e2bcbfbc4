"""ISO 8601 durations and points in time as templates write them."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import AwareDatetime, TypeAdapter, ValidationError

_DURATION = TypeAdapter(timedelta)
_INSTANT = TypeAdapter(AwareDatetime)
LONGEST = timedelta(days=3660)


def duration(text: str) -> timedelta:
    """`P14D`, `PT1H30M`; raises ValueError for anything that is not a duration between nothing and ten years."""
    try:
        value = _DURATION.validate_python(text)
    except ValidationError as error:
        raise ValueError("must be an ISO 8601 duration such as P14D or PT1H") from error
    if not text.startswith("P") or not timedelta() < value <= LONGEST:
        raise ValueError("must be an ISO 8601 duration such as P14D, at most ten years")
    return value


def instant(value: object) -> datetime:
    """An RFC 3339 time with its offset; raises ValueError."""
    try:
        return _INSTANT.validate_python(str(value))
    except ValidationError as error:
        raise ValueError("must be a time such as 2026-12-01T09:00:00Z") from error
