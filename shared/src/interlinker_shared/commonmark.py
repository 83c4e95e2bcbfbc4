"""CommonMark as people write it, turned into safe HTML, once, when it is written: the one way for every block."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from nh3 import Cleaner

# pyromark and nh3 are loaded with the first text: the start of a service need not wait for them.

# A page spends h1 on the thing and h2 on each contribution, so what people write starts at h3.
_HEADING_SHIFT = 2
_LOWEST_HEADING = 6

_BLOCKS = {"p", "blockquote", "pre", "ul", "ol", "li", "hr", "h3", "h4", "h5", "h6"}
_TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
_INLINE = {"a", "br", "code", "em", "strong", "del", "sub", "sup"}

# Quotes and lists inside each other, as a line begins them. Twenty thousand would keep nh3 busy for a second.
_DEEPEST = 16
_SHORT = 1000  # too short to be nested into what takes long
_LEVEL = r"[ \t]{0,3}(?:>|[-+*][ \t]|\d{1,9}[.)][ \t])"
_TOO_DEEP = re.compile(rf"^((?:{_LEVEL}){{{_DEEPEST}}})(?:{_LEVEL})+", re.MULTILINE)

# What pyromark writes has one spelling: in attributes and in code `<` and `>` are escaped and cannot look like a tag.
# HTML that people wrote is split wrongly where its attributes hold them; that spoils a link of theirs, and nh3 comes last.
_TAG = re.compile(r"<[^<>]*>")
_HEADING = re.compile(r"<(/?)h([1-6])>")
_LINK_OR_PICTURE = re.compile(r'<a[ >]|</a>|<img src="([^"]*)" alt="([^"]*)"[^>]*>')
_AS_IT_IS = {"a", "code", "pre"}
_BARE_LINK = re.compile(
    r"(?<![\w/.@+-])(?:(?P<web>https?://[^\s<>\"]+)|(?P<www>www\.[^\s<>\"]+)|(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+))",
    re.ASCII,
)
_ENDING = re.compile(r"&(?:quot|apos|lt|gt|#x27|#39);$")
_NOT_AT_THE_END = ".,:;!?'*_~"


def to_html(text: str, *, headings: bool = True) -> str:
    """Render CommonMark 0.31.2, with tables and bare links, to sanitised HTML; without `headings` they are paragraphs.

    Pictures become links: showing one would tell a stranger's server who reads here.
    """
    html = _commonmark()(_TOO_DEEP.sub(r"\1", text) if len(text) > _SHORT else text)
    if "<h" in html:
        html = _HEADING.sub(_lower_heading if headings else r"<\1p>", html)
    if "<img " in html:
        html = _LINK_OR_PICTURE.sub(_Pictures().as_link, html)
    if "://" in html or "www." in html or "@" in html:
        html = _with_bare_links(html)
    return _cleaner().clean(html)


@cache
def _commonmark() -> Callable[[str], str]:
    from pyromark import Markdown, Options  # noqa: PLC0415 - see above

    return Markdown(options=Options.ENABLE_TABLES).html


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


def _with_bare_links(html: str) -> str:
    """Addresses that stand in the text become links, but for those in a link already, and in code."""
    parts, inside, last = [], 0, 0
    for tag in _TAG.finditer(html):
        parts += [_linked(html[last : tag.start()], inside), tag[0]]
        name = tag[0].strip("</>").partition(" ")[0]
        if name in _AS_IT_IS:
            inside = max(0, inside + (-1 if tag[0].startswith("</") else 1))
        last = tag.end()
    return "".join([*parts, _linked(html[last:], inside)])


def _linked(text: str, inside: int) -> str:
    return text if inside else _BARE_LINK.sub(_as_link, text)


def _as_link(found: re.Match[str]) -> str:
    address = _without_its_end(found[0])
    prefix = {"web": "", "www": "http://", "mail": "mailto:"}[found.lastgroup or "web"]
    return f'<a href="{prefix}{address}">{address}</a>{found[0][len(address) :]}'


def _without_its_end(address: str) -> str:
    """What belongs to the sentence and not to the address: its full stop, and a bracket that the address did not open."""
    unopened = address.count(")") - address.count("(")
    while True:
        if ending := _ENDING.search(address[-6:]):
            address = address[: len(address) - len(ending[0])]
        elif address[-1] in _NOT_AT_THE_END and not address.endswith("&amp;"):
            address = address[:-1]
        elif address[-1] == ")" and unopened > 0:
            address, unopened = address[:-1], unopened - 1
        else:
            return address


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
