"""Whether answers are what the questions ask for: the server is the only judge."""

from __future__ import annotations

import re
from collections.abc import Mapping

from interlinker_shared.errors import FieldError, InvalidError, pointer
from interlinker_survey.definition.flaws import MAX_FLAWS, shown, suggest, writable
from interlinker_survey.definition.model import (
    FORBIDDEN,
    SAFE_INTEGER,
    BooleanQuestion,
    CheckboxQuestion,
    Choice,
    ChoiceQuestion,
    CommentQuestion,
    Definition,
    Question,
    RatingQuestion,
    TextQuestion,
    is_date,
)
from interlinker_survey.domain.rules import N_

Single = str | int | float | bool
Answer = Single | list[str | int]
Answers = dict[str, Answer]

_LINE_BREAK = re.compile(r"[\r\n\v\f\x85\u2028\u2029]")
_NUMBER = re.compile(r"-?[0-9]{1,15}([.,][0-9]{1,15})?")
# What a browser takes for an address in <input type=email> (WHATWG HTML, "valid e-mail address").
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_EMAIL = re.compile(rf"[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})*")


class _Refused(Exception):  # noqa: N818 - a sentence on the way to a FieldError, never seen outside
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


# Codes and sentences that the page kit knows are used as they are: so they are said in every language.
_MISSING = ("missing", "Please answer this.")
_NOT_OFFERED = ("literal_error", "Choose one of the answers offered.")
_NO_NUMBER = ("float_parsing", "Enter a number, such as 12.5.")
_TOO_LARGE = ("int_parsing_size", "This number is too large.")
_NO_WHOLE_NUMBER = ("int_parsing", "Enter a whole number, such as 12.")
_NO_DATE = ("date_parsing", "Enter a date, such as 2026-11-23.")
_UNWRITABLE = ("nul", "This contains a character that cannot be stored. Please type it again.")
_NO_TEXT = ("string_type", "The answer must be text.")
_NO_LIST = ("list_type", "The answer must be a list of choices.")
_LINES = ("one_line", N_("Write this in a single line."))
_NO_EMAIL = ("email", N_("Enter an e-mail address, such as name@example.org."))
_EARLY = ("too_early", N_("This date is too early."))
_LATE = ("too_late", N_("This date is too late."))
_TWICE = ("duplicate", N_("Choose each answer only once."))


def check_answers(definition: Definition, raw: Mapping[str, object]) -> Answers:
    """The answers worth keeping, in the order of asking; InvalidError points under /answers at each that is wrong.

    An empty text, an empty selection and null are no answer.
    """
    answers: Answers = {}
    flaws = _unknown(definition, raw)
    for name, question in definition.questions.items():
        try:
            answer = _read(question, raw.get(name))
        except _Refused as refused:
            flaws.append(FieldError(f"/answers/{name}", str(refused), refused.code))
        else:
            if answer is not None:
                answers[name] = answer
    if flaws:
        raise InvalidError.many(flaws[:MAX_FLAWS])
    return answers


def field_name(question: str) -> str:
    """The name of a question's field in an HTML form."""
    return f"answers/{question}"


def answers_of_form(definition: Definition, entered: Mapping[str, object]) -> dict[str, object]:
    """What an HTML form says (texts, and lists of texts), as the JSON that the API takes; nothing is judged here."""
    return {name: _of_form(definition.questions.get(name), said) for name, said in entered.items()}


def _of_form(question: Question | None, said: object) -> object:
    match question, said:
        case CheckboxQuestion(), list():
            return [_value_of(question.choices, text) for text in said]
        case ChoiceQuestion(), str():
            return _value_of(question.choices, said)
        case BooleanQuestion(), str():
            return {"true": True, "false": False}.get(said, said)
        case ((TextQuestion(input_type="number") | RatingQuestion()), str()):
            return _number_of_form(said.strip())
    return said


def _value_of(choices: list[Choice], text: object) -> object:
    return next((choice.value for choice in choices if choice.key == text), text)


