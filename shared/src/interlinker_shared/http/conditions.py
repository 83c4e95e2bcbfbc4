"""Conditions of a change: which version of a thing the caller has seen."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header

from interlinker_shared.errors import PreconditionError, PreconditionMissingError

IfMatch = Annotated[str | None, Header(max_length=100, description='The ETag that was read, such as "3".')]


def version_of(if_match: str | None) -> int | None:
    """The version that If-Match names, None for any; raises PreconditionError when it names none."""
    if if_match is None or if_match.strip() == "*":
        return None
    text = if_match.strip().removeprefix("W/").strip('"')
    if not text.isdecimal():
        message = "If-Match names no version of this."
        raise PreconditionError(message)
    return int(text)


def required_version(if_match: str | None) -> int:
    """The version that If-Match names; raises PreconditionMissingError when it names none in particular."""
    version = version_of(if_match)
    if version is None:
        message = 'Send If-Match with the ETag that you read, such as If-Match: "3".'
        raise PreconditionMissingError(message)
    return version
