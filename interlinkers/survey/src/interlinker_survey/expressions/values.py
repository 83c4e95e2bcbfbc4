"""JavaScript's values over Python's own types, and how they turn into text, numbers and truth (ECMAScript 2023, 7.1)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import Enum
from typing import Final

from interlinker_survey.expressions.moments import Moment

SAFE_INTEGER: Final = 2**53
NAN: Final = math.nan
SPACE: Final = "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"

_DECIMAL = re.compile(r"[+-]?(?:Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)")
_RADIX = re.compile(r"0(?:[xX](?P<x>[0-9a-fA-F]+)|[oO](?P<o>[0-7]+)|[bB](?P<b>[01]+))")
_INTEGER = re.compile(r"([+-]?)(?:0[xX]([0-9a-fA-F]+)|([0-9]+))")
_EXACT = Context(prec=800)  # no float has more digits
_EXPONENT_FROM = 21  # from 10**21 on, numbers are written with an exponent
_EXPONENT_BELOW = -6


class Undefined(Enum):
    """What JavaScript has besides null."""

    UNDEFINED = "undefined"


class Missing(Enum):
    """What a scope answers for a name that it does not know; no expression ever sees it."""

    MISSING = "missing"


UNDEFINED: Final = Undefined.UNDEFINED
MISSING: Final = Missing.MISSING

# null is None, undefined is UNDEFINED; else bool, int, float, str, list, dict and Moment.
Value = object
Number = int | float


def is_nullish(value: Value) -> bool:
    """Whether JavaScript's `value == null` holds."""
    return value is None or value is UNDEFINED


def is_number(value: Value) -> bool:
    """Whether this is of the type number: a truth value is not."""
    return isinstance(value, int | float) and value is not True and value is not False


def is_object(value: Value) -> bool:
    """Whether JavaScript holds this by reference."""
    return isinstance(value, list | dict | Moment)


def truthy(value: Value) -> bool:
    """What `if (value)` asks: lists and objects are true even when they are empty."""
    if isinstance(value, str | int | float):
        return bool(value) and value == value  # noqa: PLR0124 - NaN is false
    return not is_nullish(value)


def is_empty(value: Value) -> bool:
    """Whether survey-core takes this for no answer: neither 0 nor false are."""
    if isinstance(value, str | list):
        return not value
    if isinstance(value, dict):
        return all(is_empty(entry) for entry in value.values())
    return is_nullish(value) or value != value  # noqa: PLR0124 - NaN


def number_of(number: float) -> Number:
    """A whole number as an int where a float can hold it exactly, anything else as a float."""
    if isinstance(number, int):
        return number if -SAFE_INTEGER <= number <= SAFE_INTEGER else float(number)
    return int(number) if number.is_integer() and abs(number) < SAFE_INTEGER and number != 0 else number


def to_text(value: Value) -> str:
    """What String(value) gives."""
    if isinstance(value, str):
        return value
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, list):
        return ",".join("" if is_nullish(entry) else to_text(entry) for entry in value)
    if isinstance(value, Moment):
        return value.text()
    return "null" if value is None else "undefined" if value is UNDEFINED else "[object Object]"


def number_text(number: float) -> str:
    """What String(number) gives: the shortest digits that read back equal."""
    if isinstance(number, int) and -SAFE_INTEGER <= number <= SAFE_INTEGER:
        return str(number)
    number = float(number)
    if math.isnan(number) or math.isinf(number) or number == 0:
        return "0" if number == 0 else "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    sign, parts, exponent = Decimal(repr(number)).normalize().as_tuple()
    digits = "".join(map(str, parts))
    return ("-" if sign else "") + _placed(digits, len(digits) + int(exponent))


def _placed(digits: str, point: int) -> str:
    """The digits with the decimal point after the first `point` of them."""
    count = len(digits)
    if count <= point <= _EXPONENT_FROM:
        return digits + "0" * (point - count)
    if 0 < point <= _EXPONENT_FROM:
        return f"{digits[:point]}.{digits[point:]}"
    if _EXPONENT_BELOW < point <= 0:
        return "0." + "0" * -point + digits
    fraction = f".{digits[1:]}" if count > 1 else ""
    return f"{digits[0]}{fraction}e{point - 1:+d}"


