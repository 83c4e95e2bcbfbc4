"""How an answer is refused: a place within it, a code, and a sentence for people."""

from __future__ import annotations

from interlinker_shared.errors import FieldError

Single = str | int | float | bool
Answer = Single | list["Answer"] | dict[str, "Answer"]
Answers = dict[str, Answer]


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "extract me, translate me later"
    """Mark a text that people read for the catalogues."""
    return message


class Refused(Exception):  # noqa: N818 - sentences on the way to FieldErrors, never seen outside
    """One answer that is wrong, in one place or several; pointers begin at the answer."""

    def __init__(self, *flaws: FieldError) -> None:
        super().__init__(flaws)
        self.flaws = flaws


def refused(code: str, message: str, pointer: str = "") -> Refused:
    """The one flaw of an answer."""
    return Refused(FieldError(pointer, message, code))


# Codes and sentences that the page kit knows are used as they are: so they are said in every language.
MISSING = ("missing", "Please answer this.")
NOT_OFFERED = ("literal_error", "Choose one of the answers offered.")
NO_NUMBER = ("float_parsing", "Enter a number, such as 12.5.")
TOO_LARGE = ("int_parsing_size", "This number is too large.")
NO_WHOLE_NUMBER = ("int_parsing", "Enter a whole number, such as 12.")
UNWRITABLE = ("nul", "This contains a character that cannot be stored. Please type it again.")
NO_TEXT = ("string_type", "The answer must be text.")
NO_LIST = ("list_type", "The answer must be a list of choices.")
NO_ENTRIES = ("list_type", "The answer must be a list of objects.")
NO_OBJECT = ("dict_type", "The answer must be an object.")
LINES = ("one_line", N_("Write this in a single line."))
NO_EMAIL = ("email", N_("Enter an e-mail address, such as name@example.org."))
NO_PHONE = ("tel", N_("Enter a telephone number, such as +34 981 555 555."))
NO_URL = ("url", N_("Enter a web address, such as https://example.org."))
NO_COLOUR = ("color", N_("Choose a colour, such as #1d70b8."))
NO_INSTANT = {
    "date_parsing": "Enter a date, such as 2026-11-23.",
    "datetime_parsing": "Enter a date and time, such as 2026-11-23T18:30.",
    "month_parsing": N_("Enter a month, such as 2026-11."),
    "week_parsing": N_("Enter a week, such as 2026-W48."),
    "time_parsing": N_("Enter a time, such as 18:30."),
}
EARLY = ("too_early", N_("This date is too early."))
LATE = ("too_late", N_("This date is too late."))
TOO_EARLY = ("too_early", N_("This is too early."))
TOO_LATE = ("too_late", N_("This is too late."))
TWICE = ("duplicate", N_("Choose each answer only once."))
EXCLUSIVE_CHOICE = ("exclusive", N_("Choose either this or any of the others, not both."))
CALCULATED = N_("This is worked out here; what was sent is something else.")
TOO_MANY = ("too_many", N_("There are more of these than there can be."))
NO_STEP = ("multiple_of", N_("This number is between two of the steps that there are."))
NOT_ALL = ("too_short", N_("Put all of them in an order."))
"""A ranking without all of its choices."""
