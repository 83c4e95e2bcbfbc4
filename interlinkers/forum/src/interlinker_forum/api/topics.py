"""`/topics/{topic_id}`: one topic, its life and its posts."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from interlinker_forum import actions, moderated, reading, store
from interlinker_forum.domain import Reaction, View
from interlinker_forum.models import (
    Acceptance,
    Decision,
    Draft,
    DraftBody,
    OwnState,
    Position,
    Post,
    PostCreate,
    Revision,
    Topic,
    TopicEdit,
    TopicMerge,
    TopicMove,
    TopicSplit,
    TopicTags,
)
from interlinker_shared import assets
from interlinker_shared.auth import Principal
from interlinker_shared.http import (
    AnyoneHere,
    Database,
    Listing,
    MemberHere,
    ModeratorHere,
    Now,
    Paging,
    listing,
    page_response,
    public,
)
from interlinker_shared.http.paging import PageOf
from interlinker_shared.http.quick import QuickRoute
from interlinker_shared.limits.guests import takes_guests
from interlinker_shared.moderation import Removal

router = APIRouter(prefix="/topics", tags=["topics"], route_class=QuickRoute)

Shown = Annotated[View, Query(description="As they came, or each answer under what it answers.")]


@router.get("/{topic_id}/posts", response_model=Listing[Post])
@public
async def list_posts(topic_id: UUID, db: Database, who: AnyoneHere, page: Paging, view: Shown = View.FLAT) -> Response:
    """List the posts of a topic, oldest first or (`view=tree`) each under what it answers. Tombstones keep their places."""
    found = await db.read(_posts, topic_id, who, page, view)
    return page_response(found, page.limit, lambda post: [post.id])


@router.post("/{topic_id}/posts", status_code=201)
@takes_guests
async def publish_post(topic_id: UUID, body: PostCreate, db: Database, who: AnyoneHere, now: Now) -> Post:
    """Post in a topic. 401 for a guest where the board takes none, 409 when the topic or its board is closed.

    Moderators may enter what somebody said at the desk, by phone or on paper: `channel`, and `author` where known.
    """
    return await db.write(actions.publish_post, topic_id, body, by=who, now=now)


@router.get("/{topic_id}")
@public
async def read_topic(topic_id: UUID, db: Database, who: AnyoneHere) -> Topic:
    """Read a topic: its opening as written and as sanitised HTML, its state and its counts."""
    return await db.read(reading.topic, topic_id, who)


@router.delete("/{topic_id}", status_code=204)
async def withdraw_topic(topic_id: UUID, db: Database, who: MemberHere, now: Now) -> None:
    """Take back your own topic: it closes, its words go, the posts of others stay. 409 when it is gone already."""
    await db.write(actions.withdraw_topic, topic_id, by=who, now=now)


@router.post("/{topic_id}/close")
async def close_topic(topic_id: UUID, db: Database, who: ModeratorHere, now: Now) -> Topic:
    """Close a topic: it stays readable, nobody can post any more. Repeating it changes nothing."""
    return await db.write(actions.close_topic, topic_id, by=who, now=now)


@router.post("/{topic_id}/remove")
async def remove_topic(topic_id: UUID, body: Removal, db: Database, who: ModeratorHere, now: Now) -> Topic:
    """Take somebody's topic down and close it; all readers see the reason. 409 when it is gone already."""
    return await db.write(moderated.remove_topic, topic_id, body, by=who, now=now)


@router.put("/{topic_id}")
async def edit_topic(topic_id: UUID, body: TopicEdit, db: Database, who: MemberHere, now: Now) -> Topic:
    """Write the opening of your own topic anew; everybody can see what it said before. 409 when it is gone or closed."""
    return await db.write(actions.edit_topic, topic_id, body, by=who, now=now)


@router.get("/{topic_id}/history")
@public
async def list_topic_history(topic_id: UUID, db: Database, _who: AnyoneHere, page: Paging) -> Listing[Revision]:
    """List what the opening said before each edit, the first first."""
    found = await db.read(reading.history_of_topic, topic_id, page)
    return listing(found, page.limit, lambda one: [one.number])


@router.post("/{topic_id}/reopen")
async def reopen_topic(topic_id: UUID, db: Database, who: ModeratorHere, now: Now) -> Topic:
    """Let people post in a closed or archived topic again. Repeating it changes nothing."""
    return await db.write(actions.reopen_topic, topic_id, by=who, now=now)


@router.post("/{topic_id}/archive")
async def archive_topic(topic_id: UUID, db: Database, who: ModeratorHere, now: Now) -> Topic:
    """Close a topic and put it among the old ones (`?shelf=archived`); `reopen` takes it back."""
    return await db.write(actions.archive_topic, topic_id, by=who, now=now)


@router.put("/{topic_id}/pin")
async def pin_topic(topic_id: UUID, db: Database, who: ModeratorHere) -> Topic:
    """Let a topic stand above the others of its board."""
    return await db.write(actions.pin_topic, topic_id, by=who)


@router.delete("/{topic_id}/pin")
async def unpin_topic(topic_id: UUID, db: Database, who: ModeratorHere) -> Topic:
    """Let it stand where its latest activity puts it."""
    return await db.write(actions.pin_topic, topic_id, by=who, pinned=False)


@router.put("/{topic_id}/tags")
async def tag_topic(topic_id: UUID, body: TopicTags, db: Database, who: MemberHere) -> Topic:
    """Give a topic these tags and no others. 403 for who neither opened it nor moderates."""
    return await db.write(actions.tag_topic, topic_id, body.tags, by=who)


