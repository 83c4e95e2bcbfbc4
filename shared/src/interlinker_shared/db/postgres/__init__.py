"""PostgreSQL, for those who outgrow one machine: the same functions, on a schema of the service's own; replicas need no coordination."""

from interlinker_shared.db.postgres import indexes  # noqa: F401 - from here on PostgreSQL makes partial indexes
from interlinker_shared.db.postgres.store import PostgresStore

__all__ = ["PostgresStore"]
