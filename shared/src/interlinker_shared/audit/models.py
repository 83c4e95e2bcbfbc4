"""What `GET /audit` says."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class AuditEntry(BaseModel):
    """One act. `hash` is the SHA-256 of `[sequence, previous, at, action, actor, detail]` as JSON with sorted keys and no spaces."""

    sequence: int = Field(description="Counts from 1 without a gap.")
    at: str = Field(description="ISO 8601, UTC.")
    action: str = Field(description="The operationId of what was done.")
    actor: str | None = Field(description="An alias of who did it.")
    subject: str | None = Field(description="Who that is; null once she was erased. It is no part of the hash.")
    detail: dict[str, Any] = Field(
        description="Her role, and the ids of what it was done to. Nothing that a person wrote."
    )
    previous: str
    hash: str


class AuditFeed(BaseModel):
    """A part of the chain, oldest first; pass `next` as `after` to go on."""

    items: list[AuditEntry]
    next: int
