"""Events in: one function per type. Withdrawals of imported items are shared's work."""

from __future__ import annotations

from interlinker_shared.events import Handler

HANDLERS: tuple[Handler, ...] = ()