def _number_of_form(text: str) -> object:
    if not _NUMBER.fullmatch(text):
        return text
    number = float(text.replace(",", "."))
    return int(number) if number.is_integer() else number


def _unknown(definition: Definition, raw: Mapping[str, object]) -> list[FieldError]:
    strange = [name for name in raw if name not in definition.questions]
    return [
        FieldError(
            writable(pointer("answers", name)),
            f"There is no question “{shown(name)}”.{suggest(name, definition.questions)}",
            "extra_forbidden",
        )
        for name in strange[:MAX_FLAWS]
    ]


def _read(question: Question, value: object) -> Answer | None:
    """The answer, or None where none is given and none is required."""
    empty = value is None or value == ([] if isinstance(question, CheckboxQuestion) else "")
    answer = None if empty else _typed(question, value)
    if answer is None and question.is_required:
        raise _Refused(*_MISSING)
    return answer


def _typed(question: Question, value: object) -> Answer | None:
    match question:
        case TextQuestion(input_type="number"):
            return _number(question, value)
        case TextQuestion() | CommentQuestion():
            return _text(question, value)
        case ChoiceQuestion():
            return _chosen(question.choices, value)
        case CheckboxQuestion():
            return _selection(question, value)
        case RatingQuestion():
            return _rating(question, value)
        case BooleanQuestion() if isinstance(value, bool):
            return value
    raise _Refused(*_NOT_OFFERED)


def _text(question: TextQuestion | CommentQuestion, value: object) -> str | None:
    if not isinstance(value, str):
        raise _Refused(*_NO_TEXT)
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if FORBIDDEN.search(text):
        raise _Refused(*_UNWRITABLE)
    if len(text) > question.longest:
        raise _Refused("string_too_long", f"This is too long. Shorten it to {question.longest} characters.")
    if isinstance(question, TextQuestion) and text:
        _check_line(question, text)
    return text or None


def _check_line(question: TextQuestion, text: str) -> None:
    if _LINE_BREAK.search(text):
        raise _Refused(*_LINES)
    if question.input_type == "email" and not _EMAIL.fullmatch(text):
        raise _Refused(*_NO_EMAIL)
    if question.input_type == "date":
        _check_date(question, text)


def _check_date(question: TextQuestion, text: str) -> None:
    """Dates as YYYY-MM-DD are in the order of their texts."""
    if not is_date(text):
        raise _Refused(*_NO_DATE)
    if question.min is not None and text < str(question.min):
        raise _Refused(*_EARLY)
    if question.max is not None and text > str(question.max):
        raise _Refused(*_LATE)


def _number(question: TextQuestion, value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Refused(*_NO_NUMBER)
    if not abs(value) <= SAFE_INTEGER:  # so NaN is refused, too
        raise _Refused(*_TOO_LARGE)
    low, high = question.min, question.max
    if isinstance(low, int | float) and value < low:
        raise _Refused("greater_than_equal", f"Enter a number from {low} upwards.")
    if isinstance(high, int | float) and value > high:
        raise _Refused("less_than_equal", f"Enter a number up to {high}.")
    return value


def _chosen(choices: list[Choice], value: object) -> str | int:
    for choice in choices:
        if type(value) is type(choice.value) and value == choice.value:
            return choice.value
    raise _Refused(*_NOT_OFFERED)


def _selection(question: CheckboxQuestion, value: object) -> list[str | int]:
    if not isinstance(value, list):
        raise _Refused(*_NO_LIST)
    least, most = question.min_selected_choices, question.most
    if len(value) > most:
        raise _Refused("too_long", f"Choose at most {most}.")
    chosen = [_chosen(question.choices, entry) for entry in value]
    if len(set(map(str, chosen))) < len(chosen):
        raise _Refused(*_TWICE)
    if len(chosen) < least:
        raise _Refused("too_short", f"Choose at least {least}.")
    return chosen


def _rating(question: RatingQuestion, value: object) -> int:
    if type(value) is not int:
        raise _Refused(*_NO_WHOLE_NUMBER)
    if not question.rate_min <= value <= question.rate_max:
        raise _Refused(*_NOT_OFFERED)
    return value
