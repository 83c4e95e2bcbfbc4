"""`/posts/{post_id}`: taking a post down."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from interlinker_forum import actions, moderated
from interlinker_forum.models import Post
from interlinker_shared.http import Database, MemberHere, ModeratorHere, Now
from interlinker_shared.moderation import Removal

router = APIRouter(prefix="/posts", tags=["posts"])


@router.delete("/{post_id}", status_code=204)
async def withdraw_post(post_id: UUID, db: Database, who: MemberHere, now: Now) -> None:
    """Take back your own post: a tombstone keeps its place. 403 for somebody else's, 409 when it is gone already."""
    await db.write(actions.withdraw_post, post_id, by=who, now=now)


@router.post("/{post_id}/remove")
async def remove_post(post_id: UUID, body: Removal, db: Database, who: ModeratorHere, now: Now) -> Post:
    """Take somebody's post down; its author and all readers see the reason. 409 when it is gone already."""
    return await db.write(moderated.remove_post, post_id, body, by=who, now=now)
