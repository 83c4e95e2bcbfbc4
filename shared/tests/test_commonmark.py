"""What people write becomes HTML that can be shown to anyone."""

from html.parser import HTMLParser

import pytest

from interlinker_shared.commonmark import to_html

ALLOWED = {
    "p", "blockquote", "pre", "ul", "ol", "li", "hr", "h3", "h4", "h5", "h6",
    "table", "thead", "tbody", "tr", "th", "td", "a", "br", "code", "em", "strong", "del", "sub", "sup",
}  # fmt: skip


class Reader(HTMLParser):
    """A second parser's view of the output: every element and attribute it would build."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


class TestCommonMark:
    @pytest.mark.parametrize(
        ("written", "shown"),
        [
            ("Plain words", "<p>Plain words</p>"),
            ("one  \ntwo", "<p>one<br>\ntwo</p>"),
            ("*so* **very**", "<p><em>so</em> <strong>very</strong></p>"),
            ("`a < b`", "<p><code>a &lt; b</code></p>"),
            ("> quoted", "<blockquote>\n<p>quoted</p>\n</blockquote>"),
            ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
            ("4. four", '<ol start="4">\n<li>four</li>\n</ol>'),
            ("```\nx & y\n```", "<pre><code>x &amp; y\n</code></pre>"),
            ("***", "<hr>"),
            (r"\*not this\*", "<p>*not this*</p>"),
            ("A<sup>2</sup>", "<p>A<sup>2</sup></p>"),
            ("Köln, año, 日本", "<p>Köln, año, 日本</p>"),
            ('<p lang="fr">Bonjour</p>', '<p lang="fr">Bonjour</p>'),
        ],
    )
    def test_words_are_shown_as_written(self, written: str, shown: str) -> None:
        assert to_html(written).strip() == shown

    def test_a_table_is_a_table(self) -> None:
        cells = [tag for tag, _ in Reader(to_html("| a | b |\n|---|--:|\n| 1 | 2 |")).elements]
        assert cells == ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td"]

    @pytest.mark.parametrize(("written", "level"), [("# One", "h3"), ("## Two", "h4"), ("###### Six", "h6")])
    def test_headings_start_below_those_of_the_page(self, written: str, level: str) -> None:
        assert Reader(to_html(written)).elements == [(level, {})]

    def test_without_headings_they_are_paragraphs(self) -> None:
        assert to_html("# One", headings=False) == "<p>One</p>\n"


class TestLinks:
    @pytest.mark.parametrize(
        ("written", "target"),
        [
            ("[here](https://example.org/a?b=1&c=2)", "https://example.org/a?b=1&c=2"),
            ("see https://example.org/page.", "https://example.org/page"),
            ("<http://example.org>", "http://example.org"),
            ("ask desk@example.org", "mailto:desk@example.org"),
        ],
    )
    def test_links_open_where_they_say_and_pass_no_credit(self, written: str, target: str) -> None:
        [_, (tag, attributes)] = Reader(to_html(written)).elements
        assert (tag, attributes) == ("a", {"href": target, "rel": "nofollow ugc noopener"})

    @pytest.mark.parametrize(
        ("written", "target"),
        [
            ("(see https://example.org/a_(b))", "https://example.org/a_(b)"),
            ("https://example.org/?q=1&r=2&", "https://example.org/?q=1&r=2&"),
            ("look at www.example.org!", "http://www.example.org"),
            ('he said "https://example.org/x"', "https://example.org/x"),
        ],
    )
    def test_a_bare_address_ends_where_the_sentence_goes_on(self, written: str, target: str) -> None:
        assert [attributes["href"] for tag, attributes in Reader(to_html(written)).elements if tag == "a"] == [target]

    @pytest.mark.parametrize("written", ["`https://example.org`", "    https://example.org", "\\https\\://"])
    def test_code_has_no_links(self, written: str) -> None:
        assert "<a " not in to_html(written)

    def test_an_address_inside_a_link_is_not_linked_again(self) -> None:
        shown = to_html("[https://a.example](https://b.example)")
        assert [attributes["href"] for _, attributes in Reader(shown).elements if attributes] == ["https://b.example"]

    def test_a_file_name_is_not_a_link(self) -> None:
        assert to_html("open report.py now") == "<p>open report.py now</p>\n"

    def test_a_relative_link_leads_nowhere(self) -> None:
        assert "href" not in to_html("[settings](/admin) [other](//evil.example)")

    def test_a_picture_becomes_a_link_named_after_its_alternative_text(self) -> None:
        shown = to_html("![the *old* pool](https://example.org/p.png)")
        assert '<a href="https://example.org/p.png" rel="nofollow ugc noopener">the old pool</a>' in shown

    def test_a_picture_inside_a_link_leaves_its_text(self) -> None:
        shown = to_html("[![pool](https://a.example/p.png)](https://b.example)")
        assert shown == '<p><a href="https://b.example" rel="nofollow ugc noopener">pool</a></p>\n'


ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><animate onbegin=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='jAvA\tscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "![x](javascript:alert(1))",
    '[x](https://a.example "\\" onmouseover=alert(1) x=\\"")',
    "[x][y]\n\n[y]: javascript:alert(1)",
    "<iframe src=https://evil.example></iframe>",
    "<object data=x></object><embed src=x>",
    "<form action=https://evil.example><input name=password></form>",
    "<base href=https://evil.example>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<style>body{display:none}</style><p style='position:fixed'>x</p>",
    "<p class=error id=main lang=xx>x</p>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<textarea></textarea><img src=x onerror=alert(1)>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<<script>script>alert(1)<</script>/script>",
    "```<img src=x onerror=alert(1)>\n```",
    "| <img src=x onerror=alert(1)> |\n|---|\n| <script>alert(1)</script> |",
    "<a href=https://a.example target=_top ping=https://evil.example>x</a>",
    "</div></article></main><h1>Official notice</h1>",
]


class TestAttacks:
    @pytest.mark.parametrize("attack", ATTACKS)
    def test_only_allowed_elements_and_attributes_come_out(self, attack: str) -> None:
        for tag, attributes in Reader(to_html(attack)).elements:
            assert tag in ALLOWED
            assert set(attributes) <= {"href", "title", "rel", "start", "lang"}
            assert (attributes.get("href") or "https:").startswith(("https:", "http:", "mailto:"))

    def test_a_title_stays_on_links_only(self) -> None:
        assert to_html("<p title=x>y</p>").strip() == "<p>y</p>"

    def test_a_script_leaves_no_text_behind(self) -> None:
        assert "alert" not in to_html("before <script>alert(1)</script> after")

    def test_closing_tags_do_not_leave_the_post(self) -> None:
        assert "</" not in to_html("</div></main>").replace("</p>", "")
