"""The board and its topics as pages, without JavaScript."""

from __future__ import annotations

import httpx
import pytest
from interlinkers.forum.tests.calling import NOWHERE, Forum

from interlinker_shared.pages.i18n import missing, unused

HTML = {"Accept": "text/html"}
FORM = {"title": "Lockers", "text": "Are *broken*", "language": "en"}


async def page(forum: Forum, path: str, language: str = "en") -> str:
    answer = await forum.client.get(path, headers=HTML | {"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    return answer.text


async def submit(forum: Forum, path: str, form: dict[str, str]) -> httpx.Response:
    return await forum.client.post(path, data=form, headers=HTML)


class TestBoard:
    async def test_it_lists_its_topics_and_counts(self, forum: Forum) -> None:
        board, topic = await forum.discussed(description="Welcome to **all**")
        shown = await page(forum, f"/boards/{board}/view")
        assert f'href="../../topics/{topic}/view"' in shown
        assert "<strong>all</strong>" in shown
        assert "3 people took part" in shown

    async def test_a_guest_opens_a_topic_from_it(self, forum: Forum) -> None:
        board = await forum.create_board(guests=True)
        answer = await submit(forum, f"/boards/{board}/view/topics", FORM)
        assert answer.status_code == 303
        followed = str(httpx.URL(f"http://test/boards/{board}/view/topics").join(answer.headers["location"]))
        assert "Your topic is open." in await page(forum, followed)
        [topic] = (await forum.get(f"/boards/{board}/topics"))["items"]
        assert (topic["title"], topic["channel"]) == ("Lockers", "web")

    async def test_what_was_typed_comes_back_with_what_is_wrong(self, forum: Forum) -> None:
        board = await forum.create_board(guests=True)
        answer = await submit(forum, f"/boards/{board}/view/topics", FORM | {"title": " "})
        assert answer.status_code == 422
        assert 'href="#f-title"' in answer.text
        assert "Are *broken*" in answer.text

    async def test_without_guests_it_says_how_to_take_part(self, forum: Forum) -> None:
        shown = await page(forum, f"/boards/{await forum.create_board()}/view")
        assert "<form" not in shown
        assert "at the desk, by phone or by letter" in shown

    async def test_a_closed_one_has_no_form(self, forum: Forum) -> None:
        shown = await page(forum, f"/boards/{await forum.create_board(state='closed', guests=True)}/view")
        assert "<form" not in shown

    async def test_a_missing_one_is_a_page_that_says_so(self, forum: Forum) -> None:
        answer = await forum.client.get(f"/boards/{NOWHERE}/view", headers=HTML)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")


class TestTopic:
    async def test_posts_stand_under_headings_in_their_own_language(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        post = await forum.create_post(topic, text="Hasta las nueve", language="es")
        shown = await page(forum, f"/topics/{topic}/view")
        assert f'<h2 id="by-{post["id"]}">' in shown
        assert '<div lang="es"><p>Hasta las nueve</p>' in shown

    async def test_scripts_are_words_or_nothing(self, forum: Forum) -> None:
        topic = (await forum.create_topic(await forum.create_board(), title="<script>alert(1)</script>"))["id"]
        await forum.create_post(topic, text="<script>alert(2)</script><img src=x onerror=alert(3)>")
        shown = await page(forum, f"/topics/{topic}/view")
        assert "<script" not in shown
        assert "onerror" not in shown

    async def test_a_guest_answers_from_it(self, forum: Forum) -> None:
        _, topic = await forum.discussed(guests=True)
        answer = await submit(forum, f"/topics/{topic}/view/posts", {"text": "Ten is fine", "language": "en"})
        assert answer.status_code == 303
        assert "Ten is fine" in await page(forum, f"/topics/{topic}/view?done=post")

    async def test_after_a_long_discussion_the_reader_lands_on_her_own_post(self, forum: Forum) -> None:
        _, topic = await forum.discussed(guests=True)
        for _ in range(30):
            await forum.create_post(topic)
        answer = await submit(forum, f"/topics/{topic}/view/posts", {"text": "Ten is fine", "language": "en"})
        followed = str(httpx.URL(f"http://test/topics/{topic}/view/posts").join(answer.headers["location"]))
        shown = await page(forum, followed)
        assert shown.count("<article") == 1
        assert "Ten is fine" in shown

    async def test_an_empty_answer_is_pointed_at(self, forum: Forum) -> None:
        _, topic = await forum.discussed(guests=True)
        answer = await submit(forum, f"/topics/{topic}/view/posts", {"text": "", "language": "en"})
        assert (answer.status_code, 'href="#f-text"' in answer.text) == (422, True)

    async def test_a_guest_cannot_post_around_the_form(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        answer = await submit(forum, f"/topics/{topic}/view/posts", {"text": "Let me in", "language": "en"})
        assert answer.status_code == 401

    async def test_what_was_taken_down_says_by_whom_and_why(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        post = (await forum.create_post(topic, who="dora"))["id"]
        await forum.client.delete(f"/posts/{post}", headers=forum.headers("dora"))
        await forum.client.post(f"/topics/{topic}/remove", json={"reason": "Advert"}, headers=forum.staff)
        shown = await page(forum, f"/topics/{topic}/view")
        assert "Withdrawn by its author." in shown
        assert "Removed by a moderator. The reason: Advert" in shown

    async def test_the_next_page_is_a_link(self, forum: Forum) -> None:
        topic = (await forum.create_topic(await forum.create_board()))["id"]
        for _ in range(3):
            await forum.create_post(topic)
        assert 'rel="next"' in await page(forum, f"/topics/{topic}/view?limit=2")


class TestTexts:
    """As somebody who is signed in."""

    async def send(self, forum: Forum, path: str, form: dict[str, str], who: str = "ben") -> httpx.Response:
        return await forum.client.post(path, data=form, headers=HTML | forum.headers(who))

    async def see(self, forum: Forum, path: str, who: str = "ben") -> str:
        answer = await forum.client.get(path, headers=HTML | forum.headers(who))
        assert answer.status_code == 200, answer.text
        return answer.text

    async def test_buttons_react_and_take_it_back(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        post = (await forum.create_post(topic))["id"]
        for place in (f"/topics/{topic}", f"/posts/{post}"):
            for _ in range(2):
                assert (await self.send(forum, f"{place}/view/reactions", {"kind": "heart"})).status_code == 303
            assert (await self.send(forum, f"{place}/view/reactions", {"kind": "up"})).status_code == 303
        shown = await self.see(forum, f"/topics/{topic}/view")
        assert shown.count('value="up" aria-pressed="true">For 1') == 2
        assert 'value="heart" aria-pressed="true"' not in shown
        assert "For 1" in await page(forum, f"/topics/{topic}/view")

    async def test_an_edit_shows_what_was_said_before(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        post = (await forum.create_post(topic, text="Until nine"))["id"]
        assert "Until nine" in await self.see(forum, f"/posts/{post}/edit/view")
        assert (await self.send(forum, f"/posts/{post}/edit/view", {"text": ""})).status_code == 422
        assert (await self.send(forum, f"/posts/{post}/edit/view", {"text": "Until ten"})).status_code == 303
        shown = await page(forum, f"/posts/{post}/history/view")
        assert "Until <del>nine</del><ins>ten</ins>" in shown
        form = {"title": "Hours", "text": "Until eight?"}
        assert (await self.send(forum, f"/topics/{topic}/edit/view", form, "ana")).status_code == 303
        assert "Hours" in await page(forum, f"/topics/{topic}/view")
        assert "Opening" in await page(forum, f"/topics/{topic}/history/view")

    async def test_nobody_is_shown_the_words_of_another_to_edit(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        post = (await forum.create_post(topic, text="Until nine"))["id"]
        assert "Until nine" not in await self.see(forum, f"/posts/{post}/edit/view", "ana")
        assert (await self.send(forum, f"/posts/{post}/edit/view", {"text": "x"}, "ana")).status_code == 403

    async def test_a_draft_waits_in_the_form_until_it_is_published(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        form = {"text": "I think", "language": "en"}
        await self.send(forum, f"/topics/{topic}/view/posts", form | {"save": "draft"})
        assert "I think</textarea>" in await self.see(forum, f"/topics/{topic}/view")
        assert "I think" not in await self.see(forum, f"/topics/{topic}/view", "ana")
        await self.send(forum, f"/topics/{topic}/view/posts", form)
        assert "I think</textarea>" not in await self.see(forum, f"/topics/{topic}/view")

    async def test_a_quote_begins_with_the_words_and_keeps_their_origin(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        origin = (await forum.create_post(topic, text="Until nine"))["id"]
        assert "&gt; Until nine" in await self.see(forum, f"/topics/{topic}/view?quote={origin}")
        form = {"text": "> Until nine\n\nYes", "language": "en", "quote": origin, "reply_to": origin}
        assert (await self.send(forum, f"/topics/{topic}/view/posts", form)).status_code == 303
        assert f"/posts/{origin}/view" in await page(forum, f"/topics/{topic}/view")
        answer = await forum.client.get(f"/posts/{origin}/view", headers=HTML)
        assert (answer.status_code, f"at={origin}" in answer.headers["location"]) == (303, True)
        shown = await page(forum, f"/topics/{topic}/view?at={origin}&view=tree")
        assert shown.count("<article") == 2

    async def test_who_follows_can_stop(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        for following, button in (("yes", "Follow no more"), ("no", "Follow this topic")):
            await self.send(forum, f"/topics/{topic}/view/following", {"following": following})
            assert button in await self.see(forum, f"/topics/{topic}/view")


async def test_what_a_topic_came_to_is_shown_first(forum: Forum) -> None:
    board, topic = await forum.discussed()
    other = (await forum.create_topic(board, tags=["pool"]))["id"]
    decision = {"summary": "Open until ten", "text": "From June."}
    for path, body in ((f"/topics/{topic}/decision", decision), (f"/topics/{topic}/pin", None)):
        await forum.client.put(path, json=body, headers=forum.staff)
    assert "<strong>Open until ten</strong>" in await page(forum, f"/topics/{topic}/view")
    assert "Pinned" in await page(forum, f"/boards/{board}/view")
    assert topic not in await page(forum, f"/boards/{board}/view?tag=pool")
    await forum.client.post(f"/topics/{other}/merge", json={"into": topic}, headers=forum.staff)
    answer = await forum.client.get(f"/topics/{other}/view", headers=HTML)
    assert (answer.status_code, topic in answer.headers["location"]) == (303, True)


@pytest.mark.parametrize(("language", "words"), [("es", "Abrir un tema"), ("de", "Ein Thema eröffnen")])
async def test_pages_speak_the_readers_language(forum: Forum, language: str, words: str) -> None:
    board = await forum.create_board(guests=True)
    assert words in await page(forum, f"/boards/{board}/view", language)


def test_every_text_is_translated() -> None:
    assert missing("interlinker_forum") == {"es": [], "de": []}
    assert unused("interlinker_forum") == {"en": [], "es": [], "de": []}
