"""Counters that are exact under load, and reads that cost the same however much was said."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from interlinkers.forum.tests.calling import Forum
from sqlalchemy import Engine, event


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every SQL statement that runs meanwhile."""
    ran: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        ran.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield ran
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def test_a_hundred_posts_at_once_are_all_counted_and_their_people_once(forum: Forum) -> None:
    board = await forum.create_board()
    topic = (await forum.create_topic(board, who="citizen-0"))["id"]
    await asyncio.gather(*(forum.create_post(topic, who=f"citizen-{n % 10}") for n in range(100)))
    found = await forum.get(f"/topics/{topic}")
    assert (found["posts"], found["participants"]) == (100, 10)
    assert (await forum.close(board))["counts"] == {"topics": 1, "posts": 100, "participants": 10}
    assert len(await forum.recorded("post.published.v1")) == 100


@pytest.mark.parametrize("path", ["/topics/{topic}/posts", "/topics/{topic}/view", "/topics/{topic}"])
async def test_a_topic_costs_the_same_statements_however_many_posts(forum: Forum, path: str) -> None:
    _, topic = await forum.discussed()
    counts = []
    for more in (0, 20):
        for _ in range(more):
            await forum.create_post(topic)
        with statements() as ran:
            assert (await forum.client.get(path.format(topic=topic))).status_code == 200
        counts.append(len(ran))
    assert counts[0] == counts[1] <= 4


async def test_a_post_takes_no_more_statements_in_a_long_topic(forum: Forum) -> None:
    _, topic = await forum.discussed()
    with statements() as ran:
        await forum.create_post(topic)
    assert not any("count(" in statement.lower() for statement in ran)
    assert len(ran) <= 18
