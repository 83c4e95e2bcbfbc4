"""One way to write, one way to read: `Database`, and the column types that every table uses."""

from interlinker_shared.db.database import Database, open_database
from interlinker_shared.db.types import JsonText, SharedBase, UtcDateTime

__all__ = ["Database", "JsonText", "SharedBase", "UtcDateTime", "open_database"]
