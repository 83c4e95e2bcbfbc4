"""The catalogue as a page: which Interlinkers there are, what they can do, whether they run."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import StringConstraints

from interlinker_registry import reads
from interlinker_registry.domain import LeaseState
from interlinker_registry.models import Entry
from interlinker_shared.http import Anyone, Database, Paging, public
from interlinker_shared.pages import Pages

PAGES = Pages("interlinker_registry", name={"en": "Catalogue", "es": "Catálogo", "de": "Katalog"})
BEST_FIRST = (LeaseState.PASSING, LeaseState.DRAINING, LeaseState.SUSPECT)

router = APIRouter(prefix="/catalogue", tags=["pages"], default_response_class=HTMLResponse)


@router.get("/view")
@public
async def view_catalogue(
    request: Request,
    db: Database,
    _who: Anyone,
    page: Paging,
    q: Annotated[str, StringConstraints(max_length=200), Query()] = "",
) -> HTMLResponse:
    """The catalogue as an accessible page, with search."""
    found = await db.read(reads.list_entries, q=q, capability=None, language=None, limit=page.limit, cursor=page.cursor)
    entries = [(entry, _state(entry)) for entry in found.items]
    return PAGES.render(request, "catalogue.html", entries=entries, q=q, next=found.next, paged=page.cursor is not None)


def _state(entry: Entry) -> str:
    """The best state among the instances, `absent` without one."""
    states = {instance.state for instance in entry.instances}
    return next((state.value for state in BEST_FIRST if state in states), "absent")
