"""`Elsewhere`: what a service that leads to others does about a person there. Its part in the list asks them to erase her."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Query
from sqlalchemy.orm import Session

from interlinker_shared.accounts.secrets import key_of
from interlinker_shared.personal.models import Erasure, Missing
from interlinker_shared.state import Kit

Receipt = Annotated[
    str | None,
    Query(max_length=100, description="From the `Location` of the answer to the erasure, for who cannot sign in."),
]
Collected = tuple[dict[str, Any], list[Missing]]


@dataclass(frozen=True)
class Elsewhere:
    """How others are asked for what they hold, and how far an erasure has come among them."""

    collect: Callable[[Kit, str], Awaitable[Collected]]
    progress: Callable[[Session, str], Erasure | None]


def receipt_of(kit: Kit, subject: str) -> str:
    """What lets a person follow her own erasure when she can sign in no more: nobody else can make it."""
    return key_of(kit.secret, "erasure", subject)


def is_receipt(kit: Kit, subject: str, receipt: str) -> bool:
    """Whether that was given to her."""
    return hmac.compare_digest(receipt_of(kit, subject).encode(), receipt.encode())


def progress_path(kit: Kit, subject: str) -> str:
    """Where she follows it."""
    return f"/subjects/{subject}/erasure?receipt={receipt_of(kit, subject)}"
