"""Opening, listing, closing and taking down topics."""

from __future__ import annotations

import pytest
from interlinkers.forum.tests.calling import NOWHERE, Forum, problem

TOPIC = {"title": "Opening hours", "text": "Until *ten*?", "language": "en"}


class TestOpen:
    async def test_a_member_opens_a_topic(self, forum: Forum) -> None:
        topic = await forum.create_topic(await forum.create_board())
        assert (topic["state"], topic["posts"], topic["participants"]) == ("open", 0, 0)
        assert topic["html"] == "<p>Until <em>ten</em>?</p>\n"

    async def test_a_text_without_language_is_in_the_boards(self, forum: Forum) -> None:
        topic = await forum.create_topic(await forum.create_board(), language=None)
        assert topic["language"] == "en"

    async def test_a_guest_opens_one_where_the_board_takes_guests(self, forum: Forum) -> None:
        topic = await forum.create_topic(await forum.create_board(guests=True), who=None)
        assert topic["author"] is None

    async def test_a_guest_is_asked_to_sign_in_elsewhere(self, forum: Forum) -> None:
        board = await forum.create_board()
        answer = await forum.client.post(f"/boards/{board}/topics", json=TOPIC)
        assert problem(answer) == (401, "guests-not-allowed", [])

    @pytest.mark.parametrize(("state", "refusal"), [("draft", (404, "not-found")), ("closed", (409, "asset-closed"))])
    async def test_a_board_that_is_not_open_takes_none(
        self, forum: Forum, state: str, refusal: tuple[int, str]
    ) -> None:
        board = await forum.create_board(state=state)
        answer = await forum.client.post(f"/boards/{board}/topics", json=TOPIC, headers=forum.headers("ana"))
        assert problem(answer)[:2] == refusal

    async def test_a_missing_board_is_not_found(self, forum: Forum) -> None:
        answer = await forum.client.post(f"/boards/{NOWHERE}/topics", json=TOPIC, headers=forum.headers("ana"))
        assert problem(answer) == (404, "not-found", [])

    async def test_every_wrong_field_is_named(self, forum: Forum) -> None:
        board = await forum.create_board()
        body = {"title": "two\nlines", "text": "a\0b", "language": "??", "colour": "red"}
        answer = await forum.client.post(f"/boards/{board}/topics", json=body, headers=forum.headers("ana"))
        assert problem(answer)[2] == ["/language", "/title", "/text", "/colour"]
        assert (await forum.get(f"/boards/{board}/topics"))["items"] == []

    async def test_the_same_request_twice_opens_one_topic(self, forum: Forum) -> None:
        board = await forum.create_board()
        headers = forum.headers("ana") | {"Idempotency-Key": "once"}
        answers = [await forum.client.post(f"/boards/{board}/topics", json=TOPIC, headers=headers) for _ in range(2)]
        assert answers[0].json() == answers[1].json()
        assert len((await forum.get(f"/boards/{board}/topics"))["items"]) == 1

    async def test_it_is_told_with_who_took_part_but_not_in_what_words(self, forum: Forum) -> None:
        topic = await forum.create_topic(await forum.create_board())
        [opened], [contribution] = await forum.recorded("topic.opened.v1"), await forum.recorded("contribution.made.v1")
        assert opened["data"] == {"asset": topic["board"], "topic": topic["id"], "imported": False}
        assert (contribution["actor"], contribution["data"]["action"]) == ("ana", "topic")
        assert contribution["data"]["items"] == [topic["id"]]
        assert "Opening hours" not in str((opened, contribution))


class TestList:
    async def test_the_topic_with_the_latest_activity_is_first(self, forum: Forum) -> None:
        board = await forum.create_board()
        old, new = [(await forum.create_topic(board, title=title))["id"] for title in ("old", "new")]
        await forum.create_post(old)
        assert [topic["id"] for topic in (await forum.get(f"/boards/{board}/topics"))["items"]] == [old, new]

    async def test_pages_hold_every_topic_once(self, forum: Forum) -> None:
        board = await forum.create_board()
        made = [(await forum.create_topic(board))["id"] for _ in range(5)]
        page = await forum.get(f"/boards/{board}/topics?limit=2")
        seen = [topic["id"] for topic in page["items"]]
        while page["next"]:
            page = await forum.get(f"/boards/{board}/topics?limit=2&cursor={page['next']}")
            seen += [topic["id"] for topic in page["items"]]
        assert seen == made[::-1]

    @pytest.mark.parametrize("cursor", ["nonsense", "W10", "WzEsMl0", "WyIyMDI2LTAxLTAxIiwieCJd"])
    async def test_a_made_up_cursor_is_refused(self, forum: Forum, cursor: str) -> None:
        board = await forum.create_board()
        answer = await forum.client.get(f"/boards/{board}/topics?cursor={cursor}")
        assert problem(answer) == (422, "bad-cursor", ["/query/cursor"])

    async def test_drafts_are_for_moderators(self, forum: Forum) -> None:
        board = await forum.create_board(state="draft")
        assert (await forum.client.get(f"/boards/{board}/topics")).status_code == 404
        assert (await forum.get(f"/boards/{board}/topics", forum.staff))["items"] == []


