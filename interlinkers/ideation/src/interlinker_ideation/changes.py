"""What changed between two texts, word by word."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Literal

_WORDS = re.compile(r"\s+|[^\s]+")
MOST_WORDS = 4000
"""Longer texts are told as a whole, out and in: comparing takes time that grows with the square."""

Kind = Literal["same", "out", "in"]


def changed_words(before: str, after: str) -> list[tuple[Kind, str]]:
    """The words that stayed, went out and came in, in order; put together, `same` and `in` are the text after."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if len(old) + len(new) > MOST_WORDS:
        return [("out", before), ("in", after)]
    told: list[tuple[Kind, str]] = []
    for what, at, until, there, then in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            told.append(("same", "".join(old[at:until])))
            continue
        if at < until:
            told.append(("out", "".join(old[at:until])))
        if there < then:
            told.append(("in", "".join(new[there:then])))
    return told
