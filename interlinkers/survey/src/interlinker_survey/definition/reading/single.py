"""Answers that are one value: texts, numbers, dates, yes or no, a step of a scale."""

from __future__ import annotations

import re
from fractions import Fraction

from interlinker_survey.definition.asked import BooleanQuestion, CommentQuestion, RatingQuestion, TextQuestion
from interlinker_survey.definition.instants import INSTANTS
from interlinker_survey.definition.reading import refusals as say
from interlinker_survey.definition.reading.refusals import refused
from interlinker_survey.definition.scalars import FORBIDDEN, SAFE_INTEGER

_LINE_BREAK = re.compile(r"[\r\n\v\f\x85\u2028\u2029]")
# What a browser takes for an address in <input type=email> (WHATWG HTML, "valid e-mail address").
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
EMAIL = re.compile(rf"[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})*")
_URL = re.compile(r"https?://[^\s/?#@\\]+([/?#]\S*)?")
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_PHONE = re.compile(r"\+?[0-9A-Za-z ()./;,*#-]*")
_FEWEST_DIGITS = 3


def read_line(question: TextQuestion, value: object) -> str | int | float | None:
    """One line; a number where its type is one."""
    return read_number(question, value) if question.numeric else _line(question, value)


def read_comment(question: CommentQuestion, value: object) -> str | None:
    """Text of several lines."""
    return read_text(value, question.longest)


def read_text(value: object, longest: int) -> str | None:
    """Text without the spaces around it, and with one sign for the end of a line."""
    if not isinstance(value, str):
        raise refused(*say.NO_TEXT)
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if FORBIDDEN.search(text):
        raise refused(*say.UNWRITABLE)
    if len(text) > longest:
        raise refused("string_too_long", f"This is too long. Shorten it to {longest} characters.")
    return text or None


def _line(question: TextQuestion, value: object) -> str | None:
    text = read_text(value, question.longest)
    if text is None:
        return None
    if _LINE_BREAK.search(text):
        raise refused(*say.LINES)
    match question.input_type:
        case "email" if not EMAIL.fullmatch(text):
            raise refused(*say.NO_EMAIL)
        case "url" if not _URL.fullmatch(text):
            raise refused(*say.NO_URL)
        case "tel" if not _PHONE.fullmatch(text) or sum(map(str.isdigit, text)) < _FEWEST_DIGITS:
            raise refused(*say.NO_PHONE)
        case "color":
            return _colour(text)
        case kind if kind in INSTANTS:
            _check_instant(question, text)
    return text


def _colour(text: str) -> str:
    lower = text.lower()
    if not _COLOUR.fullmatch(lower):
        raise refused(*say.NO_COLOUR)
    return lower


def _check_instant(question: TextQuestion, text: str) -> None:
    instant = INSTANTS[question.input_type]
    if not instant.reads(text):
        raise refused(instant.code, say.NO_INSTANT[instant.code])
    a_day = question.input_type == "date"
    if question.min is not None and text < str(question.min):
        raise refused(*(say.EARLY if a_day else say.TOO_EARLY))
    if question.max is not None and text > str(question.max):
        raise refused(*(say.LATE if a_day else say.TOO_LATE))


def read_number(question: TextQuestion, value: object) -> int | float:
    """A number between its bounds, on one of its steps."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refused(*say.NO_NUMBER)
    if not abs(value) <= SAFE_INTEGER:  # so NaN is refused, too
        raise refused(*say.TOO_LARGE)
    low, high = question.bounds
    if isinstance(low, int | float) and value < low:
        raise refused("greater_than_equal", f"Enter a number from {low} upwards.")
    if isinstance(high, int | float) and value > high:
        raise refused("less_than_equal", f"Enter a number up to {high}.")
    if question.step is not None:
        _check_step(value, low if isinstance(low, int | float) else 0, question.step)
    return value


def _check_step(value: float, start: float, step: float) -> None:
    """In decimals as they are written, for 0.3 is not three times 0.1 in binary."""
    if (Fraction(str(value)) - Fraction(str(start))) % Fraction(str(step)):
        raise refused(*say.NO_STEP)


def read_step(question: RatingQuestion, value: object) -> str | int:
    """A step of a scale."""
    if question.numeric and type(value) is not int:
        raise refused(*say.NO_WHOLE_NUMBER)
    for step in question.steps:
        if type(value) is type(step.value) and value == step.value:
            return step.value
    raise refused(*say.NOT_OFFERED)


def read_boolean(_question: BooleanQuestion, value: object) -> bool:
    """Yes or no."""
    if not isinstance(value, bool):
        raise refused(*say.NOT_OFFERED)
    return value
