"""What a campaign asks of an idea beside its words: category, district, fields of its own, a place. Pure rules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from interlinker_ideation.domain import N_
from interlinker_shared.errors import FieldError, InvalidError, pointer

MOST_LETTERS = 2000
MAX_NUMBER = 2**53 - 1
UNKNOWN = "unknown-choice"
MISSING = N_("This must be filled in.")
NOT_OFFERED = N_("Choose one of those that this campaign offers.")


class FieldType(StrEnum):
    """What a field of a campaign's own takes."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes-no"
    CHOICE = "choice"


class Use(StrEnum):
    """Whether something is asked for."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


class OwnField(Protocol):
    """A field of a campaign's own; `choices` are the keys of what a choice offers."""

    @property
    def id(self) -> str: ...
    @property
    def type(self) -> FieldType: ...
    @property
    def required(self) -> bool: ...
    @property
    def keys(self) -> Collection[str]: ...


class DetailsError(InvalidError):
    """Details that this campaign does not take; each error points at its field."""

    slug = "invalid-details"


def check_details(
    *,
    category: tuple[str | None, Collection[str]],
    district: tuple[str | None, Collection[str]],
    place: tuple[object, Use],
    given: Mapping[str, Any],
    fields: Sequence[OwnField],
) -> None:
    """Raise DetailsError unless what was given is what the campaign asks for; `category` and `district` come with the keys offered."""
    errors = [
        *_chosen("category", *category),
        *_chosen("district", *district),
        *_placed(*place),
        *_unknown(given, fields),
        *(error for field in fields for error in _filled(field, given.get(field.id))),
    ]
    if errors:
        raise DetailsError("Something that this campaign asks for is missing or not right.", fields=tuple(errors))


def _chosen(name: str, given: str | None, offered: Collection[str]) -> Iterator[FieldError]:
    if given is None and offered:
        yield FieldError(pointer(name), MISSING, "missing")
    elif given is not None and given not in offered:
        yield FieldError(pointer(name), NOT_OFFERED, UNKNOWN)


def _placed(place: object, use: Use) -> Iterator[FieldError]:
    if place is None and use is Use.REQUIRED:
        yield FieldError(pointer("location"), MISSING, "missing")
    elif place is not None and use is Use.NONE:
        yield FieldError(pointer("location"), N_("This campaign takes no places."), "not-asked")


def _unknown(given: Mapping[str, Any], fields: Sequence[OwnField]) -> Iterator[FieldError]:
    for name in given.keys() - {field.id for field in fields}:
        yield FieldError(pointer("fields", name), N_("This campaign has no such field."), "unknown-field")


def _filled(field: OwnField, value: Any) -> Iterator[FieldError]:
    at = pointer("fields", field.id)
    if value in (None, ""):
        if field.required:
            yield FieldError(at, MISSING, "missing")
    elif field.type is FieldType.CHOICE and not (isinstance(value, str) and value in field.keys):
        yield FieldError(at, NOT_OFFERED, UNKNOWN)
    elif not _FITS[field.type](value):
        yield FieldError(at, _WRONG[field.type], "wrong-type")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MAX_NUMBER


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


_FITS: dict[FieldType, Callable[[Any], bool]] = {
    FieldType.TEXT: lambda value: isinstance(value, str) and len(value) <= MOST_LETTERS,
    FieldType.NUMBER: _is_number,
    FieldType.DATE: _is_date,
    FieldType.YES_NO: lambda value: isinstance(value, bool),
    FieldType.CHOICE: lambda value: isinstance(value, str),
}
_WRONG = {
    FieldType.TEXT: N_("This must be text of at most 2000 letters."),
    FieldType.NUMBER: N_("This must be a number."),
    FieldType.DATE: N_("This must be a date such as 2026-11-24."),
    FieldType.YES_NO: N_("This must be yes or no."),
    FieldType.CHOICE: NOT_OFFERED,
}
