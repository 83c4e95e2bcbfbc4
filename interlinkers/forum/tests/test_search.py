"""Searching: the same on both databases, in several languages, and nothing of what is gone."""

from __future__ import annotations

from typing import Any

import pytest
from interlinkers.forum.tests.calling import NOWHERE, Forum, ok, problem

from interlinker_forum.words import Question, folded

JUDGED = (
    ("pool", "The pool closes at nine. The pool is cold."),
    ("opening", "Opening hours of the pool in summer, and what people who work late need of it"),
    ("late", "Who works late has no pool: so open it late"),
    ("lockers", "Lockers are broken again"),
    ("strasse", "Die Straße vor dem Freibad ist gesperrt"),
    ("manana", "Mañana cierra la piscina, ¿qué hacemos?"),
    ("none", "Nothing about it here"),
)


async def judged(forum: Forum) -> tuple[str, dict[str, str]]:
    """A board with posts of which it is known what they are about; their ids by name."""
    board = await forum.create_board()
    topic = (await forum.create_topic(board, title="Wishes", text="Say what you wish"))["id"]
    languages = {"strasse": "de", "manana": "es"}
    made = {
        name: (await forum.create_post(topic, text=text, language=languages.get(name, "en")))["id"]
        for name, text in JUDGED
    }
    return board, made


async def found(forum: Forum, board: str, q: str, **more: str) -> list[dict[str, Any]]:
    answer = await forum.client.get(f"/boards/{board}/search", params={"q": q} | more)
    items: list[dict[str, Any]] = ok(answer)["items"]
    return items


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("pool", ["pool", "late", "opening"]),
        ("POOL late", ["late", "opening"]),
        ('"work late"', ["opening"]),
        ("strasse", ["strasse"]),
        ("STRAẞE freibad", ["strasse"]),
        ("manana que", ["manana"]),
        ("lockers pool", []),
    ],
)
async def test_the_judged_texts_come_in_their_order(forum: Forum, q: str, names: list[str]) -> None:
    board, made = await judged(forum)
    assert [one["post"] for one in await found(forum, board, q)] == [made[name] for name in names]


async def test_the_words_are_marked_and_nothing_else_is_markup(forum: Forum) -> None:
    board = await forum.create_board()
    topic = (await forum.create_topic(board, text="<b>Mañana</b> & today"))["id"]
    [one] = await found(forum, board, "manana")
    assert (one["topic"], one["post"]) == (topic, None)
    assert one["snippet"] == "&lt;b&gt;<mark>Mañana</mark>&lt;/b&gt; &amp; today"


async def test_it_asks_by_language_kind_author_and_time(forum: Forum) -> None:
    board, made = await judged(forum)
    author = (await found(forum, board, "lockers"))[0]["author"]
    assert [one["post"] for one in await found(forum, board, "ist", language="de")] == [made["strasse"]]
    assert await found(forum, board, "ist", language="es") == []
    assert await found(forum, board, "lockers", kind="topic") == []
    assert len(await found(forum, board, "lockers", author=author)) == 1
    assert await found(forum, board, "lockers", author="0123456789") == []
    assert await found(forum, board, "lockers", since="2999-01-01T00:00:00Z") == []


async def test_pages_follow_each_other(forum: Forum) -> None:
    board, _ = await judged(forum)
    whole = await found(forum, board, "pool")
    first = ok(await forum.client.get(f"/boards/{board}/search?q=pool&limit=2"))
    rest = ok(await forum.client.get(f"/boards/{board}/search?q=pool&limit=2&cursor={first['next']}"))
    assert first["items"] + rest["items"] == whole


async def test_what_changes_is_found_by_what_it_says_now(forum: Forum) -> None:
    board, made = await judged(forum)
    ok(await forum.client.put(f"/posts/{made['lockers']}", json={"text": "Showers"}, headers=forum.headers("ben")))
    assert await found(forum, board, "lockers") == []
    assert [one["post"] for one in await found(forum, board, "showers")] == [made["lockers"]]


async def test_what_is_taken_down_is_found_no_more_until_it_is_back(forum: Forum) -> None:
    board, made = await judged(forum)
    await forum.client.delete(f"/posts/{made['lockers']}", headers=forum.headers("ben"))
    assert await found(forum, board, "lockers") == []
    ok(await forum.client.post(f"/posts/{made['late']}/remove", json={"reason": "Rude"}, headers=forum.staff))
    assert len(await found(forum, board, "pool")) == 2
    await forum.client.delete("/subjects/ben", headers=forum.headers("ben"))
    assert await found(forum, board, "pool") == []


async def test_a_topic_that_moved_is_found_where_it_is(forum: Forum) -> None:
    board, topic = await forum.discussed()
    target = await forum.create_board()
    ok(await forum.client.post(f"/topics/{topic}/move", json={"board": target}, headers=forum.staff))
    assert (await found(forum, board, "nine"), len(await found(forum, target, "nine"))) == ([], 3)


@pytest.mark.parametrize(("q", "status"), [("", 422), ("?!", 422), ("x" * 201, 422), ('"', 422)])
async def test_a_question_without_a_word_is_refused(forum: Forum, q: str, status: int) -> None:
    board = await forum.create_board()
    assert problem(await forum.client.get(f"/boards/{board}/search", params={"q": q}))[0] == status


async def test_the_page_shows_what_is_found(forum: Forum) -> None:
    board, made = await judged(forum)
    path = f"/boards/{board}/search/view"
    shown = await forum.client.get(f"{path}?q=lockers", headers={"Accept": "text/html"})
    assert "<mark>Lockers</mark> are broken" in shown.text
    assert made["lockers"] in shown.text
    for q, words in (("nowhere", "Nothing was found."), ("", "Search this board")):
        assert words in (await forum.client.get(f"{path}?q={q}", headers={"Accept": "text/html"})).text


async def test_a_missing_board_is_not_found(forum: Forum) -> None:
    assert problem(await forum.client.get(f"/boards/{NOWHERE}/search?q=a"))[0] == 404


@pytest.mark.parametrize("q", ['a" OR "b', "a AND b", "a*", "NEAR(a b)", "words:a", "-a", "_b", "^a"])
async def test_signs_of_the_index_have_no_meaning(forum: Forum, q: str) -> None:
    board = await forum.create_board()
    assert await found(forum, board, q) == []


def test_a_long_text_shows_where_the_words_are() -> None:
    text = "far " * 200 + "the Pool here " + "away " * 200
    shown = Question.of("pool here").snippet(text)
    assert "<mark>Pool</mark> <mark>here</mark>" in shown
    assert shown.startswith("… ")
    assert len(shown) < 250


def test_folding_forgets_capitals_and_accents() -> None:
    assert folded("ÀÉÎ ẞ ﬁ Ñ") == "aei ss fi n"
