"""An idea's CommonMark turned into safe HTML, once, when it is written."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from nh3 import Cleaner

# markdown-it and nh3 are loaded with the first text: 25 ms and 3 MB that the start of the service need not wait for.


def to_html(text: str) -> str:
    """Render CommonMark without headings and pictures to sanitised HTML."""
    return _cleaner().clean(_commonmark().render(text))


@cache
def _commonmark() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - see above

    # An idea stands in a list of ideas: it has no headings of its own, and no pictures that tell others who reads here.
    return MarkdownIt("commonmark", {"html": False}).disable(["heading", "lheading", "image"])


@cache
def _cleaner() -> Cleaner:
    import nh3  # noqa: PLC0415 - see above

    return nh3.Cleaner(
        tags={"a", "blockquote", "br", "code", "em", "hr", "li", "ol", "p", "pre", "strong", "ul"},
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel="nofollow ugc noopener",
    )
