"""Who sees what of whom, and what is left of a person who leaves."""

from __future__ import annotations

import json

from interlinkers.forum.tests.calling import Forum, problem


async def test_people_go_by_a_pseudonym_that_is_the_same_in_all_topics_of_a_board(forum: Forum) -> None:
    board, topic = await forum.discussed()
    names = [post["author"] for post in (await forum.get(f"/topics/{topic}/posts"))["items"]]
    other = await forum.create_topic(board, who="ben")
    assert names[0] == names[1] == other["author"] != names[2]


async def test_the_pseudonym_differs_on_another_board(forum: Forum) -> None:
    one, two = [await forum.create_topic(await forum.create_board()) for _ in range(2)]
    assert one["author"] != two["author"]


async def test_a_public_answer_never_holds_the_subject(forum: Forum) -> None:
    board, topic = await forum.discussed()
    paths = (f"/boards/{board}/topics", f"/topics/{topic}", f"/topics/{topic}/posts")
    told = json.dumps([await forum.get(path) for path in paths])
    assert not {"ana", "ben", "cleo"} & set(told.split('"'))


async def test_own_posts_are_marked_for_their_author_only(forum: Forum) -> None:
    _, topic = await forum.discussed()
    seen = {
        who: [post["mine"] for post in (await forum.get(f"/topics/{topic}/posts", forum.headers(who)))["items"]]
        for who in ("ben", "cleo", None)
    }
    assert seen == {"ben": [True, True, False], "cleo": [False, False, True], None: [False, False, False]}


async def test_a_person_takes_her_words_with_her(forum: Forum) -> None:
    _, topic = await forum.discussed()
    data = (await forum.get("/subjects/ben", forum.headers("ben")))["data"]
    assert [(post["topic"], post["text"]) for post in data["posts"]] == [(topic, "Until **nine**!")] * 2
    assert data["topics"] == []


async def test_nobody_takes_the_words_of_another(forum: Forum) -> None:
    await forum.discussed()
    assert problem(await forum.client.get("/subjects/ben", headers=forum.headers("ana")))[0] == 403


async def test_erasure_leaves_tombstones_without_author_and_every_count(forum: Forum) -> None:
    board, topic = await forum.discussed()
    before = (await forum.get(f"/boards/{board}/result"))["counts"]
    assert (await forum.client.delete("/subjects/ben", headers=forum.headers("ben"))).status_code == 204
    posts = (await forum.get(f"/topics/{topic}/posts"))["items"]
    assert [(post["state"], post["text"], post["author"] is None) for post in posts[:2]] == [
        ("withdrawn", "", True)
    ] * 2
    assert posts[2]["state"] == "published"
    assert (await forum.get(f"/boards/{board}/result"))["counts"] == before
    held = (await forum.get("/subjects/ben", forum.headers("ben")))["data"]
    assert held["topics"] == held["posts"] == []
    assert not any(held.values())


async def test_an_erased_opening_leaves_the_discussion_of_others_open(forum: Forum) -> None:
    board, topic = await forum.discussed()
    await forum.client.delete("/subjects/ana", headers=forum.headers("ana"))
    left = await forum.get(f"/topics/{topic}")
    assert (left["title"], left["author"], left["opening"], left["state"]) == ("", None, "withdrawn", "open")
    assert [event["data"]["item"] for event in await forum.recorded("item.withdrawn.v1")] == [topic]
    assert (await forum.get(f"/boards/{board}/result"))["items"] == []


async def test_erasing_twice_changes_nothing_more(forum: Forum) -> None:
    await forum.discussed()
    for _ in range(2):
        assert (await forum.client.delete("/subjects/ben", headers=forum.headers("ben"))).status_code == 204
    assert len(await forum.recorded("post.withdrawn.v1")) == 2


async def test_a_reason_for_removal_outlives_the_erasure(forum: Forum) -> None:
    _, topic = await forum.discussed()
    post = (await forum.create_post(topic, who="dora"))["id"]
    await forum.client.post(f"/posts/{post}/remove", json={"reason": "Insult"}, headers=forum.staff)
    await forum.client.delete("/subjects/dora", headers=forum.headers("dora"))
    left = (await forum.get(f"/topics/{topic}/posts"))["items"][-1]
    assert (left["state"], left["reason"], left["author"]) == ("removed", "Insult", None)


async def test_erasure_takes_her_words_out_of_answers_that_quote_them(forum: Forum) -> None:
    _, topic = await forum.discussed()
    await forum.create_post(topic, who="cleo", text="> Until **nine**!\n\nWhy not ten?\n\n> My own idea")
    await forum.client.delete("/subjects/ben", headers=forum.headers("ben"))
    answer = (await forum.get(f"/topics/{topic}/posts"))["items"][-1]
    assert answer["text"] == "> […]\n\nWhy not ten?\n\n> My own idea"
    assert "nine" not in answer["html"]


async def test_a_final_result_loses_an_erased_opening_and_keeps_its_counts(forum: Forum) -> None:
    board, topic = await forum.discussed()
    before = await forum.close(board)
    await forum.client.delete("/subjects/ana", headers=forum.headers("ana"))
    after = await forum.get(f"/boards/{board}/result")
    assert (after["items"][0]["id"], after["items"][0]["title"]) == (topic, "[removed]")
    assert "text" not in after["items"][0]
    assert (after["counts"], after["version"]) == (before["counts"], before["version"] + 1)
