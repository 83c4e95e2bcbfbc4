"""Templates: uploaded once per version, never changed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from interlinker_gateway.definition.reading import read_template
from interlinker_gateway.store import processes
from interlinker_gateway.store.tables import TemplateRow
from interlinker_shared.audit.chain import digest
from interlinker_shared.errors import ConflictError


class TemplateFixedError(ConflictError):
    """This version exists with other content."""

    slug = "template-fixed"


def upload_template(
    session: Session, document: Any, capabilities: Collection[str], *, by: str | None, now: datetime
) -> TemplateRow:
    """Keep a template; the same one again changes nothing.

    Raises InvalidError with a pointer for each error, TemplateFixedError when the version exists with other content.
    """
    template = read_template(document, capabilities=capabilities)
    fingerprint = digest(document)
    known = processes.known_template(session, template.id, template.version)
    if known is None:
        values = {"id": template.id, "version": template.version, "digest": fingerprint, "title": dict(template.title)}
        processes.add_template(session, document=document, created_at=now, created_by=by, **values)
    elif known.digest != fingerprint:
        raise TemplateFixedError(
            f"Version {template.version} of {template.id} exists and differs. Give yours a new version."
        )
    return processes.find_template(session, template.id, template.version)
