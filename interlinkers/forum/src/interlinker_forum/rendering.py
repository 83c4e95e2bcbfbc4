"""CommonMark as people write it, turned into safe HTML, once, when it is written."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token
    from nh3 import Cleaner

# markdown-it and nh3 are loaded with the first text: 25 ms and 3 MB that the start of a forum need not wait for.

# A page spends h1 on the topic and h2 on each post, so what people write starts at h3.
_HEADING_SHIFT = 2
_LOWEST_HEADING = 6

_BLOCKS = {"p", "blockquote", "pre", "ul", "ol", "li", "hr", "h3", "h4", "h5", "h6"}
_TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
_INLINE = {"a", "br", "code", "em", "strong", "del", "sub", "sup"}


def to_html(text: str) -> str:
    """Render CommonMark (with tables and bare links) to sanitised HTML.

    Pictures become links: showing one would tell a stranger's server who reads here.
    """
    return _cleaner().clean(_commonmark().render(text))


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


def _shift_headings(state: StateCore) -> None:
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            level = min(int(token.tag[1:]) + _HEADING_SHIFT, _LOWEST_HEADING)
            token.tag = f"h{level}"


def _link_pictures(state: StateCore) -> None:
    for token in state.tokens:
        if token.children:
            token.children = list(_without_pictures(token.children))


def _without_pictures(tokens: list[Token]) -> Iterator[Token]:
    links_open = 0
    for token in tokens:
        links_open += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type == "image":
            yield from _picture_as_link(token, inside_link=links_open > 0)
        else:
            yield token


def _picture_as_link(picture: Token, *, inside_link: bool) -> Iterator[Token]:
    """Name the link after the alternative text; inside a link only that text stays, as links do not nest."""
    from markdown_it.token import Token  # noqa: PLC0415 - see above

    source = str(picture.attrGet("src") or "")
    name = Token("text", "", 0, content="".join(child.content for child in picture.children or []) or source)
    if inside_link:
        yield name
        return
    yield Token("link_open", "a", 1, attrs={"href": source})
    yield name
    yield Token("link_close", "a", -1)


@cache
def _commonmark() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - see above

    markdown = MarkdownIt("commonmark", {"linkify": True}).enable(["table", "linkify"])
    if markdown.linkify is not None:
        # "example.py" in a sentence is rarely an address: link what has a scheme, and e-mail addresses.
        markdown.linkify.set({"fuzzy_link": False})
    markdown.core.ruler.push("shift_headings", _shift_headings)
    markdown.core.ruler.push("link_pictures", _link_pictures)
    return markdown
