"""What a search compares: words without capitals and accents, how well a text fits, and the part of it that shows so; pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

_WORD = re.compile(r"[^\W_]+")
_QUOTED = re.compile(r'"([^"]*)"')
MOST_WORDS = 12  # of a question
_SHOWN = 30  # words of a snippet
_USUAL = 60  # words of a text
_TITLE = 2.0


def folded(text: str) -> str:
    """`text` without capitals, accents and compatibility forms: Straße is strasse, ¿Qué? is ¿que?."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def words_of(text: str) -> list[str]:
    """The folded words of a text, in their order."""
    return _WORD.findall(folded(text))


@dataclass(frozen=True)
class Question:
    """What is searched for: words that must all be there, and groups of them that must stand together."""

    words: tuple[str, ...]
    phrases: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, text: str) -> Question:
        """What somebody typed; a phrase stands in quotation marks."""
        phrases = [tuple(words_of(part))[:MOST_WORDS] for part in _QUOTED.findall(text)]
        words = tuple(dict.fromkeys(words_of(text)))[:MOST_WORDS]
        return cls(words, tuple(phrase for phrase in phrases if len(phrase) > 1))

    def score(self, title: str, text: str) -> float | None:
        """How well a text fits: more for more of the words in fewer, and for the title's. None where a phrase is missing.

        The saturation of BM25 (Robertson and Zaragoza 2009, section 3.5) with k1 = 1.2 and b = 0.75, without weights of words:
        all are in every text that is compared.
        """
        named, said = words_of(title), words_of(text)
        together = f" {' '.join((*named, *said))} "
        if any(f" {' '.join(phrase)} " not in together for phrase in self.phrases):
            return None
        length = 1.2 * (0.25 + 0.75 * len(said) / _USUAL)
        counts = [said.count(word) for word in self.words]
        return round(sum(n / (n + length) for n in counts) + _TITLE * sum(word in named for word in self.words), 6)

    def snippet(self, text: str) -> str:
        """The part of a text that has most of the words, as HTML with `mark` around them."""
        found = list(_WORD.finditer(text))
        hits = [number for number, word in enumerate(found) if self._has(word[0])]
        if not found:
            return ""
        first = max(hits, key=lambda at: sum(at <= other < at + _SHOWN for other in hits), default=0)
        first = max(0, min(first - 5, len(found) - _SHOWN))
        last = min(len(found), first + _SHOWN) - 1
        start, end = (
            (0 if first == 0 else found[first].start()),
            (len(text) if last == len(found) - 1 else found[last].end()),
        )
        before, after = "… " if first else "", " …" if last < len(found) - 1 else ""
        return before + "".join(self._marked(text, start, end)) + after

    def _has(self, word: str) -> bool:
        return not self._words.isdisjoint(words_of(word))

    @property
    def _words(self) -> frozenset[str]:
        return frozenset(self.words)

    def _marked(self, text: str, start: int, end: int) -> Iterator[str]:
        for word in _WORD.finditer(text, start, end):
            yield escape(text[start : word.start()], quote=False)
            shown = escape(word[0], quote=False)
            yield f"<mark>{shown}</mark>" if self._has(word[0]) else shown
            start = word.end()
        yield escape(text[start:end], quote=False)


def facets(*, board: str, kind: str, language: str, author: str | None) -> list[str]:
    """What else a search can ask for, as words that no text has: they begin with `_`."""
    named = [f"_b{board}", f"_k{kind}", f"_l{language.partition('-')[0].lower()}"]
    return [*named, f"_a{author}"] if author else named


def indexed(title: str, text: str, also: Sequence[str]) -> list[str]:
    """The words under which a text is found."""
    return list(dict.fromkeys((*words_of(title), *words_of(text), *also)))
