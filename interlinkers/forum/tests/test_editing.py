"""Editing one's own words, mentions, and quotes that keep their origin."""

from __future__ import annotations

import pytest
from interlinkers.forum.tests.calling import NOWHERE, Forum, ok, problem

from interlinker_forum.actions.editing import changes_between


class TestEdit:
    async def test_what_was_said_before_can_be_seen_with_what_changed(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        post = (await forum.create_post(topic, text="Until nine & no later", who="dora"))["id"]
        edited = ok(
            await forum.client.put(
                f"/posts/{post}", json={"text": "Until ten & no later"}, headers=forum.headers("dora")
            )
        )
        assert (edited["text"], edited["edited_at"] is None) == ("Until ten & no later", False)
        [before] = (await forum.get(f"/posts/{post}/history"))["items"]
        assert (before["number"], before["text"]) == (1, "Until nine & no later")
        assert before["changes"] == "Until <del>nine</del><ins>ten</ins> &amp; no later"

    async def test_an_opening_is_edited_with_its_title(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        body = {"title": "Opening times", "text": "Until *ten*?"}
        ok(await forum.client.put(f"/topics/{topic}", json=body, headers=forum.headers("ana")))
        [before] = (await forum.get(f"/topics/{topic}/history"))["items"]
        assert (before["title"], before["text"]) == ("Opening hours", "Until *ten*?")
        assert before["changes"].startswith("Opening <del>hours</del><ins>times</ins>")

    async def test_nothing_changed_is_no_edit(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        post = await forum.create_post(topic)
        ok(await forum.client.put(f"/posts/{post['id']}", json={"text": post["text"]}, headers=forum.headers("ben")))
        assert (await forum.get(f"/posts/{post['id']}/history"))["items"] == []

    async def test_nobody_edits_what_somebody_else_wrote(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        post = (await forum.create_post(topic))["id"]
        for path, body in ((f"/posts/{post}", {"text": "x"}), (f"/topics/{topic}", {"title": "x", "text": "x"})):
            answer = await forum.client.put(path, json=body, headers=forum.staff)
            assert problem(answer) == (403, "not-yours", [])

    async def test_a_closed_topic_stays_as_it_is(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        post = (await forum.create_post(topic))["id"]
        await forum.client.post(f"/topics/{topic}/close", headers=forum.staff)
        answer = await forum.client.put(f"/posts/{post}", json={"text": "x"}, headers=forum.headers("ben"))
        assert problem(answer) == (409, "topic-closed", [])

    async def test_what_is_taken_back_takes_its_history_along(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        post = (await forum.create_post(topic))["id"]
        ok(await forum.client.put(f"/posts/{post}", json={"text": "x"}, headers=forum.headers("ben")))
        await forum.client.delete(f"/posts/{post}", headers=forum.headers("ben"))
        assert (await forum.get(f"/posts/{post}/history"))["items"] == []

    async def test_a_missing_post_has_no_history(self, forum: Forum) -> None:
        assert problem(await forum.client.get(f"/posts/{NOWHERE}/history"))[0] == 404


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ("a b c", "a x c", "a <del>b</del><ins>x</ins> c"),
        ("one\ntwo\n", "one\n", "one\n<del>two\n</del>"),
        ("<b>", "<i>", "&lt;<del>b</del><ins>i</ins>&gt;"),
        ("same", "same", "same"),
        ("x " * 700, "y " * 700, f"<del>{'x ' * 700}</del><ins>{'y ' * 700}</ins>"),
    ],
)
def test_changes_are_marked_word_by_word(before: str, after: str, changes: str) -> None:
    assert changes_between(before, after) == changes


class TestMentions:
    async def test_people_of_the_board_are_suggested_and_told(self, forum: Forum) -> None:
        board, topic = await forum.discussed()
        name = (await forum.create_post(topic))["author"]
        suggested = (await forum.get(f"/boards/{board}/people?begins={name[:4]}"))["items"]
        assert {"name": name} in suggested
        post = await forum.create_post(topic, who="cleo", text=f"@{name} what about @0123456789?")
        assert post["mentions"] == [name]
        found = (await forum.get(f"/boards/{board}/mentions", forum.headers("ben")))["items"]
        assert [one["id"] for one in found] == [post["id"]]

    async def test_an_edit_mentions_anew(self, forum: Forum) -> None:
        board, topic = await forum.discussed()
        name = (await forum.create_post(topic))["author"]
        post = (await forum.create_post(topic, who="cleo", text=f"@{name}!"))["id"]
        ok(await forum.client.put(f"/posts/{post}", json={"text": "Nobody"}, headers=forum.headers("cleo")))
        assert (await forum.get(f"/boards/{board}/mentions", forum.headers("ben")))["items"] == []

    async def test_guests_have_no_mentions(self, forum: Forum) -> None:
        board, _ = await forum.discussed()
        assert problem(await forum.client.get(f"/boards/{board}/mentions"))[0] == 401


class TestQuotes:
    async def test_a_quote_keeps_its_origin(self, forum: Forum) -> None:
        board, topic = await forum.discussed()
        origin = (await forum.create_post(topic, text="Fine words"))["id"]
        other = (await forum.create_topic(board))["id"]
        post = await forum.create_post(other, text="> Fine words\n\nYes", quotes=[origin, topic])
        assert post["quotes"] == [origin, topic]

    async def test_erasure_finds_quotes_in_other_topics(self, forum: Forum) -> None:
        board, topic = await forum.discussed()
        origin = (await forum.create_post(topic, who="dora", text="Fine words"))["id"]
        other = (await forum.create_topic(board))["id"]
        await forum.create_post(other, text="> Fine words\n\nYes", quotes=[origin])
        await forum.client.delete("/subjects/dora", headers=forum.headers("dora"))
        [post] = (await forum.get(f"/topics/{other}/posts"))["items"]
        assert post["text"] == "> […]\n\nYes"

    async def test_erasure_finds_quotes_of_what_was_edited_since(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        origin = (await forum.create_post(topic, who="dora", text="First words"))["id"]
        await forum.create_post(topic, who="cleo", text="> First words\n\nYes", quotes=[origin])
        ok(await forum.client.put(f"/posts/{origin}", json={"text": "Other words"}, headers=forum.headers("dora")))
        await forum.client.delete("/subjects/dora", headers=forum.headers("dora"))
        assert "First" not in str(await forum.get(f"/topics/{topic}/posts"))

    async def test_a_post_of_another_board_is_not_quoted(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        _, foreign = await forum.discussed()
        body = {"text": "> x", "quotes": [foreign]}
        answer = await forum.client.post(f"/topics/{topic}/posts", json=body, headers=forum.headers("ben"))
        assert problem(answer) == (422, "not-on-board", ["/quotes"])
