"""`/audit`, which every service has for its owner."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from interlinker_shared.audit import store
from interlinker_shared.audit.models import AuditFeed
from interlinker_shared.http.dependencies import Database, Owner

MOST = 1000

router = APIRouter(tags=["audit"])


@router.get("/audit")
async def list_audit(
    db: Database,
    _who: Owner,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> AuditFeed:
    """List what moderators and owners did, oldest first. Each entry carries the hash of the one before."""
    found = await db.read(store.entries_after, after, limit)
    return AuditFeed(items=found, next=found[-1].sequence if found else after)
