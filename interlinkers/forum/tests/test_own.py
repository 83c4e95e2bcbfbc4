"""Drafts, places of readers, what they follow, and reactions that are exact."""

from __future__ import annotations

import asyncio

import pytest
from interlinkers.forum.tests.calling import NOWHERE, Forum, ok, problem

from interlinker_shared.testing_reads import was_kept

DRAFT = {"text": "I think"}


async def say(forum: Forum, method: str, path: str, who: str = "ben") -> dict[str, int]:
    reactions: dict[str, int] = ok(await forum.client.request(method, path, headers=forum.headers(who)))["reactions"]
    return reactions


class TestReactions:
    async def test_everybody_counts_once_for_each_kind(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        post = (await forum.create_post(topic))["id"]
        for who in ("ana", "ana", "ben"):
            await say(forum, "PUT", f"/posts/{post}/reactions/thanks", who)
        assert await say(forum, "PUT", f"/posts/{post}/reactions/heart") == {"thanks": 2, "heart": 1}
        assert await say(forum, "DELETE", f"/posts/{post}/reactions/thanks") == {"thanks": 1, "heart": 1}
        assert await say(forum, "DELETE", f"/posts/{post}/reactions/thanks") == {"thanks": 1, "heart": 1}

    async def test_of_two_votes_the_later_holds(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        await say(forum, "PUT", f"/topics/{topic}/reactions/up", "ana")
        await say(forum, "PUT", f"/topics/{topic}/reactions/up")
        assert await say(forum, "PUT", f"/topics/{topic}/reactions/down") == {"up": 1, "down": 1}
        assert await say(forum, "DELETE", f"/topics/{topic}/reactions/down") == {"up": 1}

    async def test_two_hundred_toggles_at_once_are_counted_exactly(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        post = (await forum.create_post(topic))["id"]
        steps = [("PUT", "up"), ("PUT", "down"), ("PUT", "heart"), ("DELETE", "heart"), ("PUT", "up")]
        people = [f"citizen-{number}" for number in range(40)]
        await asyncio.gather(
            *(say(forum, how, f"/posts/{post}/reactions/{kind}", who) for how, kind in steps for who in people)
        )
        mine = [(await forum.get(f"/topics/{topic}/mine", forum.headers(who)))["reactions"] for who in people]
        said = [kind for one in mine for kind in one.get(post, [])]
        told = (await forum.get(f"/topics/{topic}/posts"))["items"][-1]["reactions"]
        assert told == {kind: said.count(kind) for kind in set(said)}
        assert all(len({"up", "down"} & set(one.get(post, []))) == 1 for one in mine)

    async def test_counts_outlive_who_leaves(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        await say(forum, "PUT", f"/topics/{topic}/reactions/up", "dora")
        held = (await forum.get("/subjects/dora", forum.headers("dora")))["data"]["reactions"]
        assert [(one["item_id"], one["kind"]) for one in held] == [(topic, "up")]
        await forum.client.delete("/subjects/dora", headers=forum.headers("dora"))
        assert (await forum.get(f"/topics/{topic}"))["reactions"] == {"up": 1}

    @pytest.mark.parametrize(("who", "kind", "status"), [(None, "up", 401), ("ben", "boo", 422)])
    async def test_guests_and_made_up_kinds_are_refused(
        self, forum: Forum, who: str | None, kind: str, status: int
    ) -> None:
        _, topic = await forum.discussed(guests=True)
        answer = await forum.client.put(f"/topics/{topic}/reactions/{kind}", headers=forum.headers(who))
        assert problem(answer)[0] == status

    async def test_a_closed_topic_takes_none(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        await forum.client.post(f"/topics/{topic}/close", headers=forum.staff)
        answer = await forum.client.put(f"/topics/{topic}/reactions/up", headers=forum.headers("ben"))
        assert problem(answer) == (409, "topic-closed", [])


class TestReading:
    async def test_a_reader_finds_her_place_again_and_what_is_new(self, forum: Forum) -> None:
        board, topic = await forum.discussed()
        first = (await forum.get(f"/topics/{topic}/posts"))["items"][0]["id"]
        ana = forum.headers("ana")
        for path, body in ((f"/topics/{topic}/position", {"post": first}), (f"/topics/{topic}/following", None)):
            assert (await forum.client.put(path, json=body, headers=ana)).status_code == 204
        state = await forum.get(f"/topics/{topic}/mine", ana)
        assert (state["read_to"], state["unread"], state["following"]) == (first, 2, True)
        [followed] = (await forum.get(f"/boards/{board}/following", ana))["items"]
        assert (followed["topic"], followed["unread"]) == (topic, 2)
        await forum.client.delete(f"/topics/{topic}/following", headers=ana)
        assert (await forum.get(f"/boards/{board}/following", ana))["items"] == []
        assert (await forum.get(f"/topics/{topic}/mine", ana))["read_to"] == first

    async def test_nobody_reads_to_a_post_of_another_topic(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        answer = await forum.client.put(
            f"/topics/{topic}/position", json={"post": NOWHERE}, headers=forum.headers("ana")
        )
        assert problem(answer) == (422, "not-in-topic", ["/post"])

    @pytest.mark.parametrize("path", ["mine", "following", "position", "draft"])
    async def test_a_missing_topic_is_not_found(self, forum: Forum, path: str) -> None:
        method, body = "GET" if path == "mine" else "PUT", {"position": {"post": NOWHERE}, "draft": DRAFT}.get(path)
        answer = await forum.client.request(
            method, f"/topics/{NOWHERE}/{path}", json=body, headers=forum.headers("ana")
        )
        assert problem(answer)[0] == 404


class TestDrafts:
    async def test_a_draft_is_there_again_for_who_wrote_it(self, forum: Forum) -> None:
        board, topic = await forum.discussed()
        for place, body in ((f"/topics/{topic}", DRAFT), (f"/boards/{board}", DRAFT | {"title": "New"})):
            ok(await forum.client.put(f"{place}/draft", json=body, headers=forum.headers("ana")))
        assert (await forum.get(f"/topics/{topic}/mine", forum.headers("ana")))["draft"]["text"] == "I think"
        assert (await forum.get(f"/boards/{board}/draft", forum.headers("ana")))["title"] == "New"
        assert (await forum.get(f"/topics/{topic}/mine", forum.headers("ben")))["draft"] is None

    async def test_it_is_dropped(self, forum: Forum) -> None:
        board, topic = await forum.discussed()
        for place in (f"/topics/{topic}", f"/boards/{board}"):
            ok(await forum.client.put(f"{place}/draft", json=DRAFT, headers=forum.headers("ana")))
            assert (await forum.client.delete(f"{place}/draft", headers=forum.headers("ana"))).status_code == 204
        assert problem(await forum.client.get(f"/boards/{board}/draft", headers=forum.headers("ana")))[0] == 404

    async def test_keeping_one_leaves_kept_pages_alone(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        await forum.client.get(f"/topics/{topic}/posts")
        ok(await forum.client.put(f"/topics/{topic}/draft", json=DRAFT, headers=forum.headers("ana")))
        assert was_kept(await forum.client.get(f"/topics/{topic}/posts"))
