"""What is kept of the forum's public answers is always what would be rendered now."""

from __future__ import annotations

import pytest
import pytest_asyncio
from interlinkers.forum.tests.calling import Forum

from interlinker_shared.auth import Role
from interlinker_shared.testing_reads import NOWHERE, Readers, handed_over

WORDS = {"title": "Opening hours", "text": "Until *ten*?", "language": "en"}
MEMBER, STAFF, OWNER = Role.MEMBER, Role.MODERATOR, Role.OWNER


@pytest_asyncio.fixture
async def board(forum: Forum) -> str:
    return await forum.create_board(guests=True)


@pytest_asyncio.fixture
async def topic(forum: Forum, board: str) -> str:
    return str((await forum.create_topic(board))["id"])


@pytest.fixture
def readers(forum: Forum, board: str, topic: str) -> Readers:
    boards = [board, NOWHERE]
    known = {"post_id": [NOWHERE], "tag": ["pool"]}
    return Readers(forum.app, forum.client, asset_id=boards, board_id=boards, topic_id=[topic], **known)


async def test_all_that_is_public_is_kept(readers: Readers, board: str, topic: str) -> None:
    await readers.read()
    kept = await readers.read()
    one, other = f"/boards/{board}", f"/topics/{topic}"
    assert {"/boards", one, f"{one}/topics", f"{one}/result", f"{one}/view?lang=de"} <= kept
    assert {other, f"{other}/posts", f"{other}/posts?limit=2", f"{other}/view"} <= kept


async def test_no_write_misleads_a_reader(readers: Readers, board: str, topic: str) -> None:
    await _post(readers, topic)
    await _discuss(readers, topic)
    await _arrange(readers, board)
    await _moderation(readers, topic)
    await _imports(readers, board)
    await _topics(readers, board, topic)
    for who in ("ana", "ben"):
        await readers.after(OWNER, "DELETE", f"/subjects/{who}")
    readers.learn("asset_id", (await readers.after(STAFF, "POST", "/boards", {"title": "Another"}))["id"])
    await readers.see_the_life(board)
    assert not readers.untried()


async def _post(readers: Readers, topic: str) -> None:
    posts = f"/topics/{topic}/posts"
    await readers.after(Role.PUBLIC, "POST", posts, {"text": "I am a guest"})
    for _ in range(3):
        post = await readers.after(MEMBER, "POST", posts, {"text": "Until **nine**!"}, who="ben")
    await readers.after(MEMBER, "DELETE", f"/posts/{post['id']}", who="ben")
    post = await readers.after(MEMBER, "POST", posts, {"text": "Rude"}, who="ben")
    await readers.after(STAFF, "POST", f"/posts/{post['id']}/remove", {"reason": "Rude"})


async def _moderation(readers: Readers, topic: str) -> None:
    """A post is reported, goes, and comes back."""
    post = await readers.after(MEMBER, "POST", f"/topics/{topic}/posts", {"text": "Fool"}, who="ben")
    said = {"kind": "post", "item": post["id"], "ground": "insult", "reason": "Rude", "good_faith": True}
    notice = (await readers.after(Role.PUBLIC, "POST", "/notices", said))["id"]
    reasons = {"outcome": "remove", "ground": "insult", "clause": "Rule 3", "facts": "Calls names"}
    decision = (await readers.after(STAFF, "POST", f"/notices/{notice}/decision", reasons))["id"]
    appeal = await readers.after(MEMBER, "POST", f"/statements/{decision}/appeal", {"text": "No"}, who="ben")
    judgement = {"outcome": "reversed", "explanation": "A joke"}
    await readers.after(STAFF, "POST", f"/appeals/{appeal['id']}/outcome", judgement, who="max")


