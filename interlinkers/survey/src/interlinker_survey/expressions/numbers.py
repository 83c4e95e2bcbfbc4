"""Survey-core's own arithmetic: what it takes for a number, and sums and products without the noise of binary fractions."""

from __future__ import annotations

import math
import re
from typing import Final

from interlinker_survey.expressions.errors import ScriptError
from interlinker_survey.expressions.values import (
    NAN,
    SPACE,
    Number,
    Value,
    add,
    is_nullish,
    is_number,
    number_of,
    number_of_text,
    number_text,
    parse_float,
    parse_int,
    to_fixed,
    to_number,
    to_text,
    truthy,
)

_DIGITS: Final = re.compile(r"[0-9]{16,}")
_MAX_HEX: Final = 32
_MAX_FIXED: Final = 100


def numeric(value: Value) -> Number:
    """The number that survey-core reads in this, NaN where it reads none: "1,5" is 1.5, "12 %" and true are no numbers."""
    if isinstance(value, str):
        return _numeric_text(value.strip(SPACE))
    if is_number(value):
        return value if math.isfinite(value) else NAN  # type: ignore[arg-type,return-value] # is_number
    return _finite(to_text(value)) if isinstance(value, list) else NAN


def is_numeric(value: Value) -> bool:
    """Whether survey-core reads a number in this."""
    return not math.isnan(numeric(value))


def _numeric_text(text: str) -> Number:
    if text.startswith("0x"):
        return parse_int(text) if len(text) <= _MAX_HEX else NAN
    if not text or _DIGITS.fullmatch(text):
        return NAN
    return _finite(text.replace(",", ".") if text.count(",") == 1 else text)


def _finite(text: str) -> Number:
    return parse_float(text) if math.isfinite(number_of_text(text)) else NAN


def plus(left: Value, right: Value) -> Value:
    """`left + right` of survey-core: lists are joined, a list and a number make the sum of its numbers."""
    if not is_numeric(left) or not is_numeric(right):
        return _plus_other(left, right)
    if isinstance(left, str) or isinstance(right, str):
        return to_text(left) + to_text(right)
    return rounded_sum(left, right, add(left, right))


def _plus_other(left: Value, right: Value) -> Value:
    if isinstance(left, list) and isinstance(right, list):
        return left + right
    if isinstance(left, list) or isinstance(right, list):
        entries, other = (left, right) if isinstance(left, list) else (right, left)
        if isinstance(other, str):
            joined = ", ".join(to_text(entry) if not is_nullish(entry) else "" for entry in entries)  # type: ignore[attr-defined] # a list
            return joined + other if entries is left else other + joined
        if is_number(other):
            return _sum_of_numbers([*(entry for entry in entries if is_number(entry)), other])  # type: ignore[attr-defined] # a list
    return add(left, right)


def _sum_of_numbers(numbers: list[Value]) -> Value:
    total: Value = 0
    for number in numbers:
        total = rounded_sum(total, number, add(total, number))
    return total


def minus(left: Value, right: Value) -> Value:
    return rounded_sum(left, right, number_of(float(to_number(left)) - float(to_number(right))))


def times(left: Value, right: Value) -> Value:
    product = number_of(float(to_number(left)) * float(to_number(right)))
    return _fixed(product, decimals(left) + decimals(right))


def divided(left: Value, right: Value) -> Value:
    """None where there is no divisor; a text "0" is one, and gives infinity."""
    if not truthy(right):
        return None
    dividend, divisor = float(to_number(left)), float(to_number(right))
    if divisor:
        return number_of(dividend / divisor)
    return dividend * math.copysign(math.inf, divisor)


def remainder(left: Value, right: Value) -> Value:
    """With the sign of the dividend; None where there is no divisor."""
    if not truthy(right):
        return None
    dividend, divisor = float(to_number(left)), float(to_number(right))
    if math.isnan(dividend) or math.isinf(dividend) or math.isnan(divisor) or not divisor:
        return NAN
    return number_of(math.fmod(dividend, divisor))


def power(left: Value, right: Value) -> Value:
    base, exponent = float(to_number(left)), float(to_number(right))
    if math.isnan(exponent) or (abs(base) == 1 and math.isinf(exponent)):
        return NAN
    try:
        return number_of(math.pow(base, exponent))
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf
    except ValueError:  # a root of a negative number, or 0 to a negative power
        return NAN if base else math.copysign(math.inf, base) if exponent % 2 == 1 else math.inf


def rounded_sum(left: Value, right: Value, total: Value) -> Value:
    """The total with as many decimals as the terms have."""
    return _fixed(total, max(decimals(left), decimals(right)))


def decimals(value: Value) -> int:
    """How many characters stand after the decimal point."""
    if isinstance(value, int) or not is_numeric(value):
        return 0
    if isinstance(value, float) and value.is_integer():
        return 0
    parts = (number_text(value) if isinstance(value, float) else to_text(value)).split(".")
    return len(parts[1]) if len(parts) > 1 else 0


def round_half_up(number: float) -> Number:
    """What Math.round gives."""
    if not math.isfinite(number):
        return number
    floor = math.floor(number)
    return number_of(floor + (number - floor >= 0.5))  # noqa: PLR2004 - a half


def _fixed(value: Value, digits: int) -> Value:
    if digits <= 0:
        return value
    if not is_number(value) or digits > _MAX_FIXED:
        raise ScriptError
    return number_of(to_fixed(float(value), digits))  # type: ignore[arg-type] # is_number
