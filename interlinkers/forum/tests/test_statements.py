"""A read takes as many statements for thirty things as for one; the table says how many, and does not grow."""

from __future__ import annotations

from interlinkers.forum.tests.calling import Forum

from interlinker_shared.testing_reads import Readers

STATEMENTS = {
    "/boards": 1,
    "/boards/{asset_id}": 1,
    "/boards/{asset_id}/result": 4,
    "/boards/{board_id}/following": 2,
    "/boards/{board_id}/mentions": 3,
    "/boards/{board_id}/people": 2,
    "/boards/{board_id}/search/view": 1,
    "/boards/{board_id}/tags": 2,
    "/boards/{board_id}/tags/{tag}/topics": 2,
    "/boards/{board_id}/topics": 2,
    "/boards/{board_id}/view": 5,
    "/changes": 1,
    "/appeals": 1,
    "/moderation-log": 1,
    "/moderation-log/counts": 1,
    "/moderation-log/view": 2,
    "/moderation/view": 2,
    "/notices": 1,
    "/statements": 1,
    "/statements/view": 1,
    "/posts/{post_id}/edit/view": 2,
    "/posts/{post_id}/history": 3,
    "/posts/{post_id}/history/view": 3,
    "/posts/{post_id}/view": 2,
    "/subjects/{subject}": 16,
    "/topics/{topic_id}": 2,
    "/topics/{topic_id}/edit/view": 2,
    "/topics/{topic_id}/history": 3,
    "/topics/{topic_id}/history/view": 3,
    "/topics/{topic_id}/mine": 6,
    "/topics/{topic_id}/posts": 3,
    "/topics/{topic_id}/view": 9,
}


async def test_thirty_take_as_many_statements_as_one(forum: Forum) -> None:
    board, topic = await forum.discussed()
    post = (await forum.create_post(topic))["id"]
    known = {"topic_id": [topic], "post_id": [post], "tag": ["pool"], "subject": ["ben"]}
    readers = Readers(forum.app, forum.client, asset_id=[board], board_id=[board], **known)
    few = await readers.statements()
    for number in range(30):
        await forum.create_board()
        await forum.create_topic(board, who=f"person-{number}")
        await forum.create_post(topic, who=f"person-{number}")
        await forum.create_post(topic, who="ben")
    assert few == await readers.statements() == STATEMENTS
