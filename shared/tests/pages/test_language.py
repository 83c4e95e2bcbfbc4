"""Which language a reader gets, and how content in another one is marked."""

from __future__ import annotations

import httpx
import pytest

from interlinker_shared.pages.catalogues import load_translations
from interlinker_shared.pages.filters import Filters
from interlinker_shared.pages.language import accepted_languages, best_language, direction, own_name

VIEW = "/plans/7/view"


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", "", "en"),
        ("", "de-AT, en;q=0.5", "de"),
        ("", "en;q=0.2, es;q=0.9", "es"),
        ("", "es;q=0, de;q=0.1", "de"),
        ("", "fr, *", "en"),
        ("?lang=es", "de", "es"),
        ("?lang=xx", "de", "de"),
    ],
)
async def test_query_wins_over_header_wins_over_default(
    client: httpx.AsyncClient, query: str, header: str, language: str
) -> None:
    page = await client.get(VIEW + query, headers={"Accept-Language": header})
    assert page.headers["content-language"] == language
    assert page.headers["vary"] == "Accept-Language"
    assert f'<html lang="{language}" dir="ltr">' in page.text


@pytest.mark.parametrize("header", ["de;q=x", "de;level=1", ";;;", "de;q=nan", "\t,"])
def test_unreadable_preferences_count_for_nothing(header: str) -> None:
    assert [tag for tag in accepted_languages(header) if tag] == []


async def test_right_to_left_page_says_so(client: httpx.AsyncClient) -> None:
    page = await client.get(VIEW, params={"lang": "ar"})
    assert '<html lang="ar" dir="rtl">' in page.text
    assert "<title>What do we need? – خطتنا</title>" in page.text


async def test_language_switch_keeps_the_other_parameters(client: httpx.AsyncClient) -> None:
    page = await client.get(VIEW, params={"cursor": "a b", "lang": "de"})
    assert '<a href="?cursor=a+b&amp;lang=es" lang="es" hreflang="es">Español</a>' in page.text
    assert '<a href="?cursor=a+b&amp;lang=de" lang="de" hreflang="de" aria-current="true">Deutsch</a>' in page.text


@pytest.mark.parametrize(
    ("texts", "wished", "best"),
    [
        ({"en": "a", "de": "b"}, "de-AT", "de"),
        ({"pt-BR": "a", "fr": "b"}, "pt", "pt-BR"),
        ({"en": "a", "fr": "b"}, "es", "en"),
        ({"fr": "a", "it": "b"}, "es", "fr"),
    ],
)
def test_best_language_is_own_then_related_then_english_then_first(
    texts: dict[str, str], wished: str, best: str
) -> None:
    assert best_language(texts, wished) == best


def test_direction_of_an_unknown_language_is_left_to_the_browser() -> None:
    assert (direction("he"), direction("es"), direction("zz-nothing-known")) == ("rtl", "ltr", "auto")


def test_languages_are_named_in_themselves() -> None:
    assert [own_name(tag) for tag in ("en", "es", "de")] == ["English", "Español", "Deutsch"]


def test_content_in_another_language_carries_lang_and_dir() -> None:
    filters = _filters("en")
    assert filters.translated({"en": "a & b", "es": "c"}) == "a &amp; b"
    assert filters.translated({"es": "<b>"}) == '<span lang="es">&lt;b&gt;</span>'
    assert filters.content("x", "ar") == '<span lang="ar" dir="rtl">x</span>'
    assert filters.content("x", None) == '<span dir="auto">x</span>'
    assert filters.translated_text({"es": "<b>"}) == "<b>"


def _filters(language: str) -> Filters:
    return Filters(language, "Europe/Madrid", load_translations("kit_demo", language))