def to_fixed(number: float, digits: int) -> float:
    """What parseFloat(number.toFixed(digits)) gives: rounded in decimal, halves away from zero."""
    if not math.isfinite(number) or abs(number) >= 10.0**_EXPONENT_FROM:
        return number
    return float(Decimal(number).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, _EXACT))


def to_number(value: Value) -> Number:
    """What Number(value) gives."""
    if isinstance(value, str):
        return number_of_text(value)
    if isinstance(value, int | float):
        return int(value) if value is True or value is False else value
    if isinstance(value, Moment):
        return value.ms
    if isinstance(value, list):
        return number_of_text(to_text(value))
    return 0 if value is None else NAN


def number_of_text(text: str) -> Number:
    """The number that the whole text spells; NaN where it spells none, 0 where it is blank."""
    text = text.strip(SPACE)
    if not text:
        return 0
    if _DECIMAL.fullmatch(text):
        return number_of(float(text))
    if found := _RADIX.fullmatch(text):
        radix = {"x": 16, "o": 8, "b": 2}[found.lastgroup or "x"]
        return number_of(int(found[found.lastgroup or "x"], radix))
    return NAN


def parse_float(value: Value) -> Number:
    """What parseFloat(value) gives: the number at the beginning of the text."""
    found = _DECIMAL.match(to_text(value).lstrip(SPACE))
    return number_of(float(found[0])) if found else NAN


def parse_int(value: Value) -> Number:
    """What parseInt(value) gives: the whole number at the beginning of the text."""
    found = _INTEGER.match(to_text(value).lstrip(SPACE))
    if not found:
        return NAN
    sign, hexadecimal, decimal = found.groups()
    whole = int(hexadecimal, 16) if hexadecimal else int(decimal)
    return number_of(-whole if sign == "-" else whole)


def primitive(value: Value, *, prefer_number: bool = False) -> Value:
    """A list, an object or a date as the text (or number) that operators use of it."""
    if isinstance(value, Moment) and prefer_number:
        return value.ms
    return to_text(value) if is_object(value) else value


def add(left: Value, right: Value) -> Value:
    """JavaScript's `left + right`."""
    left, right = primitive(left), primitive(right)
    if isinstance(left, str) or isinstance(right, str):
        return to_text(left) + to_text(right)
    return number_of(float(to_number(left)) + float(to_number(right)))


def is_less(left: Value, right: Value) -> bool:
    """JavaScript's `left < right`: texts by their UTF-16 code units, anything else as numbers."""
    left, right = primitive(left, prefer_number=True), primitive(right, prefer_number=True)
    if isinstance(left, str) and isinstance(right, str):
        return code_units(left) < code_units(right)
    return to_number(left) < to_number(right)


def code_units(text: str) -> bytes:
    """The text as what JavaScript sorts by."""
    return text.encode("utf-16-be", "surrogatepass")


def same(left: Value, right: Value) -> bool:
    """JavaScript's `left == right` for two values that are no objects."""
    if is_nullish(left) or is_nullish(right):
        return is_nullish(left) and is_nullish(right)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return to_number(left) == to_number(right)


def length_of(text: str) -> int:
    """The length of a text in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def entries(value: Value) -> Iterable[tuple[str, Value]]:
    """The own enumerable properties of a value, those with whole numbers as names first."""
    if isinstance(value, dict):
        return ((str(key), value[key]) for key in _in_order(value))
    if isinstance(value, list | str):
        return ((str(index), entry) for index, entry in enumerate(value))
    return ()


def _in_order(value: dict[str, Value]) -> Iterable[str]:
    if not any(key[:1].isdigit() for key in value):
        return value
    indexes = sorted((key for key in value if _is_index(key)), key=int)
    return [*indexes, *(key for key in value if not _is_index(key))]


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit() and (key == "0" or key[0] != "0") and len(key) <= 10  # noqa: PLR2004 - 2**32 has ten digits
