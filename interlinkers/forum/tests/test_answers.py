"""What a topic comes to: accepted answers, official ones, decisions."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from interlinkers.forum.tests.calling import NOWHERE, Forum, ok, problem

from interlinker_shared.auth import Role

OFFICE = {"office": "Sports department"}
DECISION = {"summary": "Open until ten", "text": "From **June** on."}


async def asked(forum: Forum) -> tuple[str, str, str]:
    """A board, a question of Ana's, and a post of Ben's."""
    board = await forum.create_board()
    topic = (await forum.create_topic(board, question=True))["id"]
    return board, topic, (await forum.create_post(topic))["id"]


async def accept(forum: Forum, topic: str, post: str, who: str = "ana") -> httpx.Response:
    return await forum.client.put(f"/topics/{topic}/answer", json={"post": post}, headers=forum.headers(who))


async def result(forum: Forum, board: str) -> dict[str, Any]:
    [item] = (await forum.get(f"/boards/{board}/result"))["items"]
    return dict(item)


class TestAccepted:
    async def test_who_asked_accepts_an_answer_and_takes_that_back(self, forum: Forum) -> None:
        board, topic, post = await asked(forum)
        assert ok(await accept(forum, topic, post))["accepted"] == post
        assert (await result(forum, board))["outcome"] == "answered"
        answer = await forum.client.delete(f"/topics/{topic}/answer", headers=forum.headers("ana"))
        assert ok(answer)["accepted"] is None
        assert [event["data"]["post"] for event in await forum.recorded("answer.accepted.v1")] == [post, None]

    async def test_nobody_else_does(self, forum: Forum) -> None:
        _, topic, post = await asked(forum)
        assert problem(await accept(forum, topic, post, who="ben")) == (403, "not-yours", [])

    async def test_a_topic_that_asks_nothing_has_no_answer(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        assert problem(await accept(forum, topic, NOWHERE)) == (409, "not-arrangeable", [])

    async def test_a_post_of_another_topic_is_none(self, forum: Forum) -> None:
        _, topic, _ = await asked(forum)
        assert problem(await accept(forum, topic, NOWHERE)) == (422, "not-in-topic", ["/post"])

    async def test_an_answer_that_is_taken_back_answers_no_more(self, forum: Forum) -> None:
        _, topic, post = await asked(forum)
        ok(await accept(forum, topic, post))
        await forum.client.delete(f"/posts/{post}", headers=forum.headers("ben"))
        assert (await forum.get(f"/topics/{topic}"))["accepted"] is None


class TestOfficial:
    async def test_a_moderator_answers_for_an_office(self, forum: Forum) -> None:
        board, topic, _ = await asked(forum)
        body = {"text": "Until ten."} | OFFICE
        post = ok(await forum.client.post(f"/topics/{topic}/posts", json=body, headers=forum.staff))
        assert post["office"] == "Sports department"
        assert (await forum.get(f"/topics/{topic}"))["official"] == post["id"]
        assert (await result(forum, board))["outcome"] == "answered"

    async def test_a_member_speaks_for_no_office(self, forum: Forum) -> None:
        _, topic, _ = await asked(forum)
        body = {"text": "Until ten."} | OFFICE
        answer = await forum.client.post(f"/topics/{topic}/posts", json=body, headers=forum.headers("ben"))
        assert problem(answer) == (403, "forbidden", [])

    async def test_a_post_becomes_official_and_an_ordinary_one_again(self, forum: Forum) -> None:
        _, topic, post = await asked(forum)
        marked = ok(await forum.client.put(f"/posts/{post}/official", json=OFFICE, headers=forum.staff))
        assert marked["office"] == "Sports department"
        ok(await forum.client.delete(f"/posts/{post}/official", headers=forum.staff))
        assert (await forum.get(f"/topics/{topic}"))["official"] is None
        assert [one["data"]["official"] for one in await forum.recorded("answer.official.v1")] == [True, False]

    async def test_one_that_is_removed_is_none_until_it_is_restored(self, forum: Forum) -> None:
        _, topic, post = await asked(forum)
        ok(await forum.client.put(f"/posts/{post}/official", json=OFFICE, headers=forum.staff))
        ok(await forum.client.post(f"/posts/{post}/remove", json={"reason": "Wrong"}, headers=forum.staff))
        assert (await forum.get(f"/topics/{topic}"))["official"] is None

    @pytest.mark.parametrize(("who", "status"), [("ben", 403), (None, 401)])
    async def test_only_moderators_mark_posts(self, forum: Forum, who: str | None, status: int) -> None:
        _, _, post = await asked(forum)
        answer = await forum.client.put(f"/posts/{post}/official", json=OFFICE, headers=forum.headers(who))
        assert answer.status_code == status


class TestDecision:
    async def test_a_topic_ends_in_a_decision_which_the_result_hands_on(self, forum: Forum) -> None:
        board, topic, _ = await asked(forum)
        decided = ok(await forum.client.put(f"/topics/{topic}/decision", json=DECISION, headers=forum.staff))
        assert (decided["decision"], decided["decision_html"]) == (
            "Open until ten",
            "<p>From <strong>June</strong> on.</p>\n",
        )
        item = await result(forum, board)
        assert (item["outcome"], item["decision"], item["decision_text"]) == ("decided", *DECISION.values())

    async def test_it_is_taken_back(self, forum: Forum) -> None:
        board, topic, _ = await asked(forum)
        ok(await forum.client.put(f"/topics/{topic}/decision", json=DECISION, headers=forum.staff))
        ok(await forum.client.delete(f"/topics/{topic}/decision", headers=forum.staff))
        assert "decision" not in await result(forum, board)

    async def test_members_do_not_decide(self, forum: Forum) -> None:
        _, topic, _ = await asked(forum)
        headers = forum.headers("ana", Role.MEMBER)
        answer = await forum.client.put(f"/topics/{topic}/decision", json=DECISION, headers=headers)
        assert problem(answer) == (403, "forbidden", [])
