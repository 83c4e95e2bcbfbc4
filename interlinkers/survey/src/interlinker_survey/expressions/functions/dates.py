"""Functions over dates: now and today, parts of a date, differences and sums."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

from interlinker_survey.expressions.moments import Moment, days_until
from interlinker_survey.expressions.running import Run
from interlinker_survey.expressions.values import (
    NAN,
    UNDEFINED,
    Number,
    Value,
    add,
    number_of,
    to_number,
    to_text,
    truthy,
)

_UNITS: Final = {"hours": 3_600_000, "minutes": 60_000, "seconds": 1000}
_FIELDS: Final = {
    "days": "day",
    "months": "month",
    "years": "year",
    "hours": "hour",
    "minutes": "minute",
    "seconds": "second",
}


def _padded(arguments: list[Value]) -> list[Value]:
    return [*arguments, UNDEFINED, UNDEFINED, UNDEFINED][:3]


def _day_of(moment: Moment) -> Number:
    """Days since 1970 of the date that the zone's calendar shows."""
    if not moment.valid:
        return NAN
    shown = moment.fields
    return days_until(shown.year, shown.month, shown.day)


def _part(name: str) -> Callable[[Moment], Number]:
    return lambda moment: getattr(moment.fields, name) if moment.valid else NAN


_year, _month, _day = _part("year"), _part("month"), _part("day")


def _weekday(moment: Moment) -> Number:
    return moment.weekday if moment.valid else NAN


def _today(run: Run, arguments: list[Value]) -> Value:
    midnight = run.moment().changed(hour=0, minute=0, second=0, ms=0)
    return _shifted(midnight, "day", arguments[0]) if len(arguments) == 1 else midnight


def _shifted(moment: Moment, field: str, by: Value) -> Moment:
    """A text as `by` is written behind the field, as JavaScript adds it."""
    if not moment.valid:
        return moment
    return moment.changed(**{field: float(to_number(add(getattr(moment.fields, field), by)))})


def _add(run: Run, arguments: list[Value]) -> Value:
    date, by, unit = _padded(arguments)
    if not truthy(date) or not truthy(by):
        return None
    moment = run.moment(date)
    field = _FIELDS.get(to_text(unit)) if truthy(unit) and isinstance(unit, str) else None if truthy(unit) else "day"
    return _shifted(moment, field, by) if field else moment


def _difference(run: Run, arguments: list[Value]) -> Value:
    first, second, unit = _padded(arguments)
    if not truthy(first) or not truthy(second):
        return None
    if isinstance(unit, str) and unit in _UNITS:
        apart = abs(run.moment(second).ms - run.moment(first).ms)
        return NAN if math.isnan(apart) else math.ceil(apart / _UNITS[unit])
    return _calendar_difference(run, first, second, unit if truthy(unit) else "days")


def _calendar_difference(run: Run, first: Value, second: Value, unit: Value) -> Value:
    if unit == "days":
        return _days_between(run, [first, second])
    start, end = run.moment(first), run.moment(second)
    if not start.valid or not end.valid:
        return NAN if unit == "months" else 0
    months = (end.fields.year - start.fields.year) * 12 + end.fields.month - start.fields.month
    months -= end.fields.day < start.fields.day
    return months if unit == "months" else int(months / 12)


def _days_between(run: Run, arguments: list[Value]) -> Value:
    if len(arguments) != 2 or not all(map(truthy, arguments)):  # noqa: PLR2004 - two dates
        return 0
    return number_of(abs(_day_of(run.moment(arguments[1])) - _day_of(run.moment(arguments[0]))))


def _age(run: Run, arguments: list[Value]) -> Value:
    birth, unit, _ = _padded(arguments)
    return _calendar_difference(run, birth, UNDEFINED, unit if truthy(unit) else "years") if truthy(birth) else None


def _get_date(run: Run, arguments: list[Value]) -> Value:
    return run.moment(arguments[0]) if arguments and truthy(arguments[0]) else None


def _get_year(run: Run, arguments: list[Value]) -> Value:
    return _year(run.moment(arguments[0])) if len(arguments) == 1 and truthy(arguments[0]) else UNDEFINED


def _of_date_or_today(part: Callable[[Moment], Number]) -> Callable[[Run, list[Value]], Value]:
    def told(run: Run, arguments: list[Value]) -> Value:
        given = bool(arguments) and truthy(arguments[0])
        return part(run.moment(arguments[0] if given else UNDEFINED))

    return told


FUNCTIONS: Final[Mapping[str, Callable[[Run, list[Value]], Value]]] = {
    "today": _today,
    "currentDate": lambda run, _arguments: run.moment(),
    "currentYear": lambda run, _arguments: _year(run.moment()),
    "getDate": _get_date,
    "getYear": _get_year,
    "dateAdd": _add,
    "dateDiff": _difference,
    "diffDays": _days_between,
    "age": _age,
    "year": _of_date_or_today(_year),
    "month": _of_date_or_today(lambda moment: _month(moment) + 1),
    "day": _of_date_or_today(_day),
    "weekday": _of_date_or_today(_weekday),
}
