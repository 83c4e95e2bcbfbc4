"""JavaScript's Date, unchangeable: a moment, seen in one time zone, with arithmetic that overflows into the next month."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, NamedTuple

DAY_MS: Final = 86_400_000
_RANGE_MS: Final = 8.64e15
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OFFSETS = (-62_135_596_800_000 + DAY_MS, 253_402_300_799_000 - DAY_MS)  # the years that datetime knows
_WEEKDAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ISO = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?"
    r"(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
_ONLY_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Fields(NamedTuple):
    """A moment on the calendar and the clock of its zone; months count from 0, as in JavaScript."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    ms: int


@dataclass(frozen=True, slots=True)
class Moment:
    """Milliseconds since 1970 in UTC, NaN where the date is invalid; `zone` is where it is looked at."""

    ms: float
    zone: tzinfo = field(default=UTC, compare=False)

    @property
    def valid(self) -> bool:
        """Whether this is a date at all."""
        return not math.isnan(self.ms)

    @property
    def fields(self) -> Fields:
        """What the getters of a valid date give."""
        return _fields(int(self.ms) + _offset(int(self.ms), self.zone))

    @property
    def weekday(self) -> int:
        """0 is Sunday."""
        return int((int(self.ms) + _offset(int(self.ms), self.zone)) // DAY_MS + 4) % 7

    def changed(self, **fields: float) -> Moment:
        """With other fields of the clock or calendar; what is too large goes over into the next."""
        if not self.valid or not all(math.isfinite(number) for number in fields.values()):
            return Moment(math.nan, self.zone)
        wanted = self.fields._replace(**{name: math.trunc(number) for name, number in fields.items()})
        return of_fields(wanted, self.zone)

    def text(self) -> str:
        """What String(date) gives; the name of the zone is known for UTC alone."""
        if not self.valid:
            return "Invalid Date"
        year, month, day, hour, minute, second, _ = self.fields
        offset = _offset(int(self.ms), self.zone) // 60_000
        zone = f"GMT{'-' if offset < 0 else '+'}{abs(offset) // 60:02}{abs(offset) % 60:02}"
        name = " (Coordinated Universal Time)" if self.zone is UTC else ""
        years = f"{year:04}" if year >= 0 else f"-{-year:06}"
        date = f"{_WEEKDAYS[self.weekday]} {_MONTHS[month]} {day:02} {years}"
        return f"{date} {hour:02}:{minute:02}:{second:02} {zone}{name}"

    def day_text(self) -> str:
        """The day as YYYY-MM-DD, as a question keeps it; None is impossible: an invalid date is "NaN-NaN-NaN"."""
        if not self.valid:
            return "NaN-NaN-NaN"
        return f"{self.fields.year}-{self.fields.month + 1:02}-{self.fields.day:02}"


def at(moment: datetime) -> Moment:
    """The moment of an aware datetime, in its own zone."""
    return Moment((moment - _EPOCH) // timedelta(milliseconds=1), moment.tzinfo or UTC)


def of_number(ms: float, zone: tzinfo) -> Moment:
    """What new Date(number) gives."""
    return Moment(_clipped(ms), zone)


def of_fields(wanted: Fields, zone: tzinfo) -> Moment:
    """The moment at which the clocks of the zone show this; months and days may be beyond their ends."""
    local = days_until(wanted.year, wanted.month, wanted.day) * DAY_MS
    local += wanted.hour * 3_600_000 + wanted.minute * 60_000 + wanted.second * 1000 + wanted.ms
    if abs(local) > _RANGE_MS + DAY_MS:
        return Moment(math.nan, zone)
    return Moment(_clipped(local - _local_offset(local, zone)), zone)


def of_text(text: str, zone: tzinfo, *, day_is_local: bool = True) -> Moment:
    """What survey-core makes of a date in ISO 8601; any other text is an invalid date."""
    found = _ISO.fullmatch(text)
    if not found:
        return Moment(math.nan, zone)
    year, month, day, hour, minute, second = (
        int(part or default) for part, default in zip(found.groups(), (0, 1, 1, 0, 0, 0), strict=False)
    )
    ms = int((found[7] or "0")[:3].ljust(3, "0"))
    if not (1 <= month <= 12 and 1 <= day <= 31 and _is_time(hour, minute, second, ms)):  # noqa: PLR2004 - a calendar
        return Moment(math.nan, zone)
    read = Fields(year, month - 1, day, hour, minute, second, ms)
    if found[8] is None and (found[4] is not None or (day_is_local and _ONLY_DATE.fullmatch(text))):
        return of_fields(read, zone)
    return Moment(of_fields(read, UTC).ms - _minutes(found[8]) * 60_000, zone)


def days_until(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 to this one of the Gregorian calendar (H. Hinnant, chrono-compatible algorithms)."""
    year, month = year + month // 12, month % 12
    shifted = year - (month < 2)  # noqa: PLR2004 - years that begin in March
    century, of_century = divmod(shifted, 400)
    of_year = (153 * ((month + 10) % 12) + 2) // 5
    return century * 146_097 + of_century * 365 + of_century // 4 - of_century // 100 + of_year + day - 1 - 719_468


def _fields(local: int) -> Fields:
    days, rest = divmod(local, DAY_MS)
    era, of_era = divmod(days + 719_468, 146_097)
    of_century = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * of_century + of_century // 4 - of_century // 100)
    shifted = (5 * of_year + 2) // 153
    month = (shifted + 2) % 12
    hour, rest = divmod(rest, 3_600_000)
    minute, rest = divmod(rest, 60_000)
    year = of_century + era * 400 + (month < 2)  # noqa: PLR2004 - years that begin in March
    return Fields(year, month, of_year - (153 * shifted + 2) // 5 + 1, hour, minute, *divmod(rest, 1000))


def _offset(ms: int, zone: tzinfo) -> int:
    """Milliseconds that the zone's clocks are ahead of UTC at that moment."""
    if zone is UTC:
        return 0
    moment = _EPOCH + timedelta(milliseconds=min(max(ms, _OFFSETS[0]), _OFFSETS[1]))
    return _milliseconds(moment.astimezone(zone).utcoffset())


def _local_offset(local: int, zone: tzinfo) -> int:
    """The same for a time on the zone's clocks; a time that they skip counts by the offset before."""
    if zone is UTC:
        return 0
    shown = _EPOCH + timedelta(milliseconds=min(max(local, _OFFSETS[0]), _OFFSETS[1]))
    return _milliseconds(shown.replace(tzinfo=zone).utcoffset())


def _milliseconds(offset: timedelta | None) -> int:
    return (offset or timedelta()) // timedelta(milliseconds=1)


def _clipped(ms: float) -> float:
    return math.trunc(ms) if math.isfinite(ms) and abs(ms) <= _RANGE_MS else math.nan


def _is_time(hour: int, minute: int, second: int, ms: int) -> bool:
    if hour == 24:  # noqa: PLR2004 - midnight at the end of a day
        return minute == second == ms == 0
    return hour < 24 and minute < 60 and second < 60  # noqa: PLR2004 - a clock


def _minutes(zone: str | None) -> int:
    if zone is None or zone == "Z":
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[4:6])
    return -minutes if zone[0] == "-" else minutes
