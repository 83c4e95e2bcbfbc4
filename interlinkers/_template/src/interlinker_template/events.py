"""Events that this service records beside those of every block."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from interlinker_shared.events import Event


class PledgeMade(Event):
    """Somebody will bring something."""

    name: ClassVar[str] = "pledge.made.v1"

    asset: UUID
    pledge: UUID
    amount: int


EVENTS: tuple[type[Event], ...] = (PledgeMade,)
