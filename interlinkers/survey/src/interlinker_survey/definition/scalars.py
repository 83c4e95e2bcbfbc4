"""The texts, names and numbers that a definition is made of, and how many of each there may be."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, StringConstraints

MAX_QUESTIONS = 200  # cells and what is asked in dynamic panels counted once each
MAX_CHOICES = 200
MAX_ROWS = 100
MAX_COLUMNS = 50
MAX_ENTRIES = 100  # rows or panels that people add
MAX_PAGES = 100
MAX_PHRASE = 2000
MAX_TEXT = 20_000
MAX_EXPRESSION = 4000
SAFE_INTEGER = 2**53 - 1

FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def _clean(value: str) -> str:
    if FORBIDDEN.search(value):
        message = "must hold no control characters and be valid Unicode"
        raise ValueError(message)
    return value


def _as_bound(value: object) -> float | str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= SAFE_INTEGER:
        return value
    message = "must be a number or a date such as 2030-12-31"
    raise ValueError(message)


def short(key: str, written: Any) -> BeforeValidator:
    """SurveyJS writes {key: value} short as value where nothing else is said; `written` is what may stand there."""
    return BeforeValidator(
        lambda value: {key: value} if isinstance(value, str | int) else value, json_schema_input_type=written
    )


Phrase = Annotated[str, StringConstraints(min_length=1, max_length=MAX_PHRASE), AfterValidator(_clean)]
Language = Annotated[str, StringConstraints(pattern=r"^(default|[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*)$", max_length=35)]
Localised = Annotated[dict[Language, Phrase], Field(min_length=1), short("default", Phrase | dict[Language, Phrase])]
Markup = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT), AfterValidator(_clean)]
LocalisedMarkup = Annotated[
    dict[Language, Markup], Field(min_length=1), short("default", Markup | dict[Language, Markup])
]
LOCALISED: tuple[Any, ...] = (Localised, Localised | None, LocalisedMarkup)
"""The types of texts for people."""
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]
Condition = Annotated[str, StringConstraints(min_length=1, max_length=MAX_EXPRESSION), AfterValidator(_clean)]
ChoiceText = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^\S([^\r\n]*\S)?$"), AfterValidator(_clean)
]
ChoiceNumber = Annotated[int, Field(ge=-SAFE_INTEGER, le=SAFE_INTEGER)]
Count = Annotated[int, Field(ge=0, le=MAX_CHOICES)]
Entries = Annotated[int, Field(ge=0, le=MAX_ENTRIES)]
Bound = Annotated[float | str, PlainValidator(_as_bound, json_schema_input_type=float | str)]
Length = Annotated[int, Field(ge=1, le=MAX_TEXT)]
