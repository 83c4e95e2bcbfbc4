"""What was said on a board goes for good when its time is over."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from interlinkers.forum.tests.calling import Forum, ok

from interlinker_shared.assets.retention import purge_some
from interlinker_shared.clock import utc_now
from interlinker_shared.state import Kit
from interlinker_shared.testing import files_with, later

WORDS = "words that nobody writes twice"
A_DAY = timedelta(days=1)


async def filled(forum: Forum) -> tuple[str, str]:
    """A closed board that is kept for a day, full of the words: the board, and a topic on it."""
    board = await forum.create_board()
    topic = (await forum.create_topic(board, title=WORDS, text=WORDS))["id"]
    first = await forum.create_post(topic, text=WORDS)
    post = await forum.create_post(topic, text=WORDS, reply_to=first["id"])
    notice = {"kind": "post", "item": post["id"], "ground": "insult", "reason": WORDS, "good_faith": True}
    ok(await forum.client.post("/notices", json=notice, headers=forum.headers("cleo")))
    removal = {"reason": WORDS, "facts": WORDS}
    ok(await forum.client.post(f"/posts/{first['id']}/remove", json=removal, headers=forum.staff))
    await forum.close(board)
    return board, topic


async def keep_for_a_day(forum: Forum, board: str, **more: object) -> None:
    version = (await forum.get(f"/boards/{board}"))["version"]
    body = {"retain_until": (utc_now() + A_DAY).isoformat()} | more
    headers = forum.owner | {"If-Match": f'"{version}"'}
    ok(await forum.client.patch(f"/boards/{board}", json=body, headers=headers))


@pytest.mark.sqlite
async def test_no_word_of_a_board_is_left_in_any_file(forum: Forum, tmp_path: Path) -> None:
    board, _ = await filled(forum)
    await keep_for_a_day(forum, board)
    assert files_with(tmp_path, WORDS)
    await later(forum.app, A_DAY)
    assert files_with(tmp_path, WORDS) == []


async def test_topics_and_posts_leave_the_delta_feed_as_tombstones(forum: Forum) -> None:
    board, topic = await filled(forum)
    await keep_for_a_day(forum, board)
    await later(forum.app, A_DAY)
    changes = (await forum.get("/changes", forum.owner))["items"]
    assert len(changes) == 4
    assert {change["body"] for change in changes} == {None}
    assert (await forum.client.get(f"/topics/{topic}")).status_code == 404


async def test_other_boards_keep_everything(forum: Forum) -> None:
    board, _ = await filled(forum)
    other, topic = await forum.discussed()
    await keep_for_a_day(forum, board)
    await later(forum.app, A_DAY)
    assert len((await forum.get(f"/topics/{topic}/posts"))["items"]) == 3
    assert (await forum.get(f"/boards/{other}"))["state"] == "open"


@pytest.mark.sqlite
async def test_figures_of_a_board_stay_without_words(forum: Forum, tmp_path: Path) -> None:
    board, topic = await filled(forum)
    await keep_for_a_day(forum, board, retain_result=True)
    await later(forum.app, A_DAY)
    assert files_with(tmp_path, WORDS) == []
    result = await forum.get(f"/boards/{board}/result")
    assert result["counts"] == {"topics": 1, "posts": 2, "participants": 2}
    assert [(item["id"], item["title"], item["posts"]) for item in result["items"]] == [(topic, "[removed]", 2)]
    page = await forum.client.get(f"/boards/{board}/view")
    assert "Only the figures are left" in page.text


async def test_a_board_is_purged_in_steps(forum: Forum) -> None:
    board, _ = await filled(forum)
    await keep_for_a_day(forum, board)
    await forum.client.delete(f"/boards/{board}", headers=forum.owner)
    kit: Kit = forum.app.state.kit
    assert kit.assets is not None
    steps = 1
    while await kit.db.write(purge_some, kit.assets, UUID(board), now=utc_now(), limit=1):
        steps += 1
    assert steps == 2 + 1 + 1 + 2 + 1  # posts, who is in the topic, the topic, who is on the board, what is left
