"""What the macros write: names, states, errors and figures that every reader can get at."""

from __future__ import annotations

import re

import httpx
import pytest

from interlinker_shared.pages.form_state import field_id

VIEW = "/plans/7/view"


async def shown(client: httpx.AsyncClient, **params: str) -> str:
    return re.sub(r"\s+", " ", (await client.get(VIEW, params=params)).text)


async def rejected(client: httpx.AsyncClient, **fields: object) -> str:
    answer = await client.post(VIEW, data={"title": "Shade", "mark": "2", "district": "n", "cost": "5", **fields})
    assert answer.status_code == 422
    return re.sub(r"\s+", " ", answer.text)


async def test_every_id_is_unique_and_every_reference_is_met(client: httpx.AsyncClient) -> None:
    for text in (await shown(client), await rejected(client, cost="900", title="")):
        ids = re.findall(r' id="([^"]+)"', text)
        assert len(ids) == len(set(ids))
        pointed = re.findall(r' (?:for|aria-describedby|aria-labelledby)="([^"]+)"', text)
        fragments = re.findall(r' href="#([^"]+)"', text)
        assert {name for names in pointed + fragments for name in names.split()} <= set(ids)


async def test_required_and_optional_are_said_in_words(client: httpx.AsyncClient) -> None:
    text = await shown(client)
    assert 'for="f-title">Title <span class="il-marking">(required)</span>' in text
    assert 'for="f-text">Why it matters <span class="il-marking">(optional)</span>' in text
    assert "(obligatorio)" in await shown(client, lang="es")


async def test_wrong_field_is_marked_explained_and_keeps_its_value(client: httpx.AsyncClient) -> None:
    text = await rejected(client, cost="900")
    assert re.search(
        r'name="cost" type="number" value="900"[^>]* aria-describedby="f-cost-error" required aria-invalid="true">',
        text,
    )
    assert 'id="f-cost-error"><span class="il-hidden">Error:</span> Enter a number up to 500.</p>' in text


async def test_hint_and_error_both_describe_the_field(client: httpx.AsyncClient) -> None:
    assert 'aria-describedby="f-title-hint f-title-error"' in await rejected(client, title="")


async def test_summary_comes_first_names_fields_and_leads_to_them(client: httpx.AsyncClient) -> None:
    text = await rejected(client, cost="900")
    summary = text[text.index('role="alert"') : text.index("<h1>")]
    assert '<h2 id="errors-title">There is a problem</h2>' in summary
    assert '<a href="#f-cost">Cost in euro: Enter a number up to 500.</a>' in summary
    assert '<a href="#f-answers_2f_where"><span lang="es">¿Dónde?</span>: Please answer this.</a>' in summary
    assert "<title>Error: What do we need?" in text


async def test_page_without_errors_has_no_summary(client: httpx.AsyncClient) -> None:
    text = await shown(client)
    assert 'role="alert"' not in text
    assert "aria-invalid" not in text


async def test_groups_are_fieldsets_that_carry_their_error(client: httpx.AsyncClient) -> None:
    text = await rejected(client)
    assert re.search(
        r'<fieldset [^>]*role="radiogroup" aria-required="true" aria-invalid="true" aria-describedby="', text
    )
    assert re.search(r'<input type="checkbox" id="f-who" name="who" value="young" aria-invalid="true">', text)
    assert text.count("<fieldset") == text.count("<legend") == 3


async def test_chosen_answers_stay_chosen(client: httpx.AsyncClient) -> None:
    text = await rejected(client, cost="900", who=["young", "all"], district="s", **{"answers/where": "school"})
    assert re.findall(r'value="(\w+)" (?:checked|selected)', text) == ["school", "young", "all", "2", "s"]


async def test_rating_steps_say_their_place_and_their_ends(client: httpx.AsyncClient) -> None:
    text = await shown(client)
    assert '<span class="il-rating-level">4<span class="il-hidden"> of 5</span></span>' in text
    assert '<span class="il-rating-end">Not at all</span>' in text
    assert re.search(r'name="mark" value="4" checked', text)


async def test_good_answer_leads_on_and_keeps_the_language(client: httpx.AsyncClient) -> None:
    fields = {"title": "Shade", "mark": "2", "district": "n", "cost": "5", "who": "all", "answers/where": "park"}
    answer = await client.post(VIEW, params={"lang": "es"}, data=fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "../../plans/7/view?lang=es&done=1")


async def test_table_has_caption_headers_and_a_labelled_region(client: httpx.AsyncClient) -> None:
    text = await shown(client, lang="de")
    assert '<div class="il-scroll" role="region" aria-labelledby="ideas-caption" tabindex="0">' in text
    assert '<caption id="ideas-caption">Ideas</caption>' in text
    assert '<th scope="row">Night bus</th> <td class="il-number">48.000,5</td>' in text
    assert '<th scope="col" class="il-number">Votes</th>' in text


async def test_chart_and_table_show_the_same_rows(client: httpx.AsyncClient) -> None:
    text = await shown(client)
    chart = text[text.index('<div class="il-bars" role="img"') : text.index('id="needs"')]
    assert 'aria-label="Bar chart: Answers by place. The same figures are in the table that follows."' in chart
    assert re.findall(r'il-bar-filled"[^>]* width="([\d.]+)%"', chart) == ["52.34", "29.91", "17.76"]
    assert '<th scope="row">At school</th> <td class="il-number">64</td> <td class="il-number">30%</td>' in text


async def test_steps_say_their_state_in_words(client: httpx.AsyncClient) -> None:
    text = await shown(client)
    assert re.findall(r'il-step-state">([^<]+)<', text) == [
        "Done",
        "In progress",
        "Waiting",
        "Not started yet",
        "Skipped",
        "Failed",
    ]
    assert text.count('aria-current="step"') == 1


async def test_pagination_keeps_the_query(client: httpx.AsyncClient) -> None:
    text = await shown(client, lang="es", cursor="old")
    assert 'rel="next" href="?lang=es&amp;cursor=abc">Página siguiente</a>' in text
    assert 'href="?lang=es">Volver a la primera página</a>' in text


@pytest.mark.parametrize(("name", "expected"), [("title", "f-title"), ("a b/c", "f-a_20_b_2f_c"), ("ä_", "f-_e4__5f_")])
def test_ids_are_safe_and_distinct(name: str, expected: str) -> None:
    assert field_id(name) == expected