async def _discuss(readers: Readers, topic: str) -> None:
    """What people do with a topic and a post beside posting, and keep for themselves."""
    post = (await readers.after(MEMBER, "POST", f"/topics/{topic}/posts", {"text": "Nine"}, who="ben"))["id"]
    readers.learn("post_id", post)
    await readers.after(MEMBER, "PUT", f"/posts/{post}", {"text": "Ten"}, who="ben")
    for place in (f"/posts/{post}", f"/topics/{topic}"):
        for method in ("PUT", "DELETE"):
            await readers.after(MEMBER, method, f"{place}/reactions/up", who="ben")
    for method, path, body in (
        ("PUT", "position", {"post": post}),
        ("PUT", "following", None),
        ("DELETE", "following", None),
        ("PUT", "draft", {"text": "I"}),
        ("DELETE", "draft", None),
    ):
        await readers.after(MEMBER, method, f"/topics/{topic}/{path}", body, who="ben")
    await readers.after(STAFF, "PUT", f"/posts/{post}/official", {"office": "Sports"})
    await readers.after(STAFF, "DELETE", f"/posts/{post}/official")
    await readers.after(STAFF, "PUT", f"/topics/{topic}/decision", {"summary": "Yes", "text": "Yes"})
    await readers.after(STAFF, "DELETE", f"/topics/{topic}/decision")


async def _arrange(readers: Readers, board: str) -> None:
    """What moderators do to topics; a question is answered."""
    asked, other = [
        (await readers.after(MEMBER, "POST", f"/boards/{board}/topics", WORDS | {"question": True}, who="ana"))["id"]
        for _ in range(2)
    ]
    posts = [(await readers.after(MEMBER, "POST", f"/topics/{asked}/posts", {"text": "Ten"}))["id"] for _ in range(2)]
    readers.learn("topic_id", asked)
    readers.learn("topic_id", other)
    await readers.after(MEMBER, "PUT", f"/topics/{asked}", {"title": "When?", "text": "When?"}, who="ana")
    await readers.after(MEMBER, "PUT", f"/topics/{asked}/tags", {"tags": ["pool"]}, who="ana")
    await readers.after(MEMBER, "PUT", f"/topics/{asked}/answer", {"post": posts[0]}, who="ana")
    await readers.after(MEMBER, "DELETE", f"/topics/{asked}/answer", who="ana")
    split = await readers.after(STAFF, "POST", f"/topics/{asked}/split", {"posts": posts[:1], "title": "Ten"})
    readers.learn("topic_id", split["id"])
    await readers.after(STAFF, "POST", f"/topics/{other}/merge", {"into": asked})
    await readers.after(STAFF, "POST", f"/topics/{other}/unmerge")
    for method, verb in (("PUT", "pin"), ("DELETE", "pin"), ("POST", "archive"), ("POST", "reopen")):
        await readers.after(STAFF, method, f"/topics/{asked}/{verb}")
    target = (await readers.after(STAFF, "POST", "/boards", {"title": "Other"}))["id"]
    readers.learn("board_id", target)
    await readers.after(STAFF, "POST", f"/topics/{asked}/move", {"board": target})
    await _pages(readers, board)


async def _pages(readers: Readers, board: str) -> None:
    tag = (await readers.client.get(f"/boards/{board}")).headers["ETag"]
    config = {"config": {"guests": True, "origins": ["https://town.example"]}}
    await readers.after(STAFF, "PATCH", f"/boards/{board}", config, If_Match=tag)
    page = {"url": "https://town.example/pool", "title": "Pool"}
    await readers.after(MEMBER, "PUT", f"/boards/{board}/topics/by-url", page, who="ana")
    await readers.after(MEMBER, "PUT", f"/boards/{board}/draft", {"text": "I"}, who="ana")
    await readers.after(MEMBER, "DELETE", f"/boards/{board}/draft", who="ana")


async def _topics(readers: Readers, board: str, topic: str) -> None:
    for _ in range(2):
        opened = (await readers.after(MEMBER, "POST", f"/boards/{board}/topics", WORDS, who="ana"))["id"]
        readers.learn("topic_id", opened)
    await readers.after(MEMBER, "DELETE", f"/topics/{opened}", who="ana")
    await readers.after(STAFF, "POST", f"/topics/{topic}/close")
    await readers.after(STAFF, "POST", f"/topics/{topic}/remove", {"reason": "Twice"})


async def _imports(readers: Readers, board: str) -> None:
    taken = await readers.after(STAFF, "POST", f"/boards/{board}/imports", handed_over("1", "2"))
    readers.learn("topic_id", taken["items"][0]["item"])
    await readers.withdraw_elsewhere("1")
