"""Rendering: values in the reader's language, relative links, escaping, error pages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from urllib.parse import urljoin

import httpx
import pytest
from jinja2 import UndefinedError
from starlette.requests import Request

from interlinker_shared.errors import FieldError
from interlinker_shared.pages import Pages
from interlinker_shared.pages.catalogues import load_translations
from interlinker_shared.pages.filters import Filters
from interlinker_shared.pages.links import Links
from interlinker_shared.pages.problems import PROBLEMS

VIEW = "/plans/7/view"


def create_request(path: str, query: str = "", root_path: str = "", raw_path: str | None = None) -> Request:
    scope = {"type": "http", "method": "GET", "path": path, "root_path": root_path, "headers": []}
    raw = {"raw_path": raw_path.encode()} if raw_path else {}
    return Request(scope | {"query_string": query.encode()} | raw)


def bytes_of(page: object) -> str:
    return bytes(getattr(page, "body", b"")).decode()


@pytest.mark.parametrize(
    ("path", "stylesheet"),
    [
        ("/", "./static/kit/kit.css"),
        ("/plans", "./static/kit/kit.css"),
        ("/plans/", "../static/kit/kit.css"),
        (VIEW, "../../static/kit/kit.css"),
    ],
)
def test_stylesheet_is_relative_to_the_depth_of_the_page(path: str, stylesheet: str) -> None:
    assert Links(create_request(path)).kit("kit.css") == stylesheet


def test_coded_slash_is_no_level_and_root_path_is_left_out() -> None:
    assert Links(create_request("/plans/a/b", raw_path="/plans/a%2Fb?x=/")).static("a.js") == "../static/a.js"
    assert Links(create_request("/i/survey/plans", root_path="/i/survey")).relative("/") == "./"


def test_links_keep_a_chosen_language_only() -> None:
    links = Links(create_request(VIEW, "lang=es&cursor=9"))
    assert links.to("/plans/8/view#posts", limit=2, cursor=None) == "../../plans/8/view?lang=es&limit=2#posts"
    assert links.query(cursor="n") == "?lang=es&cursor=n"
    assert Links(create_request(VIEW, "cursor=9")).query(cursor=None) == "?"
    assert Links(create_request(VIEW)).to("/") == "../../"


@pytest.mark.parametrize("path", ["https://example.org", "//example.org", "javascript:alert(1)", "urn:uuid:7"])
@pytest.mark.parametrize("page", ["/", VIEW])
def test_no_link_leaves_the_service(page: str, path: str) -> None:
    target = urljoin(f"https://town.example{page}", Links(create_request(page)).to(path))
    assert target.startswith("https://town.example/")


async def test_page_loads_nothing_inline_and_nothing_foreign(client: httpx.AsyncClient) -> None:
    page = await client.get(VIEW)
    assert page.status_code == 200
    for forbidden in ("<script", "<style", ' style="', "http://", "https://", ' href="/', ' onclick="'):
        assert forbidden not in page.text
    assert (await client.get("/static/kit/kit.css")).headers["content-type"].startswith("text/css")


async def test_base_gives_skip_link_main_and_title(client: httpx.AsyncClient) -> None:
    text = (await client.get(VIEW)).text
    assert '<a class="il-skip" href="#main">Skip to main content</a>' in text
    assert '<main id="main" class="il-wrap il-main" tabindex="-1">' in text
    assert "<title>What do we need? – Our plan</title>" in text


async def test_texts_of_people_are_escaped(client: httpx.AsyncClient) -> None:
    text = (await client.get(VIEW)).text
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; co" in text
    assert "<b>" not in text


async def test_plural_follows_the_language(client: httpx.AsyncClient) -> None:
    assert "214 Antworten" in (await client.get(VIEW, params={"lang": "de"})).text
    assert load_translations("kit_demo", "es").ngettext("%(count)s answer", "%(count)s answers", 1) == (
        "%(count)s respuesta"
    )


def test_block_texts_fall_back_on_the_kit_and_then_on_english() -> None:
    german = load_translations("kit_demo", "de")
    assert [german.gettext(text) for text in ("Thank you", "Next page", "Unheard of")] == [
        "Danke",
        "Nächste Seite",
        "Unheard of",
    ]


def test_dates_and_numbers_are_written_as_the_language_does() -> None:
    german = Filters("de", "Europe/Madrid", load_translations("kit_demo", "de"))
    assert german.date(date(2026, 3, 1)) == '<time datetime="2026-03-01">1. März 2026</time>'
    assert german.datetime(datetime(2026, 11, 23, 15, 4, tzinfo=UTC)) == (
        '<time datetime="2026-11-23T15:04:00+00:00">23. November 2026, 16:04 MEZ</time>'
    )
    assert (german.number(1234.5), german.percent(0.25)) == ("1.234,5", "25\xa0%")


def test_a_forgotten_value_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        Pages("kit_demo", name={"en": "Plan"}).render(create_request("/"), "demo.html")


@pytest.mark.parametrize("status", [*PROBLEMS, 418, 502])
def test_every_error_says_what_happened_and_what_to_do(status: int) -> None:
    page = Pages("kit_demo", name={"en": "Plan"}).problem(create_request(VIEW), status)
    assert page.status_code == status
    assert "<h1>" in bytes_of(page)
    assert "<h2>What you can do</h2>" in bytes_of(page)


def test_problem_lists_fields_in_the_language_of_the_page() -> None:
    wrong = FieldError("/cost", "Enter a number up to 500.", "less_than_equal")
    page = Pages("kit_demo", name={"en": "Plan"}).problem(
        create_request("/a/b", "lang=es"), 422, detail="<i> 100 %", errors=[wrong], back="/a"
    )
    assert "Escriba un número de 500 como máximo. <code>/cost</code>" in bytes_of(page)
    assert "&lt;i&gt; 100 %" in bytes_of(page)
    assert 'href="../a?lang=es"' in bytes_of(page)
