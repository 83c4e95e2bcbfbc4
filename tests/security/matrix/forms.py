"""The forms on a page, filled in as a person would who says no more than she must."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

WORD = "Verify"
FILLED = {"email": "verify@example.org", "date": "2030-01-01", "number": "1"}


@dataclass
class Form:
    """Where it goes, and what a browser would send."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)

    @property
    def body(self) -> str:
        """As a browser writes it."""
        return urlencode(self.fields)


class _Reader(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address
        self._select: str | None = None
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method", "get").lower() == "post":
            self.forms.append(Form(urlsplit(urljoin(self._address, given.get("action", ""))).path))
        elif self.forms and tag in {"input", "textarea", "button"} and given.get("name"):
            self._take(given, given.get("type", "text"))
        elif tag == "select":
            self._select = given.get("name")
        elif tag == "option" and self._select and self.forms and given.get("value"):
            self.forms[-1].fields.append((self._select, given["value"]))
            self._select = None

    def _take(self, given: dict[str, str], kind: str) -> None:
        name, fields = given["name"], self.forms[-1].fields
        required = "required" in given
        if (kind == "radio" and name in dict(fields)) or (kind == "checkbox" and not (required or "checked" in given)):
            return
        fields.append((name, given.get("value") or (FILLED.get(kind, WORD) if required else "")))


def forms_of(page: str, address: str) -> list[Form]:
    """Those that write."""
    reader = _Reader(address)
    reader.feed(page)
    return reader.forms
