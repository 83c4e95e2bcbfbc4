"""What a service does with events of others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy.orm import Session

from interlinker_shared import trace
from interlinker_shared.events.envelope import Envelope


@dataclass(frozen=True)
class Handler:
    """What a service does with events of one NATS subject (`*` stands for one part).

    `reader` declares only the fields that `fn(session, payload, envelope)` reads; the rest may change without notice.
    """

    subject: str
    reader: type[BaseModel]
    fn: Callable[[Session, Any, Envelope], None]

    def takes(self, subject: str) -> bool:
        """Whether an event on `subject` is for this handler."""
        mine, theirs = self.subject.split("."), subject.split(".")
        return len(mine) == len(theirs) and all(a in ("*", b) for a, b in zip(mine, theirs, strict=True))


def apply(session: Session, handlers: Sequence[Handler], envelope: Envelope) -> None:
    """Let `handlers` take an event, as a part of the trace that caused it; raises whatever one of them raises."""
    with trace.span(trace.Kind.CONSUMER, f"process {envelope.type}", envelope.traceparent):
        for handler in handlers:
            handler.fn(session, handler.reader.model_validate(envelope.data), envelope)