@router.post("/{topic_id}/move")
async def move_topic(topic_id: UUID, body: TopicMove, db: Database, who: ModeratorHere, now: Now) -> Topic:
    """Put a topic onto another board that you moderate too; its address stays. Moving it back undoes that."""
    return await db.write(actions.move_topic, topic_id, body.board, by=who, now=now)


@router.post("/{topic_id}/merge")
async def merge_topics(topic_id: UUID, body: TopicMerge, db: Database, who: ModeratorHere, now: Now) -> Topic:
    """Put a topic into another one of its board, which is answered: its opening and posts are posts there, its page leads there."""
    return await db.write(actions.merge_topics, topic_id, body.into, by=who, now=now)


@router.post("/{topic_id}/unmerge")
async def unmerge_topic(topic_id: UUID, db: Database, who: ModeratorHere, now: Now) -> Topic:
    """Undo a merge: what the topic brought is its own again. 409 for a topic that was not merged."""
    return await db.write(actions.unmerge_topic, topic_id, by=who, now=now)


@router.post("/{topic_id}/split", status_code=201)
async def split_topic(topic_id: UUID, body: TopicSplit, db: Database, who: ModeratorHere, now: Now) -> Topic:
    """Make a topic of some posts and what answers them, the first of them its opening; merging the two undoes it."""
    return await db.write(actions.split_topic, topic_id, body, by=who, now=now)


@router.put("/{topic_id}/answer")
async def accept_answer(topic_id: UUID, body: Acceptance, db: Database, who: MemberHere, now: Now) -> Topic:
    """Say which post answers the question. 403 for who neither asked nor moderates, 409 when the topic is no question."""
    return await db.write(actions.accept, topic_id, body.post, by=who, now=now)


@router.delete("/{topic_id}/answer")
async def unaccept_answer(topic_id: UUID, db: Database, who: MemberHere, now: Now) -> Topic:
    """Say that no post does."""
    return await db.write(actions.accept, topic_id, None, by=who, now=now)


@router.put("/{topic_id}/decision")
async def decide_topic(topic_id: UUID, body: Decision, db: Database, who: ModeratorHere, now: Now) -> Topic:
    """Write down what a topic ends in: a sentence and the whole. It goes into the board's result."""
    return await db.write(actions.decide, topic_id, body, by=who, now=now)


@router.delete("/{topic_id}/decision")
async def undecide_topic(topic_id: UUID, db: Database, who: ModeratorHere, now: Now) -> Topic:
    """Take that back."""
    return await db.write(actions.undecide, topic_id, by=who, now=now)


@router.put("/{topic_id}/reactions/{kind}")
async def react_to_topic(topic_id: UUID, kind: Reaction, db: Database, who: MemberHere, now: Now) -> Topic:
    """Say something about the opening without words; repeating it changes nothing. `up` takes `down` back, and the other way round."""
    return await db.write(actions.react_to_topic, topic_id, kind, on=True, by=who, now=now)


@router.delete("/{topic_id}/reactions/{kind}")
async def unreact_to_topic(topic_id: UUID, kind: Reaction, db: Database, who: MemberHere, now: Now) -> Topic:
    """Take that back."""
    return await db.write(actions.react_to_topic, topic_id, kind, on=False, by=who, now=now)


@router.get("/{topic_id}/mine")
async def read_own_state(topic_id: UUID, db: Database, who: MemberHere) -> OwnState:
    """What the caller keeps of a topic: her place in it, whether she follows it, her draft and her reactions."""
    return await db.read(reading.own_state, topic_id, who)


@router.put("/{topic_id}/position", status_code=204)
async def keep_position(topic_id: UUID, body: Position, db: Database, who: MemberHere) -> None:
    """Note the last post that the caller has read; nobody else sees it."""
    await db.read(reading.admit_to_topic, topic_id)
    await db.write(actions.keep_position, topic_id, body.post, by=who)


@router.put("/{topic_id}/following", status_code=204)
async def follow_topic(topic_id: UUID, db: Database, who: MemberHere) -> None:
    """Follow a topic."""
    await db.read(reading.admit_to_topic, topic_id)
    await db.write(actions.follow, topic_id, by=who)


@router.delete("/{topic_id}/following", status_code=204)
async def unfollow_topic(topic_id: UUID, db: Database, who: MemberHere) -> None:
    """Follow it no more."""
    await db.read(reading.admit_to_topic, topic_id)
    await db.write(actions.follow, topic_id, by=who, following=False)


@router.put("/{topic_id}/draft")
async def save_draft(topic_id: UUID, body: DraftBody, db: Database, who: MemberHere, now: Now) -> Draft:
    """Keep the answer that the caller has begun to write; nobody else sees it. `mine` has it."""
    await db.read(reading.admit_to_topic, topic_id)
    return await db.write(actions.save_draft, topic_id, body, by=who, now=now)


@router.delete("/{topic_id}/draft", status_code=204)
async def drop_draft(topic_id: UUID, db: Database, who: MemberHere) -> None:
    """Forget it."""
    await db.read(reading.admit_to_topic, topic_id)
    await db.write(actions.drop_draft, topic_id, by=who)


def _posts(session: Session, topic_id: UUID, who: Principal, page: PageOf, view: View) -> list[Any]:
    assets.require_shown(session, store.board_of(session, topic_id))
    return store.list_posts(session, topic_id, page, who.subject, view)
