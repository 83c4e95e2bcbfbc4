"""CommonMark as people write it, turned into safe HTML, once, when it is written."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from nh3 import Cleaner

# cmark and nh3 are loaded with the first text: the start of a forum need not wait for them.

# A page spends h1 on the topic and h2 on each post, so what people write starts at h3.
_HEADING_SHIFT = 2
_LOWEST_HEADING = 6

_BLOCKS = {"p", "blockquote", "pre", "ul", "ol", "li", "hr", "h3", "h4", "h5", "h6"}
_TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
_INLINE = {"a", "br", "code", "em", "strong", "del", "sub", "sup"}

# Both as cmark writes them: what stands in an attribute or in code is escaped and cannot look like a tag.
_HEADING = re.compile(r"<(/?)h([1-6])>")
_LINK_OR_PICTURE = re.compile(r'<a[ >]|</a>|<img src="([^"]*)" alt="([^"]*)"[^>]*>')


def to_html(text: str) -> str:
    """Render CommonMark (with tables and bare links) to sanitised HTML.

    Pictures become links: showing one would tell a stranger's server who reads here.
    """
    html = _commonmark()(text)
    if "<h" in html:
        html = _HEADING.sub(_lower_heading, html)
    if "<img " in html:
        html = _LINK_OR_PICTURE.sub(_Pictures().as_link, html)
    return _cleaner().clean(html)


@cache
def _commonmark() -> Callable[[str], str]:
    from cmarkgfm import Options, markdown_to_html_with_extensions  # type: ignore[import-untyped]  # noqa: PLC0415 - brings no types; see above

    options, extensions = Options.CMARK_OPT_UNSAFE, ["table", "autolink"]  # nh3 judges the HTML that people write

    def render(text: str) -> str:
        html: str = markdown_to_html_with_extensions(text, options=options, extensions=extensions)
        return html

    return render


@cache
def _cleaner() -> Cleaner:
    import nh3  # noqa: PLC0415 - see above

    # An allow-list. `lang` stays, so that a quotation is read aloud in its own language. No class, id or style:
    # a post never dresses up as the page around it.
    return nh3.Cleaner(
        tags=_BLOCKS | _TABLE | _INLINE,
        clean_content_tags={"script", "style"},
        attributes={"*": {"lang"}, "a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel="nofollow ugc noopener",
    )


def _lower_heading(found: re.Match[str]) -> str:
    return f"<{found[1]}h{min(int(found[2]) + _HEADING_SHIFT, _LOWEST_HEADING)}>"


class _Pictures:
    """Puts links in the place of pictures, named after their alternative text; inside a link, where none fits, that text."""

    def __init__(self) -> None:
        self._links_open = 0

    def as_link(self, found: re.Match[str]) -> str:
        source, name = found[1], found[2]
        if source is None:
            self._links_open += -1 if found[0] == "</a>" else 1
            return found[0]
        name = name or source
        return name if self._links_open > 0 else f'<a href="{source}">{name}</a>'
