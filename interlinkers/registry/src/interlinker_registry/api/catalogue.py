"""`/catalogue`: what Interlinkers there are, whether they run now or not."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import StringConstraints

from interlinker_registry import actions, reads
from interlinker_registry.models import Badge, BadgeUpdate, Entry
from interlinker_shared.http import Anyone, Database, Listing, Now, Owner, Paging, public
from interlinker_shared.text import LanguageTag

router = APIRouter(prefix="/catalogue", tags=["catalogue"])

Word = Annotated[str, StringConstraints(max_length=200)]


@router.get("")
@public
async def list_entries(
    db: Database,
    _who: Anyone,
    page: Paging,
    q: Annotated[Word, Query(description="Words that name or description hold, in any language.")] = "",
    capability: Annotated[Word | None, Query()] = None,
    language: Annotated[LanguageTag | None, Query(description="`es` finds `es-AR` too.")] = None,
) -> Listing[Entry]:
    """List the catalogue, by service; entries stay when their last instance is gone."""
    return await db.read(
        reads.list_entries, q=q, capability=capability, language=language, limit=page.limit, cursor=page.cursor
    )


@router.get("/{service}")
@public
async def read_entry(service: str, db: Database, _who: Anyone) -> Entry:
    """Read one entry of the catalogue."""
    return await db.read(reads.read_entry, service)


@router.put("/{service}/badge")
async def put_badge(service: str, body: BadgeUpdate, db: Database, _who: Owner, now: Now) -> Badge:
    """Keep what `interlinkers verify` found about a service."""
    return await db.write(actions.put_badge, service, body, now=now)
