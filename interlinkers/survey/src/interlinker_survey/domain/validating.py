"""SurveyJS's validators: which of them an answer breaks, and in which words that is told."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from interlinker_survey.definition.reading import Answer
from interlinker_survey.definition.reading import refusals as say
from interlinker_survey.definition.reading.single import EMAIL
from interlinker_survey.definition.validators import (
    AnswerCountValidator,
    EmailValidator,
    ExpressionValidator,
    NumericValidator,
    RegexValidator,
    TextValidator,
    Validator,
)
from interlinker_survey.domain.rules import N_
from interlinker_survey.expressions import Pattern, compile_pattern
from interlinker_survey.expressions.numbers import numeric

_NOT_VALID = N_("This is not valid. Please check it.")
_DIGITS = N_("Write this without digits.")


class BrokenRule(NamedTuple):
    """A validator that an answer breaks: `words` are the author's, `message` stands where there are none."""

    code: str
    message: str
    words: Mapping[str, str] | None


def broken_rules(validators: Sequence[Validator], answer: Answer, failed: Sequence[int]) -> Iterator[BrokenRule]:
    """The validators that an answer breaks; `failed` are the numbers of those whose conditions do not hold."""
    for index, validator in enumerate(validators):
        told = _told(validator, answer, holds=index not in failed)
        if told is not None:
            yield BrokenRule(*told, validator.text)


def in_words(localised: Mapping[str, str] | None, language: str | None) -> str | None:
    """A text of the definition in this language, in that of `default`, or in any."""
    if not localised:
        return None
    return localised.get(language or "") or localised.get("default") or next(iter(localised.values()))


def _told(validator: Validator, answer: Answer, *, holds: bool) -> tuple[str, str] | None:
    match validator:
        case NumericValidator():
            return _number(validator, answer)
        case TextValidator():
            return _text(validator, answer)
        case AnswerCountValidator():
            return _count(validator, answer)
        case RegexValidator():
            pattern = _pattern(validator.regex, any_case=validator.case_insensitive)
            return None if all(map(pattern.found_in, _texts(answer))) else ("pattern", _NOT_VALID)
        case EmailValidator():
            return None if all(map(EMAIL.fullmatch, _texts(answer))) else say.NO_EMAIL
        case ExpressionValidator():
            return None if holds else ("expression", _NOT_VALID)


def _number(validator: NumericValidator, answer: Answer) -> tuple[str, str] | None:
    number = numeric(answer) if isinstance(answer, str) else answer
    if isinstance(number, bool) or not isinstance(number, int | float) or math.isnan(number):
        return say.NO_NUMBER
    if validator.min_value is not None and number < validator.min_value:
        return "greater_than_equal", f"Enter a number from {validator.min_value:g} upwards."
    if validator.max_value is not None and number > validator.max_value:
        return "less_than_equal", f"Enter a number up to {validator.max_value:g}."
    return None


def _text(validator: TextValidator, answer: Answer) -> tuple[str, str] | None:
    for text in _texts(answer):
        if len(text) < validator.min_length:
            return "string_too_short", f"Write at least {validator.min_length} characters."
        if validator.max_length and len(text) > validator.max_length:
            return "string_too_long", f"This is too long. Shorten it to {validator.max_length} characters."
        if not validator.allow_digits and any("0" <= sign <= "9" for sign in text):
            return "digits", _DIGITS
    return None


def _count(validator: AnswerCountValidator, answer: Answer) -> tuple[str, str] | None:
    if not isinstance(answer, list):
        return None
    if validator.min_count and len(answer) < validator.min_count:
        return "too_short", f"Choose at least {validator.min_count}."
    if validator.max_count and len(answer) > validator.max_count:
        return "too_long", f"Choose at most {validator.max_count}."
    return None


def _texts(answer: Answer) -> list[str]:
    entries: list[Any] = answer if isinstance(answer, list) else [answer]
    return [str(entry) for entry in entries]


_pattern: Callable[..., Pattern] = lru_cache(maxsize=500)(compile_pattern)
