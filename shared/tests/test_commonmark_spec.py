"""Every example of the CommonMark specification, and of what people write to harm others: the same words come out safe."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from time import process_time

import pytest
from selectolax.lexbor import LexborHTMLParser

from interlinker_shared import commonmark
from interlinker_shared.commonmark import to_html

SPEC = Path(__file__).parents[2] / "var/oracle/commonmark-0.31.2.txt"
FENCE = "`" * 32
EXAMPLE = re.compile(rf"^{FENCE} example\n(.*?)^\.\n(.*?)^{FENCE}$", re.DOTALL | re.MULTILINE)
EXAMPLES = 652


def examples() -> list[tuple[str, str]]:
    """What is written, and the HTML that it is; skips where `make oracle` has not fetched them."""
    if not SPEC.is_file():
        pytest.skip("the specification is not here to compare with: `make oracle` fetches it")
    found = EXAMPLE.findall(SPEC.read_text())
    return [(written.replace("→", "\t"), html.replace("→", "\t")) for written, html in found]


class Nodes(HTMLParser):
    """The nodes of some HTML; white space counts in `pre` only."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[object, ...]] = []
        self._pre = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._pre += tag == "pre"
        self.found.append((tag, sorted(attrs, key=str)))

    def handle_endtag(self, tag: str) -> None:
        self._pre -= tag == "pre"
        self.found.append(("/", tag))

    def handle_data(self, data: str) -> None:
        words = data if self._pre else " ".join(data.split())
        if words.strip():
            self.found.append(("text", words.strip()))

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", data))

    def handle_decl(self, decl: str) -> None:
        self.found.append(("declaration", decl))

    def handle_pi(self, data: str) -> None:
        self.found.append(("instruction", data))

    def unknown_decl(self, data: str) -> None:
        self.found.append(("section", data))


def test_every_example_of_the_specification_is_rendered_as_it_says() -> None:
    render = commonmark._commonmark()  # before it is made safe: raw HTML is part of the specification
    found = examples()
    assert len(found) == EXAMPLES
    assert [written for written, html in found if Nodes(render(written)).found != Nodes(html).found] == []


ALLOWED = commonmark._BLOCKS | commonmark._TABLE | commonmark._INLINE
ATTRIBUTES = {"href", "title", "rel", "start", "lang"}
SCHEMES = ("http:", "https:", "mailto:")
SEEDS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg onload=alert(1)><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<a href='java&#10;script:alert(1)'>x</a>",
    "<a href=' &#14; javascript:alert(1)'>x</a>",
    "[x](javascript&colon;alert(1))",
    "[x](&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A;alert(1))",
    '![a](https://e.example/"onerror=alert(1)//)',
    "[a](https://e.example 'x\" onmouseover=alert(1) ')",
    'https://e.example/"onmouseover=alert(1)',
    "https://e.example/<img/src=x/onerror=alert(1)>",
    "www.e.example'onclick='alert(1)",
    'a@e.example"onfocus=alert(1)autofocus=',
    '<https://e.example/?"onclick=alert(1)>',
    "```<svg/onload=alert(1)>\nx\n```",
    "| a |\n|---|\n| <iframe srcdoc='<script>alert(1)</script>'> |",
    "<details open ontoggle=alert(1)><summary>x",
    "<input autofocus onfocus=alert(1)>",
    "<a href=data:text/html;base64,PHNjcmlwdD4=>x</a>",
    "<base href=javascript:/a/-alert(1)/><a href=1>x",
    "<textarea></textarea><img src=x onerror=alert(1)>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml <img src=x onerror=alert(1)>?>",
    "<select><template><style><!--</style><a rel='--><img src=x onerror=alert(1)>'>",
    "<p style=background:url(javascript:alert(1))>x",
    "<object data=javascript:alert(1)><embed src=javascript:alert(1)>",
    "<meta http-equiv=refresh content='0;javascript:alert(1)'>",
    "<video><source onerror=alert(1)>",
    "[y]: javascript:alert(1) 'z'\n\n[x][y]",
    "> # <b onclick=alert(1)>x</b>\n- <xmp><img src=x onerror=alert(1)></xmp>",
)
PIECES = (
    *("<", ">", '"', "'", "`", "&", "&lt;", "&#x3c;", "=", "/", "\n", "\n\n", "    ", "\x0c", "\u2028"),
    *("<!--", "-->", "]]>", "](", "![", "</a>", "<a "),
)


def mutants(count: int, seed: int) -> Iterator[str]:
    """Attacks cut up, put together and sprinkled with what parsers stumble over."""
    chance = random.Random(seed)
    for _ in range(count):
        text = "".join(chance.choice(SEEDS) for _ in range(chance.randint(1, 3)))
        for _ in range(chance.randint(1, 6)):
            at, until = sorted(chance.randint(0, len(text)) for _ in range(2))
            cut = text[at:until] if chance.random() < 0.7 else ""
            text = text[:at] + chance.choice([chance.choice(PIECES), cut[::-1], cut * 2, cut.swapcase()]) + text[until:]
        yield text


def harm(html: str) -> list[str]:
    """What a browser would make of it that is not on the list; read by a parser that has nothing to do with the one that cleaned it."""
    body = LexborHTMLParser(f"<!doctype html><body><div>{html}</div>").body
    assert body is not None
    found = []
    for node in body.traverse(include_text=False):
        if node.tag in {"body", "div"}:
            continue
        if node.tag not in ALLOWED or not set(node.attributes) <= ATTRIBUTES:
            found.append(f"<{node.tag} {node.attributes}>")
        if "href" in node.attributes and not (node.attributes["href"] or "").lower().startswith(SCHEMES):
            found.append(f"href {node.attributes['href']}")
    return found


def harmful(count: int, seed: int) -> list[tuple[str, list[str]]]:
    """Those of the mutants that come out with something that does not belong there."""
    return [(one, found) for one in mutants(count, seed) if (found := harm(to_html(one)))]


def test_nothing_that_can_run_comes_out_of_five_thousand_attacks() -> None:
    assert harmful(5_000, seed=1) == []


@pytest.mark.slow
def test_nothing_that_can_run_comes_out_of_a_hundred_thousand_attacks() -> None:
    assert harmful(100_000, seed=2) == []


@pytest.mark.parametrize("attack", ["<img src=x onerror=alert(1)>", "<a href=javascript:alert(1)>x</a>"])
def test_the_second_reader_would_see_it(attack: str) -> None:
    assert harm(attack) != []


@pytest.mark.parametrize(
    "sign",
    [
        ">",
        "+ ",
        "1. ",
        "+ >",
        "[",
        "![",
        "*",
        "_",
        '<a "',
        "<",
        "`",
        "- ",
        "(",
        "www.",
        "a+",
        "&",
        "| ",
        "[a](",
        "<div>\n<a '",
    ],
)
def test_no_text_of_the_longest_length_takes_long(sign: str) -> None:
    text = (sign * 20_000)[:20_000]
    began = process_time()
    to_html(text)
    assert process_time() - began < 1.0


def test_sixteen_quotes_inside_each_other_stay() -> None:
    assert to_html("> " * 16 + "x").count("<blockquote>") == 16
