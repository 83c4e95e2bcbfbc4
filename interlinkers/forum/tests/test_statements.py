"""A read takes as many statements for thirty things as for one; the table says how many, and does not grow."""

from __future__ import annotations

from interlinkers.forum.tests.calling import Forum

from interlinker_shared.testing_reads import Readers

STATEMENTS = {
    "/boards": 1,
    "/boards/{asset_id}": 1,
    "/boards/{asset_id}/result": 4,
    "/boards/{board_id}/topics": 2,
    "/boards/{board_id}/view": 3,
    "/changes": 1,
    "/appeals": 1,
    "/moderation-log": 1,
    "/moderation-log/counts": 1,
    "/moderation-log/view": 2,
    "/moderation/view": 2,
    "/notices": 1,
    "/statements": 1,
    "/statements/view": 1,
    "/subjects/{subject}": 12,
    "/topics/{topic_id}": 2,
    "/topics/{topic_id}/posts": 3,
    "/topics/{topic_id}/view": 3,
}


async def test_thirty_take_as_many_statements_as_one(forum: Forum) -> None:
    board, topic = await forum.discussed()
    readers = Readers(forum.app, forum.client, asset_id=[board], board_id=[board], topic_id=[topic], subject=["ben"])
    few = await readers.statements()
    for number in range(30):
        await forum.create_board()
        await forum.create_topic(board, who=f"person-{number}")
        await forum.create_post(topic, who=f"person-{number}")
        await forum.create_post(topic, who="ben")
    assert few == await readers.statements() == STATEMENTS
