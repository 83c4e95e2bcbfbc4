"""What people can report in a campaign, how it is taken down, and how it comes back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_ideation import store
from interlinker_ideation.actions import shown, withdraw_row
from interlinker_ideation.events import IdeaRestored
from interlinker_ideation.rendering import to_html
from interlinker_shared.assets import State, require
from interlinker_shared.assets.actions import withdraw
from interlinker_shared.assets.withholding import WITHHELD
from interlinker_shared.auth import Principal
from interlinker_shared.events import record
from interlinker_shared.moderation import Decision, Matter, ModeratedKind, Removal, excerpt, remove_item


def remove_idea(
    session: Session, campaign_id: UUID, idea_id: UUID, body: Removal, *, by: Principal, now: datetime
) -> Decision:
    """Take down somebody's idea, and say why."""
    campaign = require(session, campaign_id)
    idea = store.find_idea(session, campaign.id, idea_id)
    return remove_item(session, IDEA, idea.id, body.decision, by=by, now=now)


def _find(session: Session, ids: Sequence[UUID]) -> dict[UUID, Matter]:
    return {row.id: _matter(row) for row in store.ideas_by_id(session, ids)}


def _matter(row: store.IdeaRow) -> Matter:
    standing = not (row.withdrawn or row.removed)
    return Matter(
        asset=row.campaign_id,
        author=row.author,
        excerpt=excerpt(f"{row.title} – {row.text}") if standing else "",
        language=row.language,
        page=f"/campaigns/{row.campaign_id}/view#idea-{row.number}",
        standing=standing,
    )


def _hide(session: Session, idea_id: UUID, /, *, reason: str, actor: str | None, now: datetime) -> dict[str, Any]:  # noqa: ARG001 - nothing stands in its place
    """Take an idea out; one that was counted already keeps its place without its words, for the count is published."""
    (row,) = store.ideas_by_id(session, [idea_id])
    words = {"title": row.title, "text": row.text}
    if row.fields or row.location:
        words["details"] = json.dumps({"fields": row.fields, "location": row.location}, ensure_ascii=False)
    campaign = require(session, row.campaign_id)
    store.forget_title(session, row)
    store.forget_versions(session, row.id)
    row.fields, row.location = {}, None
    row.title, row.text, row.html = WITHHELD, WITHHELD, to_html(WITHHELD)
    row.removed = True
    if campaign.state is State.CLOSED:
        shown(session, row)
        withdraw(session, campaign, row.id, now=now)
    else:
        withdraw_row(session, campaign, row, now)
    return words


def _restore(session: Session, idea_id: UUID, words: Mapping[str, Any], /, *, now: datetime) -> None:
    """Put an idea back; one that was left out of a count which is over stays out, with its words for its author."""
    (row,) = store.ideas_by_id(session, [idea_id])
    campaign = require(session, row.campaign_id)
    row.title, row.text, row.html = words["title"], words["text"], to_html(words["text"])
    details = json.loads(words.get("details", "{}"))
    row.fields, row.location = details.get("fields", {}), details.get("location")
    row.removed = False
    row.withdrawn = row.withdrawn and campaign.state is State.CLOSED
    session.flush()
    if not row.withdrawn:
        if row.merged_into is None:
            store.index_title(session, row)
        shown(session, row)
        record(session, IdeaRestored(campaign=campaign.id, idea=row.id), aggregate=row.id, now=now)


IDEA = ModeratedKind("idea", _find, _hide, _restore)
MODERATED = (IDEA,)
