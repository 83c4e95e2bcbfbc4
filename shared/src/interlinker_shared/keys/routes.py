"""Routes of API keys, which every service has for its owner."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from interlinker_shared.http.dependencies import Database, Now, Owner, Paging
from interlinker_shared.http.paging import Listing, listing
from interlinker_shared.keys import actions, store
from interlinker_shared.keys.models import ApiKey, ApiKeyCreate, NewApiKey
from interlinker_shared.keys.way import digest_of, new_key

router = APIRouter(prefix="/keys", tags=["keys"])


@router.post("", status_code=201)
async def create_key(body: ApiKeyCreate, db: Database, who: Owner, now: Now) -> NewApiKey:
    """Make a key for a program. The answer holds it, this once: send it as `Authorization: Bearer ilk_…`."""
    key = new_key()
    made = await db.write(actions.create_key, body, digest=digest_of(key), by=who.subject, now=now)
    return made.model_copy(update={"key": key})


@router.get("")
async def list_keys(db: Database, _who: Owner, page: Paging) -> Listing[ApiKey]:
    """List keys, what they may do and when each was last used, oldest first."""
    return listing(await db.read(store.page, page), page.limit, lambda key: [str(key.id)])


@router.delete("/{key_id}", status_code=204)
async def revoke_key(key_id: UUID, db: Database, _who: Owner) -> None:
    """Revoke a key: nobody is let in with it any more, within a second in every replica."""
    await db.write(actions.revoke_key, key_id)
