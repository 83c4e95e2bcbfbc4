"""Names, languages and texts of foreign surveys, made such as they can be here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Final

from interlinker_survey.exchange.foreign.findings import Report

LONGEST_NAME: Final = 64
_TAG: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_IN_BRACKETS: Final = re.compile(r"\(\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\s*\)\s*$")
_KNOWN: Final[Mapping[str, str]] = {
    "english": "en",
    "deutsch": "de",
    "german": "de",
    "español": "es",
    "spanish": "es",
    "français": "fr",
    "french": "fr",
    "italiano": "it",
    "italian": "it",
    "português": "pt",
    "portuguese": "pt",
    "nederlands": "nl",
    "dutch": "nl",
    "galego": "gl",
    "català": "ca",
    "euskara": "eu",
    "latviešu": "lv",
    "arabic": "ar",
    "العربية": "ar",
}
_BLOCKS: Final = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4"})


class Names:
    """Names that are allowed here, each once; what a foreign name became is remembered."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._taken: set[str] = set()
        self.of: dict[str, str] = {}

    def give(self, foreign: str) -> str:
        """A name for a part; the first of a foreign name keeps what formulas mean by it."""
        base = re.sub(r"[^A-Za-z0-9_-]+", "_", foreign)[: LONGEST_NAME - 4].strip("_-") or "q"
        base = base if base[0].isalpha() else f"q_{base}"
        name, number = base, 1
        while name.casefold() in self._taken:
            number += 1
            name = f"{base}_{number}"
        self._taken.add(name.casefold())
        self.of.setdefault(foreign, name)
        if name != foreign:
            self._report.changed(foreign, "name", f"It is called {name} here.")
        return name


def language_tag(said: str) -> str | None:
    """The tag of a language that a file names: `English (en)`, `de`, `Español`; None where it is unknown."""
    found = _IN_BRACKETS.search(said)
    if found:
        return found[1]
    word = said.strip().casefold()
    if word in _KNOWN:
        return _KNOWN[word]
    return said.strip() if _TAG.fullmatch(said.strip()) else None


def plain_text(text: str) -> str:
    """A text without markup; what was in paragraphs is in lines."""
    if "<" not in text and "&" not in text:
        return text.strip()
    reader = _Words()
    reader.feed(text)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.found).split("\n"))
    return "\n".join(line for line in lines if line)


class _Words(HTMLParser):
    """What is read of a page; scripts and styles are not."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - as its base has it
        if tag in _BLOCKS:
            self.found.append("\n")
        self._unread += tag in {"script", "style"}

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in {"script", "style"} and self._unread > 0

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.found.append(data)
