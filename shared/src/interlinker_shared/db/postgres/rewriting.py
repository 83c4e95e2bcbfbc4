"""New files for tables whose former rows must not be found any more; a plain VACUUM leaves their bytes where they were."""

from __future__ import annotations

import time

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

LOCK_MS = 2000  # everybody waits behind it; PostgreSQL's own vacuum steps aside after one second
WAIT_SECONDS = 0.5
PAUSE_SECONDS = 0.02
AGAIN_SECONDS = 5.0

# VACUUM keeps what a transaction that is still open could see: those that began before have to be over.
_now = text("SELECT pg_current_xact_id()::xid::text")
_older = text(
    "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() "
    "AND age(backend_xmin) > age(CAST(:now AS xid))"
)

log = structlog.get_logger()


class Rewriting:
    """Tables that wait for it. Where somebody reads for long, an export perhaps, it is tried again by a later commit."""

    def __init__(self, engine: Engine) -> None:
        """Nothing waits."""
        self._engine = engine
        self._waiting: set[str] = set()
        self._again_at = 0.0

    def add(self, tables: set[str]) -> None:
        """Their former rows are deleted, and that is committed."""
        self._waiting |= tables

    def run(self) -> None:
        """Rewrite what waits, if it is time."""
        if not self._waiting or time.monotonic() < self._again_at:
            return
        try:
            with self._engine.connect() as connection:
                self._rewrite(connection.execution_options(isolation_level="AUTOCOMMIT"))
        except (DBAPIError, TimeoutError) as error:
            self._again_at = time.monotonic() + AGAIN_SECONDS
            log.warning("tables wait to be rewritten", tables=sorted(self._waiting), reason=type(error).__name__)

    def _rewrite(self, connection: Connection) -> None:
        _wait_for_older(connection)
        connection.exec_driver_sql(f"SET lock_timeout = {LOCK_MS}")
        for table in sorted(self._waiting):
            connection.exec_driver_sql(f'VACUUM (FULL) "{table}"')
            self._waiting.discard(table)


def _wait_for_older(connection: Connection) -> None:
    now, give_up_at = connection.execute(_now).scalar_one(), time.monotonic() + WAIT_SECONDS
    while connection.execute(_older, {"now": now}).scalar_one():
        if time.monotonic() >= give_up_at:
            raise TimeoutError
        time.sleep(PAUSE_SECONDS)
