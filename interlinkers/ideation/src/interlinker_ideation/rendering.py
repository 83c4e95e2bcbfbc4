"""An idea's CommonMark turned into safe HTML, once, when it is written."""

from __future__ import annotations

import nh3
from markdown_it import MarkdownIt

# An idea stands in a list of ideas: it has no headings of its own, and no pictures that tell others who reads here.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable(["heading", "lheading", "image"])
_CLEANER = nh3.Cleaner(
    tags={"a", "blockquote", "br", "code", "em", "hr", "li", "ol", "p", "pre", "strong", "ul"},
    attributes={"a": {"href", "title"}, "ol": {"start"}},
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel="nofollow ugc noopener",
)


def to_html(text: str) -> str:
    """Render CommonMark without headings and pictures to sanitised HTML."""
    return _CLEANER.clean(_MARKDOWN.render(text))
