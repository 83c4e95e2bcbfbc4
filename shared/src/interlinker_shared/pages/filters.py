"""What templates do with values: dates, numbers and texts that carry their own language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from babel import Locale
from babel.dates import format_date, format_time, get_datetime_format, get_timezone, get_timezone_name
from babel.numbers import format_decimal, format_percent
from markupsafe import Markup, escape

from interlinker_shared.pages.form_state import field_id, localised
from interlinker_shared.pages.language import best_language, direction

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal
    from gettext import NullTranslations

    from interlinker_shared.errors import FieldError


@dataclass(frozen=True)
class Filters:
    """The filters of one language; `timezone` is an IANA name, shown beside every time of day."""

    language: str
    timezone: str
    translations: NullTranslations

    @property
    def locale(self) -> Locale:
        """CLDR's data of this language; plain English is written as in Europe, day before month."""
        return Locale.parse("en-150" if self.language == "en" else self.language, sep="-")

    def date(self, value: date) -> Markup:
        """Write a day in words: 23 November 2026."""
        return _time(value.isoformat(), format_date(value, "long", locale=self.locale))

    def datetime(self, value: datetime) -> Markup:
        """Write a moment in the service's time zone, which is named."""
        local = value.astimezone(get_timezone(self.timezone))
        clock = format_time(local, "short", tzinfo=local.tzinfo, locale=self.locale)
        zone = get_timezone_name(local, width="short", locale=self.locale)
        pattern = str(get_datetime_format("medium", locale=self.locale)).replace("'", "")
        day = format_date(local, "long", locale=self.locale)
        return _time(value.isoformat(), pattern.format(f"{clock} {zone}", day))

    def number(self, value: float | Decimal) -> str:
        """Write a number the way the language groups and points it."""
        return format_decimal(value, locale=self.locale)

    def percent(self, value: float | Decimal) -> str:
        """Write a share of one: 0.25 is 25 %."""
        return format_percent(value, locale=self.locale)

    def translated(self, text: Mapping[str, str] | str) -> Markup:
        """Show a text in its best language, marked with `lang` and `dir` where it is not the page's."""
        if not isinstance(text, Mapping):
            return escape(text)
        return self.content(text[best_language(text, self.language)], best_language(text, self.language))

    def translated_text(self, text: Mapping[str, str] | str) -> str:
        """Give the same text without markup, for attributes and titles."""
        return text[best_language(text, self.language)] if isinstance(text, Mapping) else text

    def content(self, text: str, language: str | None) -> Markup:
        """Show a text whose language is known (or is None, then the browser finds its direction)."""
        attributes = self.content_attributes(language)
        return Markup("<span{}>{}</span>").format(attributes, text) if attributes else escape(text)

    def content_attributes(self, language: str | None) -> Markup:
        """Write the `lang` and `dir` of an element that holds such a text; nothing where it is the page's language."""
        if language is None:
            return Markup(' dir="auto"')
        if language == self.language:
            return Markup()
        written = Markup(' lang="{}"').format(language)
        if direction(language) == direction(self.language):
            return written
        return written + Markup(' dir="{}"').format(direction(language))

    def words(self, error: FieldError) -> str:
        """Say what is wrong with a field in the page's language."""
        return localised(error, self.said)

    def said(self, text: str) -> str:
        """Translate a text that comes in a variable; templates never use `_()` on one, for that trusts it as markup."""
        return self.translations.gettext(text) if text else ""

    def as_mapping(self) -> dict[str, Callable[..., str]]:
        """Name them as templates do."""
        own = (self.date, self.datetime, self.number, self.percent, self.translated, self.translated_text)
        more = (self.content, self.content_attributes, self.words, self.said, field_id)
        return {function.__name__: function for function in (*own, *more)}


def _time(machine: str, people: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(machine, people)
