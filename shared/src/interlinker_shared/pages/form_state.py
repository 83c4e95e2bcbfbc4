"""What a form shows: the values in it and what is wrong with them, in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from interlinker_shared.errors import FieldError


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "extract me, translate me later"
    """Mark a text for the catalogues."""
    return message


MISSING = N_("Please answer this.")
NOT_VALID = N_("This is not valid. Please check it.")
WORDS = {
    "missing": MISSING,
    "string_too_short": N_("Write at least %(min_length)s characters."),
    "string_too_long": N_("This is too long. Shorten it to %(max_length)s characters."),
    "string_pattern_mismatch": N_("This is not written the way it is needed here. Please check it."),
    "too_short": N_("Choose at least %(min_length)s."),
    "too_long": N_("Choose at most %(max_length)s."),
    "greater_than": N_("Enter a number above %(gt)s."),
    "greater_than_equal": N_("Enter a number from %(ge)s upwards."),
    "less_than": N_("Enter a number below %(lt)s."),
    "less_than_equal": N_("Enter a number up to %(le)s."),
    "int_parsing": N_("Enter a whole number, such as 12."),
    "int_parsing_size": N_("This number is too large."),
    "int_from_float": N_("Enter a whole number, such as 12."),
    "float_parsing": N_("Enter a number, such as 12.5."),
    "decimal_parsing": N_("Enter a number, such as 12.5."),
    "finite_number": N_("Enter a number, such as 12.5."),
    "date_parsing": N_("Enter a date, such as 2026-11-23."),
    "date_from_datetime_parsing": N_("Enter a date, such as 2026-11-23."),
    "datetime_parsing": N_("Enter a date and time, such as 2026-11-23T18:30."),
    "datetime_from_date_parsing": N_("Enter a date and time, such as 2026-11-23T18:30."),
    "bool_parsing": N_("Choose one of the answers offered."),
    "enum": N_("Choose one of the answers offered."),
    "literal_error": N_("Choose one of the answers offered."),
    "uuid_parsing": N_("Choose one of the answers offered."),
    "extra_forbidden": N_("This form has no such field."),
    "nul": N_("This contains a character that cannot be stored. Please type it again."),
    "not_utf8": N_("This contains characters that cannot be read. Please type it again."),
}
"""What people read, by the code of the error: pydantic's own codes and two of the kit."""

PLAINER = {
    "must be a single line": N_("Write this on one line."),
    "must not contain the NUL character": WORDS["nul"],
    "must be valid Unicode text": WORDS["not_utf8"],
}
"""What people read in place of the wire models' own messages."""


def localised(error: FieldError, gettext: Callable[[str], str]) -> str:
    """Say an error in another language; its numbers are found again by the template that its code names."""
    template = WORDS.get(error.code)
    found = re.fullmatch(_pattern(template), error.message, re.DOTALL) if template else None
    if template is None or found is None:
        return gettext(error.message)
    return gettext(template) % found.groupdict()


def _pattern(template: str) -> str:
    return re.sub(r"%\\?\((\w+)\\?\)s", r"(?P<\1>.+)", re.escape(template))


def field_id(name: str) -> str:
    """Give the element id of a field: unique per name, and free of what ids and fragments cannot hold."""
    return "f-" + re.sub(r"[^A-Za-z0-9-]", lambda found: f"_{ord(found[0]):x}_", name)


@dataclass(frozen=True)
class Form:
    """The state that the form macros show. Names are JSON pointers without the leading slash: `answers/needs`."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    errors: Mapping[str, FieldError] = field(default_factory=dict)

    @classmethod
    def filled(cls, values: Mapping[str, object]) -> Form:
        """Start a form from known values, to be changed; None is an empty field, a list is several choices."""
        return cls({name: _texts(value) for name, value in values.items()})

    def value(self, name: str) -> str:
        """Give the one value of a field, empty when there is none."""
        return next(iter(reversed(self.values.get(name, ()))), "")

    def chosen(self, name: str) -> tuple[str, ...]:
        """Give all values of a field that may have several."""
        return self.values.get(name, ())

    def error(self, name: str) -> FieldError | None:
        """Tell what is wrong with a field."""
        return self.errors.get(name)


def _texts(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(item) for item in value) if isinstance(value, list | tuple | set | frozenset) else (str(value),)
