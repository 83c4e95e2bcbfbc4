"""Annotated text types and the base of every wire model: what may come in, said once."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

MAX_SAFE_INTEGER = 2**53 - 1  # RFC 8259 section 6: beyond it JSON readers disagree.
MAX_JSON_DEPTH = 32


def clean_text(value: str) -> str:
    """Refuse what a database or another reader would choke on: NUL and lone surrogates."""
    if "\x00" in value:
        message = "must not contain the NUL character"
        raise ValueError(message)
    if any("\ud800" <= character <= "\udfff" for character in value):
        message = "must be valid Unicode text"
        raise ValueError(message)
    return value


def _single_line(value: str) -> str:
    if any(character in value for character in "\r\n\v\f\x85\u2028\u2029"):
        message = "must be a single line"
        raise ValueError(message)
    return value


def clean_json(value: Any, depth: int = 0) -> Any:
    """Check every text and number of a free-form JSON value; raise ValueError on the first that cannot be kept."""
    if depth > MAX_JSON_DEPTH:
        message = f"must not be nested deeper than {MAX_JSON_DEPTH} levels"
        raise ValueError(message)
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, float) and not math.isfinite(value):
        message = "must be a finite number"
        raise ValueError(message)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > MAX_SAFE_INTEGER:
        message = "must be a whole number between -2^53 and 2^53"
        raise ValueError(message)
    if isinstance(value, list):
        return [clean_json(entry, depth + 1) for entry in value]
    if isinstance(value, dict):
        return {clean_text(str(key)): clean_json(entry, depth + 1) for key, entry in value.items()}
    return value


Clean = AfterValidator(clean_text)
CleanJson = AfterValidator(clean_json)

Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_single_line), Clean
]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000), Clean]
Key = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9._:~/-]+$")]
LanguageTag = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
Translated = dict[LanguageTag, Prose]
JsonObject = Annotated[dict[str, Any], CleanJson]


class Wire(BaseModel):
    """Base of every model that crosses the wire: frozen, and an unknown field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def stays_there(value: object) -> object:
    """For a patch: refuse null where a field can be changed, not removed."""
    if value is None:
        message = "cannot be removed"
        raise ValueError(message)
    return value
