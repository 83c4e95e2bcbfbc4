"""The catalogue as people see it."""

from __future__ import annotations

import re

from interlinkers.registry.tests.calling import Registry, manifest_of, registration

from interlinker_shared.pages.i18n import missing, unused

PACKAGE = "interlinker_registry"


def words(html: str) -> str:
    """The text of a page, without markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


async def page(registry: Registry, query: str = "", language: str = "en") -> str:
    """The page in a language."""
    answer = await registry.client.get(f"/catalogue/view{query}", headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


async def test_the_page_shows_what_there_is_and_whether_it_runs(registry: Registry) -> None:
    await registry.register("forum-main")
    await registry.register("survey-main")
    await registry.client.delete("/instances/survey-main?epoch=1", headers=registry.owner)
    await registry.client.put("/catalogue/forum/badge", json={"conformance": "passed"}, headers=registry.owner)
    html = await page(registry)
    assert "Forum The forum of our town forum Running Passed 1 January 2026" in words(html)
    assert "Survey The survey of our town survey Not running Not checked" in words(html)
    assert 'href="http://127.0.0.1:8002/openapi.json"' in html
    assert 'href="../catalogue/forum"' in html


async def test_the_page_speaks_the_reader_s_language_and_marks_what_it_does_not(registry: Registry) -> None:
    await registry.register(**registration(manifest=manifest_of(name={"en": "Forum"})))
    assert "En marcha" in words(await page(registry, language="es"))
    german = await page(registry, language="de")
    assert "Läuft" in german
    assert '<span lang="en">Forum</span>' in german


async def test_an_empty_catalogue_and_a_fruitless_search_say_so(registry: Registry) -> None:
    assert "No Interlinker has registered yet." in words(await page(registry))
    await registry.register()
    assert "Nothing in the catalogue holds these words." in words(await page(registry, "?q=swimming"))


async def test_a_search_keeps_its_words_and_shows_only_what_holds_them(registry: Registry) -> None:
    await registry.register("forum-main")
    await registry.register("survey-main")
    html = await page(registry, "?q=survey")
    assert 'value="survey"' in html
    assert "Forum" not in words(html).partition("Search")[2]


async def test_long_catalogues_come_in_pages(registry: Registry) -> None:
    await registry.register("forum-main")
    await registry.register("survey-main")
    html = await page(registry, "?limit=1")
    (cursor,) = re.findall(r'rel="next" href="(\?[^"]+)"', html)
    second = await page(registry, cursor.replace("&amp;", "&"))
    assert "The survey of our town" in second
    assert "Back to the first page" in second


async def test_what_a_manifest_says_is_text_and_never_markup(registry: Registry) -> None:
    hostile = manifest_of(
        name={"en": "<script>1</script>"}, description={"en": "<b>"}, capabilities=["<img src=x onerror=1>"]
    )
    await registry.register(**registration(manifest=hostile))
    html = await page(registry)
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;1&lt;/script&gt;" in html


def test_every_text_is_translated_and_none_is_left_over() -> None:
    assert missing(PACKAGE) == {"es": [], "de": []}
    assert unused(PACKAGE) == {"en": [], "es": [], "de": []}