class TestRead:
    async def test_a_missing_one_is_not_found(self, forum: Forum) -> None:
        assert problem(await forum.client.get(f"/topics/{NOWHERE}")) == (404, "not-found", [])

    async def test_one_on_a_draft_answers_like_a_missing_one(self, forum: Forum) -> None:
        [topic] = await forum.import_items(await forum.create_board(state="draft"), {"id": "1", "title": "A pond"})
        hidden, missing = [await forum.client.get(f"/topics/{id}") for id in (topic, NOWHERE)]
        assert hidden.content == missing.content

    async def test_a_deleted_board_takes_its_topics_along(self, forum: Forum) -> None:
        board, topic = await forum.discussed()
        await forum.client.delete(f"/boards/{board}", headers=forum.owner)
        assert (await forum.client.get(f"/topics/{topic}")).status_code == 404


class TestClose:
    async def test_a_moderator_closes_a_topic_and_it_is_told(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        answer = await forum.client.post(f"/topics/{topic}/close", headers=forum.staff)
        assert answer.json()["state"] == "closed"
        [event] = await forum.recorded("topic.closed.v1")
        assert (event["data"]["posts"], event["data"]["participants"]) == (3, 2)

    async def test_closing_twice_is_told_once(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        for _ in range(2):
            assert (await forum.client.post(f"/topics/{topic}/close", headers=forum.staff)).is_success
        assert len(await forum.recorded("topic.closed.v1")) == 1

    async def test_a_member_may_not(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        answer = await forum.client.post(f"/topics/{topic}/close", headers=forum.headers("ana"))
        assert problem(answer) == (403, "forbidden", [])

    async def test_a_missing_one_is_not_found(self, forum: Forum) -> None:
        answer = await forum.client.post(f"/topics/{NOWHERE}/close", headers=forum.staff)
        assert problem(answer)[0] == 404


class TestTakeDown:
    async def test_its_author_takes_a_topic_back(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        assert (await forum.client.delete(f"/topics/{topic}", headers=forum.headers("ana"))).status_code == 204
        left = await forum.get(f"/topics/{topic}")
        assert (left["opening"], left["state"], left["title"], left["text"]) == ("withdrawn", "closed", "", "")
        assert len((await forum.get(f"/topics/{topic}/posts"))["items"]) == 3

    async def test_those_who_took_it_over_are_told(self, forum: Forum) -> None:
        board, topic = await forum.discussed()
        await forum.client.delete(f"/topics/{topic}", headers=forum.headers("ana"))
        [event] = await forum.recorded("item.withdrawn.v1")
        assert event["data"] == {"asset": board, "item": topic}

    async def test_nobody_else_takes_it_back(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        answer = await forum.client.delete(f"/topics/{topic}", headers=forum.headers("ben"))
        assert problem(answer) == (403, "not-yours", [])

    async def test_a_moderator_removes_one_with_a_reason(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        answer = await forum.client.post(f"/topics/{topic}/remove", json={"reason": "Advert"}, headers=forum.staff)
        assert (answer.json()["opening"], answer.json()["reason"]) == ("removed", "Advert")

    async def test_a_reason_is_needed(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        answer = await forum.client.post(f"/topics/{topic}/remove", json={}, headers=forum.staff)
        assert problem(answer)[2] == ["/reason"]

    async def test_only_once(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        await forum.client.delete(f"/topics/{topic}", headers=forum.headers("ana"))
        answer = await forum.client.delete(f"/topics/{topic}", headers=forum.headers("ana"))
        assert problem(answer) == (409, "post-gone", [])
