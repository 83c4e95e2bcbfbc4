"""What makes two titles alike: folded words, the pieces of three letters that find candidates, and the order of those.

Nothing here knows a database or a language. Titles of any script are compared by their letters and digits alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

PIECE = 3
MOST_PIECES = 200
"""Pieces kept of one title: no title of 200 letters has more."""
MOST_ROWS = 4000
"""How many entries of the index one question looks at, at most, beyond those of its rarest pieces."""
FEWEST_PIECES = 6
ALIKE = 55.0
"""From this likeness on, of 100, a title is offered: below it people see nothing in common (judged set in the tests)."""

PART = 1.5
"""A title that is so much longer may hold what is asked as a part,"""
PARTLY = 0.8
"""which counts for so much of the whole."""

Key = TypeVar("Key")

# Letters that Unicode does not take apart into a letter and a mark.
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
_WORD = re.compile(r"[^\W_]+")


def fold(title: str) -> str:
    """The words of a title without case, marks and signs, with one space between them."""
    apart = unicodedata.normalize("NFKD", title.casefold())
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return " ".join(_WORD.findall(plain.translate(_LETTERS)))


def pieces(folded: str, *, unfinished: bool = False) -> list[str]:
    """Every piece of three letters of a folded title, once each; a space tells where a word begins or ends.

    The last word of what somebody is still typing is `unfinished`: it may go on.
    """
    words = folded.split()
    padded = [f" {word} " for word in words]
    if unfinished and padded:
        padded[-1] = padded[-1].rstrip()
    found = (word[at : at + PIECE] for word in padded for at in range(max(1, len(word) - PIECE + 1)))
    return list(dict.fromkeys(found))[:MOST_PIECES]


def rarest(counts: Mapping[str, int]) -> list[str]:
    """The pieces to ask for, of which the index has so many entries each: rare ones tell most and cost least."""
    chosen: list[str] = []
    rows = 0
    for piece in sorted(counts, key=lambda one: (counts[one], one)):
        if len(chosen) >= FEWEST_PIECES and rows + counts[piece] > MOST_ROWS:
            break
        chosen.append(piece)
        rows += counts[piece]
    return chosen


def closest(asked: str, candidates: Iterable[tuple[Key, str]], limit: int) -> Sequence[tuple[Key, float]]:
    """The keys of the titles most like `asked` (both folded), with their likeness from 0 to 100, best first."""
    scored = [(key, likeness(asked, title)) for key, title in candidates]
    return sorted((one for one in scored if one[1] >= ALIKE), key=lambda one: -one[1])[:limit]


def likeness(asked: str, title: str) -> float:
    """How much two folded titles have in common, 0 to 100: letters in their order, in the order of sorted words, and pieces.

    Dropped letters spoil few pieces, and swapped words none; somebody who types has a part of a title only.
    """
    fuzz = _fuzz()
    letters: float = max(fuzz.ratio(asked, title), fuzz.token_sort_ratio(asked, title))
    mine, theirs = set(pieces(asked)), set(pieces(title))
    whole: float = (letters + 200 * len(mine & theirs) / (len(mine) + len(theirs) or 1)) / 2
    if len(asked) * PART > len(title):
        return whole
    part: float = PARTLY * fuzz.partial_ratio(asked, title)
    return max(whole, part)


@cache
def _fuzz() -> Any:
    # Loaded with the first question: the start of the service need not wait for it.
    from rapidfuzz import fuzz  # noqa: PLC0415 - see above

    return fuzz
