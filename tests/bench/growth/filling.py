"""Fills a database with copies of a row that the service itself has written: as many as wanted, in seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.pool import NullPool

UUID_OF = {"sqlite": "printf('%032x', n)", "postgresql": "CAST(lpad(to_hex(n), 32, '0') AS uuid)"}
SERIES = {
    "sqlite": "WITH RECURSIVE series(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM series WHERE n < :last)",
    "postgresql": "WITH series(n) AS (SELECT generate_series(CAST(:first AS bigint), CAST(:last AS bigint)))",
}
# How the copies differ from the row they are made of, and from each other. Everything else is as the service wrote it.
DIFFERENT = {
    "posts": {"id": "{uuid}", "reply_to": "NULL"},
    "outbox": {"id": "n", "event_id": "{uuid}", "aggseq": "n", "published_at": "recorded_at"},
    "changes": {"seq": "n", "thing_id": "CAST(n AS varchar)"},
    "inbox": {"event_id": "{uuid}"},
    "heads": {"aggregate": "CAST(n AS varchar)"},
    "dead_letters": {"event_id": "{uuid}", "aggregate": "CAST(n AS varchar)", "tries": "8", "due_at": "NULL"},
}


def copy_id(number: int) -> UUID:
    """The id of a copy: they count from 1."""
    return UUID(int=number)


@contextmanager
def filling(url: str) -> Iterator[Connection]:
    """A connection for filling a database that no service has open; afterwards it is as its service left it."""
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-200000"):
                connection.exec_driver_sql(f"PRAGMA {pragma}")
        yield connection
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        else:
            connection.exec_driver_sql("VACUUM ANALYZE")  # what its autovacuum would have done by and by
    engine.dispose()


def fill(connection: Connection, table: str, rows: int) -> None:
    """Put copies numbered 1 to `rows` into `table` in place of what is there; one of the rows there is the model."""
    dialect = connection.dialect.name
    different = {name: said.format(uuid=UUID_OF[dialect]) for name, said in DIFFERENT[table].items()}
    columns = [column["name"] for column in inspect(connection).get_columns(table)]
    values = ", ".join(different.get(name, f'model."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    copies = f"{SERIES[dialect]} INSERT INTO {table} ({names}) SELECT {values} FROM series, model"  # noqa: S608 - our own names
    connection.execute(text(f"CREATE TEMPORARY TABLE model AS SELECT * FROM {table} LIMIT 1"))  # noqa: S608 - as above
    connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - as above
    connection.execute(text(copies), {"first": 1, "last": rows})
    connection.execute(text("DROP TABLE model"))
    if dialect == "postgresql":
        _go_on_counting(connection, table)


def drop_indexes(connection: Connection) -> None:
    """Sabotage: take away every index that no key needs."""
    for table in DIFFERENT:
        for index in inspect(connection).get_indexes(table):
            if not index["unique"]:
                connection.execute(text(f"DROP INDEX {index['name']}"))


def _go_on_counting(connection: Connection, table: str) -> None:
    for column in inspect(connection).get_columns(table):
        sequence = connection.execute(
            text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table, "column": column["name"]}
        ).scalar()
        if sequence is not None:
            top = f'SELECT setval(:sequence, (SELECT max("{column["name"]}") FROM {table}))'  # noqa: S608 - as above
            connection.execute(text(top), {"sequence": sequence})
