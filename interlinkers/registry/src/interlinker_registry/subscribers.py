"""Events in: none. Instances speak to the registry over HTTP, so that it works where NATS does not."""

from __future__ import annotations

from interlinker_shared.events import Handler

HANDLERS: tuple[Handler, ...] = ()
