"""When two answers are equal, before one another, or one in the other, as survey-core has it."""

from __future__ import annotations

from interlinker_survey.expressions.moments import Moment
from interlinker_survey.expressions.running import Run
from interlinker_survey.expressions.values import (
    SPACE,
    UNDEFINED,
    Value,
    code_units,
    entries,
    is_empty,
    is_nullish,
    is_number,
    is_object,
    length_of,
    parse_float,
    parse_int,
    same,
    to_number,
    to_text,
    truthy,
)
from interlinker_survey.expressions.values import is_less as is_less_than

_DAY, _HOUR, _MINUTE = 11, 14, 17  # the lengths from which on a text names more than a day, an hour, a minute


def equal(run: Run, left: Value, right: Value, *, ordered: bool = False) -> bool:
    """Survey-core's `left = right`: texts in any case, "5" and 5, lists in any order unless `ordered`."""
    left, right = aligned(run, left, right)
    return _equal_values(left, right, ordered=ordered)


def less(run: Run, left: Value, right: Value) -> bool:
    """Survey-core's `left < right`: false where one is missing."""
    if is_nullish(left) or is_nullish(right):
        return False
    return is_less_than(*aligned(run, left, right))


def greater(run: Run, left: Value, right: Value) -> bool:
    """Survey-core's `left > right`; not `right < left`, for a date is cut to what a text on its right says only."""
    if is_nullish(left) or is_nullish(right):
        return False
    left, right = aligned(run, left, right)
    return is_less_than(right, left)


def aligned(run: Run, left: Value, right: Value) -> tuple[Value, Value]:
    """A date and a text as two dates, cut to what the text says; anything else as it is."""
    if isinstance(left, Moment) and isinstance(right, str):
        left = _cut(left, length_of(right))
        return _without_ms(left), _read_beside(run, right, left)
    if isinstance(left, str) and isinstance(right, Moment):
        return _read_beside(run, left, right), _without_ms(right)
    return left, right


def _cut(moment: Moment, length: int) -> Moment:
    if length < _MINUTE:
        moment = moment.changed(second=0, ms=0)
    if length < _HOUR:
        moment = moment.changed(minute=0, second=0)
    return moment.changed(hour=0, minute=0) if length < _DAY else moment


def _without_ms(moment: Moment) -> Moment:
    return moment.changed(ms=0)


def _read_beside(run: Run, text: str, beside: Moment) -> Moment:
    """The date that a text names; only its day where `beside` has no time."""
    moment = run.moment(text)
    if beside.valid and any(beside.fields[3:6]):
        return moment
    return moment.changed(hour=0, minute=0, second=0)


def _equal_values(left: Value, right: Value, *, ordered: bool) -> bool:
    left = UNDEFINED if left == "undefined" else left
    right = UNDEFINED if right == "undefined" else right
    return equal_values(left, right, ordered=ordered)


def equal_values(left: Value, right: Value, *, ordered: bool = False) -> bool:
    """The same for values whose dates are aligned, and for what lies in lists and objects."""
    if isinstance(left, str) and isinstance(right, str):
        return left == right or left.strip(SPACE).lower() == right.strip(SPACE).lower()
    if is_number(left) and is_number(right):
        return left == right
    if isinstance(left, Moment) and isinstance(right, Moment):
        return left.valid and left.ms == right.ms
    if _both_nothing(left, right) or _equal_as_numbers(left, right):
        return True
    if is_empty(left) != is_empty(right):
        return False
    return _equal_of_kinds(left, right, ordered=ordered)


def _both_nothing(left: Value, right: Value) -> bool:
    if left is None or left is UNDEFINED:
        return left is right or right == "" or (left is UNDEFINED and right == [])
    if right is None or right is UNDEFINED:
        return left == "" or (right is UNDEFINED and left == [])
    return left is right and (is_object(left) or isinstance(left, bool))


def _equal_as_numbers(left: Value, right: Value) -> bool:
    if not _convertible(left) or not _convertible(right):
        return False
    return parse_int(left) == parse_int(right) and parse_float(left) == parse_float(right)


def _convertible(value: Value) -> bool:
    if isinstance(value, list | dict) or is_nullish(value):
        return False
    number = to_number(value)
    return number == number  # noqa: PLR0124 - NaN is not


def _equal_of_kinds(left: Value, right: Value, *, ordered: bool) -> bool:
    if isinstance(left, bool) and isinstance(right, str):
        return to_text(left) == right.lower()
    if isinstance(right, bool) and isinstance(left, str):
        return to_text(right) == left.lower()
    if not is_object(left) and not is_object(right):
        return same(left, right)
    if not is_object(left) or not is_object(right):
        return False
    if isinstance(left, list) and isinstance(right, list):
        return _equal_lists(left, right, ordered=ordered)
    return _equal_objects(dict(entries(left)), dict(entries(right)), ordered=ordered)


def _equal_lists(left: list[Value], right: list[Value], *, ordered: bool) -> bool:
    if len(left) != len(right):
        return False
    if not ordered:
        left, right = in_order(left), in_order(right)
    return all(equal_values(*pair, ordered=ordered) for pair in zip(left, right, strict=True))


def in_order(values: list[Value]) -> list[Value]:
    """What sort() makes of a list: by their texts, what is undefined last."""
    return sorted(values, key=lambda value: (value is UNDEFINED, code_units(to_text(value))))


def _equal_objects(left: dict[str, Value], right: dict[str, Value], *, ordered: bool) -> bool:
    return left.keys() == right.keys() and all(equal_values(left[key], right[key], ordered=ordered) for key in left)


def contains(left: Value, right: Value, *, wanted: bool = True) -> bool:
    """Whether a list has all of `right`, or a text has it as a part; where `wanted` is false, whether it has not."""
    if isinstance(left, list) and not left:
        return not wanted
    if not truthy(left) and left is not False and left != 0:
        return False
    if not isinstance(left, list):
        return truthy(right) and (to_text(right).lower() in to_text(left).lower()) is wanted
    for sought in right if isinstance(right, list) else [right]:
        if not any(_equal_values(entry, sought, ordered=False) for entry in left):
            return not wanted
    return wanted


def lacks(left: Value, right: Value) -> bool:
    """Survey-core's notcontains."""
    if not truthy(left) and not is_empty(right):
        return True
    return contains(left, right, wanted=False)


def has_any(left: Value, right: Value) -> bool:
    """Survey-core's anyof: one of the right side is in the left one; nothing sought is always there."""
    if is_empty(left):
        return is_empty(right)
    if is_empty(right):
        return True
    if not isinstance(left, list):
        return contains(right, left)
    if not isinstance(right, list):
        return contains(left, right)
    return any(contains(left, sought) for sought in right)


def has_all(left: Value, right: Value) -> bool:
    """Survey-core's allof."""
    if not truthy(left) and not is_empty(right):
        return False
    if not isinstance(right, list):
        return contains(left, right)
    return all(contains(left, sought) for sought in right)
