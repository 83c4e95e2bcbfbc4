"""Posting, reading and taking down posts."""

from __future__ import annotations

import pytest
from interlinkers.forum.tests.calling import NOWHERE, Forum, problem

from interlinker_shared.auth import Role

POST = {"text": "Until nine", "language": "en"}


class TestPublish:
    async def test_a_member_posts(self, forum: Forum) -> None:
        topic = await forum.create_topic(await forum.create_board())
        post = await forum.create_post(topic["id"])
        assert (post["html"], post["state"], post["mine"]) == (
            "<p>Until <strong>nine</strong>!</p>\n",
            "published",
            True,
        )

    async def test_a_guest_posts_where_the_board_takes_guests(self, forum: Forum) -> None:
        _, topic = await forum.discussed(guests=True)
        post = await forum.create_post(topic, who=None)
        assert (post["author"], post["mine"]) == (None, False)

    async def test_a_guest_is_asked_to_sign_in_elsewhere(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        assert problem(await forum.client.post(f"/topics/{topic}/posts", json=POST)) == (401, "guests-not-allowed", [])

    async def test_an_observer_may_not(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        headers = forum.headers("eve", Role.OBSERVER)
        answer = await forum.client.post(f"/topics/{topic}/posts", json=POST, headers=headers)
        assert problem(answer) == (403, "forbidden", [])

    async def test_a_closed_topic_refuses_posts(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        await forum.client.post(f"/topics/{topic}/close", headers=forum.staff)
        answer = await forum.client.post(f"/topics/{topic}/posts", json=POST, headers=forum.headers("ana"))
        assert problem(answer) == (409, "topic-closed", [])

    async def test_a_closed_board_refuses_posts(self, forum: Forum) -> None:
        board, topic = await forum.discussed()
        await forum.close(board)
        answer = await forum.client.post(f"/topics/{topic}/posts", json=POST, headers=forum.headers("ana"))
        assert problem(answer) == (409, "asset-closed", [])

    async def test_a_missing_topic_is_not_found(self, forum: Forum) -> None:
        answer = await forum.client.post(f"/topics/{NOWHERE}/posts", json=POST, headers=forum.headers("ana"))
        assert problem(answer) == (404, "not-found", [])

    async def test_a_reply_names_its_post(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        first = (await forum.get(f"/topics/{topic}/posts"))["items"][0]["id"]
        assert (await forum.create_post(topic, reply_to=first))["reply_to"] == first

    async def test_a_reply_to_another_topic_is_refused(self, forum: Forum) -> None:
        board, topic = await forum.discussed()
        elsewhere = await forum.create_post((await forum.create_topic(board))["id"])
        body = POST | {"reply_to": elsewhere["id"]}
        answer = await forum.client.post(f"/topics/{topic}/posts", json=body, headers=forum.headers("ana"))
        assert problem(answer) == (422, "not-in-topic", ["/reply_to"])

    @pytest.mark.parametrize("text", ["", "   ", "x" * 20_001, "a\0b", 7, None])
    async def test_a_text_that_is_none_is_refused(self, forum: Forum, text: object) -> None:
        _, topic = await forum.discussed()
        body = POST | {"text": text}
        answer = await forum.client.post(f"/topics/{topic}/posts", json=body, headers=forum.headers("ana"))
        assert (problem(answer)[0], problem(answer)[2]) == (422, ["/text"])

    async def test_scripts_never_come_out(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        post = await forum.create_post(topic, text="<img src=x onerror=alert(1)> <script>alert(2)</script> ok")
        assert post["html"].strip() == "<p>  ok</p>"

    async def test_it_is_told_without_words(self, forum: Forum) -> None:
        board = await forum.create_board()
        topic = await forum.create_topic(board)
        post = await forum.create_post(topic["id"], text="Secret words")
        [event] = await forum.recorded("post.published.v1")
        assert event["data"] == {"asset": board, "topic": topic["id"], "post": post["id"], "reply_to": None}
        contribution = (await forum.recorded("contribution.made.v1"))[-1]
        assert (contribution["data"]["action"], contribution["data"]["items"]) == ("post", [topic["id"]])
        assert "Secret" not in str(contribution)


class TestForSomebodyElse:
    async def test_a_moderator_enters_a_letter_for_a_person(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        body = POST | {"channel": "letter", "author": "citizen-9"}
        answer = await forum.client.post(f"/topics/{topic}/posts", json=body, headers=forum.staff)
        assert (answer.json()["channel"], answer.json()["mine"]) == ("letter", False)
        contribution = (await forum.recorded("contribution.made.v1"))[-1]
        assert (contribution["actor"], contribution["data"]["channel"]) == ("citizen-9", "letter")

    async def test_a_letter_without_a_name_is_nobodys(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        body = POST | {"channel": "letter"}
        answer = await forum.client.post(f"/topics/{topic}/posts", json=body, headers=forum.staff)
        assert answer.json()["author"] is None

    @pytest.mark.parametrize("claim", [{"channel": "phone"}, {"author": "ben"}])
    async def test_a_member_speaks_for_herself_only(self, forum: Forum, claim: dict[str, str]) -> None:
        _, topic = await forum.discussed()
        answer = await forum.client.post(f"/topics/{topic}/posts", json=POST | claim, headers=forum.headers("ana"))
        assert problem(answer) == (403, "staff-entry", [])


class TestList:
    async def test_posts_come_oldest_first_thirty_at_a_time(self, forum: Forum) -> None:
        topic = (await forum.create_topic(await forum.create_board()))["id"]
        made = [(await forum.create_post(topic))["id"] for _ in range(31)]
        first = await forum.get(f"/topics/{topic}/posts")
        rest = await forum.get(f"/topics/{topic}/posts?cursor={first['next']}")
        assert [post["id"] for post in first["items"]] == made[:30]
        assert ([post["id"] for post in rest["items"]], rest["next"]) == (made[30:], None)

    async def test_a_missing_topic_is_not_found(self, forum: Forum) -> None:
        assert problem(await forum.client.get(f"/topics/{NOWHERE}/posts"))[0] == 404

    async def test_a_made_up_cursor_is_refused(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        assert problem(await forum.client.get(f"/topics/{topic}/posts?cursor=W10"))[1] == "bad-cursor"


class TestTakeDown:
    async def test_its_author_takes_a_post_back(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        post = (await forum.create_post(topic, who="dora"))["id"]
        assert (await forum.client.delete(f"/posts/{post}", headers=forum.headers("dora"))).status_code == 204
        left = (await forum.get(f"/topics/{topic}/posts"))["items"][-1]
        assert (left["id"], left["state"], left["text"], left["html"]) == (post, "withdrawn", "", "")
        assert [event["data"]["removed"] for event in await forum.recorded("post.withdrawn.v1")] == [False]

    @pytest.mark.parametrize(("who", "status"), [("ben", 403), (None, 401)])
    async def test_nobody_else_takes_it_back(self, forum: Forum, who: str | None, status: int) -> None:
        _, topic = await forum.discussed()
        post = (await forum.create_post(topic, who="dora"))["id"]
        assert (await forum.client.delete(f"/posts/{post}", headers=forum.headers(who))).status_code == status

    async def test_a_moderator_removes_one_and_says_why(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        post = (await forum.create_post(topic))["id"]
        answer = await forum.client.post(f"/posts/{post}/remove", json={"reason": "Insult"}, headers=forum.staff)
        assert (answer.json()["state"], answer.json()["reason"], answer.json()["text"]) == ("removed", "Insult", "")
        assert [event["data"]["removed"] for event in await forum.recorded("post.withdrawn.v1")] == [True]

    async def test_a_member_removes_none(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        post = (await forum.create_post(topic))["id"]
        answer = await forum.client.post(f"/posts/{post}/remove", json={"reason": "No"}, headers=forum.headers("ana"))
        assert problem(answer) == (403, "forbidden", [])

    async def test_a_missing_one_is_not_found(self, forum: Forum) -> None:
        assert problem(await forum.client.delete(f"/posts/{NOWHERE}", headers=forum.headers("ana")))[0] == 404

    async def test_only_once(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        post = (await forum.create_post(topic))["id"]
        answers = [
            await forum.client.post(f"/posts/{post}/remove", json={"reason": "Insult"}, headers=forum.staff)
            for _ in range(2)
        ]
        assert problem(answers[1]) == (409, "item-gone", [])
