"""`/posts/{post_id}`: what becomes of a post."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from interlinker_forum import actions, moderated, reading
from interlinker_forum.domain import Reaction
from interlinker_forum.models import OfficialAnswer, Post, PostEdit, Revision
from interlinker_shared.http import (
    AnyoneHere,
    Database,
    Listing,
    MemberHere,
    ModeratorHere,
    Now,
    Paging,
    listing,
    public,
)
from interlinker_shared.moderation import Removal

router = APIRouter(prefix="/posts", tags=["posts"])


@router.put("/{post_id}")
async def edit_post(post_id: UUID, body: PostEdit, db: Database, who: MemberHere, now: Now) -> Post:
    """Write your own post anew; everybody can see what it said before. 403 for somebody else's, 409 when it is gone or closed."""
    return await db.write(actions.edit_post, post_id, body, by=who, now=now)


@router.get("/{post_id}/history")
@public
async def list_post_history(post_id: UUID, db: Database, _who: AnyoneHere, page: Paging) -> Listing[Revision]:
    """List what a post said before each edit, the first first. What was taken down has no history."""
    found = await db.read(reading.history_of_post, post_id, page)
    return listing(found, page.limit, lambda one: [one.number])


@router.put("/{post_id}/reactions/{kind}")
async def react_to_post(post_id: UUID, kind: Reaction, db: Database, who: MemberHere, now: Now) -> Post:
    """Say something about a post without words; repeating it changes nothing. `up` takes `down` back, and the other way round."""
    return await db.write(actions.react_to_post, post_id, kind, on=True, by=who, now=now)


@router.delete("/{post_id}/reactions/{kind}")
async def unreact_to_post(post_id: UUID, kind: Reaction, db: Database, who: MemberHere, now: Now) -> Post:
    """Take that back."""
    return await db.write(actions.react_to_post, post_id, kind, on=False, by=who, now=now)


@router.put("/{post_id}/official")
async def mark_official(post_id: UUID, body: OfficialAnswer, db: Database, who: ModeratorHere, now: Now) -> Post:
    """Say that an office of the authority answers in this post. 409 when it is gone."""
    return await db.write(actions.mark_official, post_id, body.office, by=who, now=now)


@router.delete("/{post_id}/official")
async def unmark_official(post_id: UUID, db: Database, who: ModeratorHere, now: Now) -> Post:
    """Say that it is a post as any other."""
    return await db.write(actions.unmark_official, post_id, by=who, now=now)


@router.delete("/{post_id}", status_code=204)
async def withdraw_post(post_id: UUID, db: Database, who: MemberHere, now: Now) -> None:
    """Take back your own post: a tombstone keeps its place. 403 for somebody else's, 409 when it is gone already."""
    await db.write(actions.withdraw_post, post_id, by=who, now=now)


@router.post("/{post_id}/remove")
async def remove_post(post_id: UUID, body: Removal, db: Database, who: ModeratorHere, now: Now) -> Post:
    """Take somebody's post down; its author and all readers see the reason. 409 when it is gone already."""
    return await db.write(moderated.remove_post, post_id, body, by=who, now=now)
