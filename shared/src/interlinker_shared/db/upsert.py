"""INSERT … ON CONFLICT for both databases, without loading the dialect of the one that is not in use."""

from __future__ import annotations

from typing import Any, Self

from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.dialects.sqlite.dml import OnConflictDoNothing, OnConflictDoUpdate

# SQLAlchemy has a clause for each dialect, alike but for one thing: PostgreSQL may name a constraint, and its compiler asks
# which. PostgreSQL's own clause takes 2.5 MB and 45 ms of every start.


class _Nothing(OnConflictDoNothing):
    inherit_cache = True
    constraint_target = None


class _Update(OnConflictDoUpdate):
    inherit_cache = True
    constraint_target = None


class Upsert(Insert):
    """SQLite's INSERT, with clauses that PostgreSQL's compiler takes as well."""

    inherit_cache = True

    def on_conflict_do_nothing(self, *args: Any, **kwargs: Any) -> Self:
        """Leave the row that is there as it is; parameters as SQLite's."""
        return self.ext(_Nothing(*args, **kwargs))

    def on_conflict_do_update(self, *args: Any, **kwargs: Any) -> Self:
        """Change the row that is there; parameters as SQLite's."""
        return self.ext(_Update(*args, **kwargs))


def upsert(table: Any) -> Upsert:
    """An INSERT into a table or mapped class whose conflicts can be told what to do."""
    return Upsert(table)
