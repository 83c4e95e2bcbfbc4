"""Pins, tags, shelves, pages elsewhere; topics that move, merge and split, with every count right."""

from __future__ import annotations

from typing import Any

import pytest
from interlinkers.forum.tests.calling import NOWHERE, Forum, ok, problem

PAGE = {"url": "https://town.example/pool", "title": "The pool"}


async def do(forum: Forum, method: str, path: str, body: Any = None) -> dict[str, Any]:
    """What a moderator's request answers."""
    return ok(await forum.client.request(method, path, json=body, headers=forum.staff))


async def counts(forum: Forum, board: str) -> tuple[int, int, int]:
    told = (await forum.get(f"/boards/{board}/result"))["counts"]
    return told["topics"], told["posts"], told["participants"]


async def posts(forum: Forum, topic: str, view: str = "flat") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await forum.get(f"/topics/{topic}/posts?view={view}&limit=100"))["items"]
    return found


async def listed(forum: Forum, path: str) -> list[str]:
    return [topic["id"] for topic in (await forum.get(path))["items"]]


class TestTree:
    async def test_answers_stand_under_what_they_answer(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        first, second, _ = [post["id"] for post in await posts(forum, topic)]
        under = (await forum.create_post(topic, reply_to=first))["id"]
        deeper = (await forum.create_post(topic, reply_to=under))["id"]
        tree = await posts(forum, topic, "tree")
        assert [post["id"] for post in tree[:4]] == [first, under, deeper, second]
        assert [post["depth"] for post in tree[:4]] == [0, 1, 2, 0]

    async def test_pages_of_a_tree_follow_each_other(self, forum: Forum) -> None:
        topic = (await forum.create_topic(await forum.create_board()))["id"]
        made = [(await forum.create_post(topic))["id"]]
        for number in range(8):
            made.append((await forum.create_post(topic, reply_to=made[number // 2]))["id"])
        whole, seen, path = [post["id"] for post in await posts(forum, topic, "tree")], [], ""
        while True:
            page = await forum.get(f"/topics/{topic}/posts?view=tree&limit=2{path}")
            seen += [post["id"] for post in page["items"]]
            if page["next"] is None:
                break
            path = f"&cursor={page['next']}"
        assert seen == whole


class TestOrder:
    async def test_a_pinned_topic_stands_above_newer_ones_on_every_page(self, forum: Forum) -> None:
        board = await forum.create_board()
        made = [(await forum.create_topic(board))["id"] for _ in range(4)]
        await do(forum, "PUT", f"/topics/{made[0]}/pin")
        first = await forum.get(f"/boards/{board}/topics?limit=2")
        rest = await forum.get(f"/boards/{board}/topics?limit=2&cursor={first['next']}")
        assert [one["id"] for one in first["items"] + rest["items"]] == [made[0], made[3], made[2], made[1]]
        await do(forum, "DELETE", f"/topics/{made[0]}/pin")
        assert (await listed(forum, f"/boards/{board}/topics"))[-1] == made[0]

    async def test_an_archived_topic_is_among_the_old_ones_until_it_is_reopened(self, forum: Forum) -> None:
        board, topic = await forum.discussed()
        archived = await do(forum, "POST", f"/topics/{topic}/archive")
        assert (archived["state"], archived["shelf"]) == ("closed", "archived")
        assert await listed(forum, f"/boards/{board}/topics") == []
        assert await listed(forum, f"/boards/{board}/topics?shelf=archived") == [topic]
        await do(forum, "POST", f"/topics/{topic}/reopen")
        assert await listed(forum, f"/boards/{board}/topics") == [topic]
        await forum.create_post(topic)

    async def test_topics_are_found_by_their_tags(self, forum: Forum) -> None:
        board = await forum.create_board()
        topic = (await forum.create_topic(board, tags=["Pool", "opening hours", "pool"]))["id"]
        other = (await forum.create_topic(board, tags=["pool"]))["id"]
        assert (await forum.get(f"/boards/{board}/tags"))["items"][0] == {"tag": "pool", "topics": 2}
        assert await listed(forum, f"/boards/{board}/tags/Opening%20hours/topics") == [topic]
        await do(forum, "PUT", f"/topics/{other}/tags", {"tags": ["park"]})
        assert await listed(forum, f"/boards/{board}/tags/pool/topics") == [topic]

    async def test_who_opened_a_topic_tags_it_and_no_other_member(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        tags = {"tags": ["park"]}
        assert ok(await forum.client.put(f"/topics/{topic}/tags", json=tags, headers=forum.headers("ana")))
        answer = await forum.client.put(f"/topics/{topic}/tags", json=tags, headers=forum.headers("ben"))
        assert problem(answer) == (403, "forbidden", [])

    @pytest.mark.parametrize("tag", ["", "a/b", "x" * 41, "a,b", " "])
    async def test_a_tag_that_fits_into_no_address_is_refused(self, forum: Forum, tag: str) -> None:
        _, topic = await forum.discussed()
        answer = await forum.client.put(f"/topics/{topic}/tags", json={"tags": [tag]}, headers=forum.staff)
        assert problem(answer)[0] == 422

    @pytest.mark.parametrize(
        ("method", "verb"), [("POST", "archive"), ("POST", "reopen"), ("PUT", "pin"), ("POST", "unmerge")]
    )
    async def test_members_do_not_put_in_order(self, forum: Forum, method: str, verb: str) -> None:
        _, topic = await forum.discussed()
        answer = await forum.client.request(method, f"/topics/{topic}/{verb}", headers=forum.headers("ana"))
        assert problem(answer) == (403, "forbidden", [])


class TestPages:
    async def test_every_spelling_of_an_address_has_the_same_topic(self, forum: Forum) -> None:
        board = await forum.create_board(origins=["https://town.example"])
        path = f"/boards/{board}/topics/by-url"
        made = ok(await forum.client.put(path, json=PAGE, headers=forum.headers("ana")))
        again = PAGE | {"url": "HTTPS://TOWN.example:443/pool/?utm_source=x#top"}
        assert ok(await forum.client.put(path, json=again, headers=forum.headers("ben")))["id"] == made["id"]
        found = await forum.get(f"{path}?page=https://town.example/pool%23comments")
        assert (found["id"], found["author"], found["url"]) == (made["id"], None, PAGE["url"])

    async def test_pages_of_other_sites_have_none(self, forum: Forum) -> None:
        board = await forum.create_board(origins=["https://town.example"])
        body = PAGE | {"url": "https://evil.example/pool"}
        answer = await forum.client.put(f"/boards/{board}/topics/by-url", json=body, headers=forum.headers("ana"))
        assert problem(answer) == (422, "foreign-page", ["/url"])

    async def test_a_page_without_a_topic_is_not_found(self, forum: Forum) -> None:
        board = await forum.create_board(origins=["https://town.example"])
        assert problem(await forum.client.get(f"/boards/{board}/topics/by-url?page={PAGE['url']}"))[0] == 404

    async def test_a_guest_makes_none_where_the_board_takes_no_guests(self, forum: Forum) -> None:
        board = await forum.create_board(origins=["https://town.example"])
        answer = await forum.client.put(f"/boards/{board}/topics/by-url", json=PAGE)
        assert problem(answer) == (401, "guests-not-allowed", [])


class TestMerge:
    async def test_a_merged_topic_is_a_branch_of_the_other_and_counts_stay_right(self, forum: Forum) -> None:
        board, topic = await forum.discussed(guests=True)
        other = (await forum.create_topic(board, who="dora"))["id"]
        await forum.create_post(other, who="ben")
        await forum.create_post(other, who=None)
        before = await counts(forum, board)
        into = await do(forum, "POST", f"/topics/{other}/merge", {"into": topic})
        assert (into["id"], into["posts"], into["participants"]) == (topic, 6, 4)
        assert await counts(forum, board) == (before[0] - 1, before[1] + 1, before[2])
        tree = await posts(forum, topic, "tree")
        assert [(post["id"] == other, post["depth"]) for post in tree[-3:]] == [(True, 0), (False, 1), (False, 1)]
        gone = await forum.get(f"/topics/{other}")
        assert (gone["shelf"], gone["merged_into"], gone["text"]) == ("merged", topic, "")
        assert await listed(forum, f"/boards/{board}/topics") == [topic]

    async def test_undoing_a_merge_gives_both_back_with_what_was_said_since(self, forum: Forum) -> None:
        board, topic = await forum.discussed(guests=True)
        other = (await forum.create_topic(board, who="dora", text="Mine"))["id"]
        under = (await forum.create_post(other, who=None))["id"]
        before = await counts(forum, board), await forum.get(f"/topics/{topic}")
        await do(forum, "POST", f"/topics/{other}/merge", {"into": topic})
        since = (await forum.create_post(topic, who="ben", reply_to=under))["id"]
        back = await do(forum, "POST", f"/topics/{other}/unmerge")
        assert (back["text"], back["shelf"], back["posts"], back["participants"]) == ("Mine", "current", 2, 2)
        assert [(post["id"], post["depth"]) for post in await posts(forum, other, "tree")] == [(under, 0), (since, 1)]
        left = await forum.get(f"/topics/{topic}")
        assert (left["posts"], left["participants"]) == (before[1]["posts"], before[1]["participants"])
        assert await counts(forum, board) == (before[0][0], before[0][1] + 1, before[0][2])

    async def test_a_topic_is_merged_into_another_one_of_its_board_only(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        _, foreign = await forum.discussed()
        for into in (topic, foreign):
            answer = await forum.client.post(f"/topics/{topic}/merge", json={"into": into}, headers=forum.staff)
            assert problem(answer) == (409, "not-arrangeable", [])

    async def test_a_topic_that_was_not_merged_has_no_merge_to_undo(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        answer = await forum.client.post(f"/topics/{topic}/unmerge", headers=forum.staff)
        assert problem(answer) == (409, "not-arrangeable", [])

    async def test_whose_topic_was_merged_can_still_leave(self, forum: Forum) -> None:
        board, topic = await forum.discussed()
        other = (await forum.create_topic(board, who="dora", title="Markertitle", text="Markertext"))["id"]
        await do(forum, "POST", f"/topics/{other}/merge", {"into": topic})
        await forum.client.delete("/subjects/dora", headers=forum.headers("dora"))
        told = str([await forum.get(f"/topics/{other}"), await posts(forum, topic)])
        assert "Marker" not in told


class TestSplit:
    async def test_posts_become_a_topic_with_what_answers_them(self, forum: Forum) -> None:
        board, topic = await forum.discussed(guests=True)
        first = (await forum.create_post(topic, who="dora", text="A new matter"))["id"]
        under = (await forum.create_post(topic, who=None, reply_to=first))["id"]
        before = await counts(forum, board)
        made = ok(
            await forum.client.post(
                f"/topics/{topic}/split", json={"posts": [first], "title": "New"}, headers=forum.staff
            )
        )
        assert (made["title"], made["text"], made["posts"], made["participants"]) == ("New", "A new matter", 1, 1)
        assert [(post["id"], post["depth"]) for post in await posts(forum, made["id"])] == [(under, 0)]
        left = await forum.get(f"/topics/{topic}")
        assert (left["posts"], left["participants"]) == (3, 2)
        assert await counts(forum, board) == (before[0] + 1, before[1] - 1, before[2])

    async def test_merging_again_undoes_a_split(self, forum: Forum) -> None:
        board, topic = await forum.discussed()
        before = await counts(forum, board), [post["id"] for post in await posts(forum, topic)]
        made = await do(forum, "POST", f"/topics/{topic}/split", {"posts": [before[1][2]], "title": "New"})
        await do(forum, "POST", f"/topics/{made['id']}/merge", {"into": topic})
        assert [post["id"] for post in await posts(forum, topic)] == before[1]
        assert await counts(forum, board) == before[0]

    async def test_posts_of_another_topic_are_not_split_off(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        body = {"posts": [NOWHERE], "title": "New"}
        answer = await forum.client.post(f"/topics/{topic}/split", json=body, headers=forum.staff)
        assert problem(answer) == (422, "not-in-topic", ["/posts"])


class TestMove:
    async def test_a_topic_moves_with_its_people_who_go_by_other_names_there(self, forum: Forum) -> None:
        board, topic = await forum.discussed()
        target, there = await forum.discussed()
        names = {post["author"] for post in await posts(forum, topic)}
        moved = await do(forum, "POST", f"/topics/{topic}/move", {"board": target})
        assert moved["board"] == target
        assert (await counts(forum, board), await counts(forum, target)) == ((0, 0, 0), (2, 6, 3))
        here = {post["author"] for post in await posts(forum, topic)}
        assert here == {post["author"] for post in await posts(forum, there)}
        assert not here & names

    async def test_moving_it_back_undoes_that(self, forum: Forum) -> None:
        board, topic = await forum.discussed(guests=True)
        await forum.create_post(topic, who=None)
        await forum.create_topic(board, who="ben")
        target = await forum.create_board()
        before = await counts(forum, board), await posts(forum, topic)
        for place in (target, board):
            await do(forum, "POST", f"/topics/{topic}/move", {"board": place})
        assert (await counts(forum, board), await posts(forum, topic)) == before
        assert await counts(forum, target) == (0, 0, 0)

    async def test_a_missing_board_is_not_found(self, forum: Forum) -> None:
        _, topic = await forum.discussed()
        answer = await forum.client.post(f"/topics/{topic}/move", json={"board": NOWHERE}, headers=forum.staff)
        assert problem(answer)[0] == 404
