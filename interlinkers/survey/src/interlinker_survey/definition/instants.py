"""Dates, times, months and weeks as browsers write them; of one kind, their texts are in the order of time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Instant:
    """One kind: `example` shows how it is written, `code` names the error where it is not."""

    pattern: re.Pattern[str]
    exists: Callable[[str], object]
    example: str
    code: str

    def reads(self, text: str) -> bool:
        """Whether `text` is one of them, and in the calendar."""
        if not self.pattern.fullmatch(text):
            return False
        try:
            self.exists(text)
        except ValueError:
            return False
        return True


INSTANTS: Mapping[str, Instant] = {
    "date": Instant(re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), date.fromisoformat, "2030-12-31", "date_parsing"),
    "datetime-local": Instant(
        re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}"),
        datetime.fromisoformat,
        "2030-12-31T18:30",
        "datetime_parsing",
    ),
    "month": Instant(
        re.compile(r"[0-9]{4}-[0-9]{2}"), lambda text: date.fromisoformat(f"{text}-01"), "2030-12", "month_parsing"
    ),
    "week": Instant(
        re.compile(r"[0-9]{4}-W[0-9]{2}"),
        lambda text: date.fromisocalendar(int(text[:4]), int(text[6:]), 1),
        "2030-W52",
        "week_parsing",
    ),
    "time": Instant(re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]"), len, "18:30", "time_parsing"),
}
"""By SurveyJS's `inputType`, which is HTML's."""
