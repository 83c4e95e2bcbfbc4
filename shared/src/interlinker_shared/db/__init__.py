"""One way to write, one way to read: `Database`, what a write may leave for its commit, and the column types of all tables."""

from interlinker_shared.db.database import Database, open_database
from interlinker_shared.db.jobs import LostLockError, brief, defer, signal
from interlinker_shared.db.order import compact, forget_order, forgetting, wipe, wipe_some, wiping
from interlinker_shared.db.types import BigId, JsonText, SharedBase, UtcDateTime, partial
from interlinker_shared.db.upsert import upsert

__all__ = [
    "BigId",
    "Database",
    "JsonText",
    "LostLockError",
    "SharedBase",
    "UtcDateTime",
    "brief",
    "compact",
    "defer",
    "forget_order",
    "forgetting",
    "open_database",
    "partial",
    "signal",
    "upsert",
    "wipe",
    "wipe_some",
    "wiping",
]
