"""The HTML of a definition, cleaned like everything that people write: words, links, lists; nothing that runs or comes from elsewhere."""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup

from interlinker_shared.commonmark import to_html


@lru_cache(maxsize=500)
def clean_html(html: str) -> Markup:
    """What is left of an author's HTML; CommonMark is taken, too, for HTML is part of it."""
    return Markup(to_html(html))  # noqa: S704 - it has just been cleaned
