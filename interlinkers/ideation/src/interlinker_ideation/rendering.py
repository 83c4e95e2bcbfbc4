"""An idea's CommonMark turned into safe HTML, once, when it is written."""

from __future__ import annotations

from interlinker_shared import commonmark


def to_html(text: str) -> str:
    """Render it without headings: an idea stands in a list of ideas."""
    return commonmark.to_html(text, headings=False)
