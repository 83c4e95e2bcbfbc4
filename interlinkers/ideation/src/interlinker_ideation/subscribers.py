"""Events in: only the withdrawal of imported ideas, which shared hands to `actions.withdraw_import`."""

from __future__ import annotations

from interlinker_shared.events import Handler

HANDLERS: tuple[Handler, ...] = ()
