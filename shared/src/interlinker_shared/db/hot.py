"""Statements that every request runs: compiled once, run on the driver's cursor, rows given out as the wire wants them."""

from __future__ import annotations

import contextlib
from collections import namedtuple
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import starmap
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Dialect,
    Insert,
    Select,
    Text,
    Update,
    Uuid,
    bindparam,
    type_coerce,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from interlinker_shared.db.jobs import connection_of, count_write
from interlinker_shared.db.types import JsonText, UtcDateTime, without_zone

Processor = Callable[[Any], Any]

MOST_KEPT = 512


class _Statement:
    """A statement with named parameters, compiled once for each kind of database."""

    def __init__(self, statement: Any, columns: Sequence[Any], parameters: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._columns = columns
        self._parameters = parameters
        self._compiled: dict[str, _Compiled] = {}

    def on(self, connection: Connection) -> _Compiled:
        """The statement as this connection's database wants it."""
        compiled = self._compiled.get(connection.dialect.name)
        if compiled is None:
            compiled = _Compiled(self._statement, self._columns, self._parameters, connection.dialect)
            self._compiled[connection.dialect.name] = compiled
        return compiled


class Hot:
    """A SELECT with named parameters. SQLAlchemy's way of running one costs 50 to 300 µs, this one 10.

    It sees what was executed, not what waits in the session for a flush.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        """Only the columns' names and types are read now; a service may run on either database."""
        columns = tuple(statement.selected_columns)
        self._statement = _Statement(statement, columns)
        names = [str(column.key) for column in columns]
        self._document = msgspec.defstruct("Document", names, gc=False)
        self._kept: dict[Any, Any] = {}
        self._row: Any = namedtuple("Row", names)  # type: ignore[misc]  # noqa: PYI024 - its fields are known at run time only

    def all(self, session: Session | Connection, **values: Any) -> list[Any]:
        """The rows, with their columns as attributes."""
        return list(map(self._row._make, self._run(session, values)))

    def kept(self, session: Session, make: Callable[[Any], Any], **values: Any) -> Any | None:
        """The first row, or None, as `make` makes it; nobody may change it, for equal rows give the same object again.

        It depends on nothing but what the driver gave, so that it is right whatever was written or undone meanwhile.
        """
        connection = connection_of(session)
        statement = self._statement.on(connection)
        row = next(iter(statement.raw(connection, values)), None)
        if row is None:
            return None
        try:
            known = self._kept.get(row)
        except TypeError:  # PostgreSQL's driver has read a JSON document already, into something that has no hash
            return make(self._row._make(statement.cooked(row)))
        if known is None:
            known = make(self._row._make(statement.cooked(row)))
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[row] = known
        return known

    def first(self, session: Session, **values: Any) -> Any | None:
        """The first row, or None."""
        return next(iter(self.all(session, **values)), None)

    def documents(self, session: Session, **values: Any) -> list[Any]:
        """The rows with their columns as attributes, as msgspec writes them out: JSON objects with the columns' names."""
        return list(starmap(self._document, self._run(session, values)))

    def _run(self, session: Session | Connection, values: dict[str, Any]) -> Iterable[Sequence[Any]]:
        connection = connection_of(session)
        return self._statement.on(connection).run(connection, values)


class HotWrite:
    """An INSERT, UPDATE or DELETE with named parameters, run as `Hot` runs a SELECT. No default of a column is filled in."""

    def __init__(self, statement: Insert | Update | Delete, *parameters: str) -> None:
        """`parameters` of an INSERT are the columns that it gets values for; all of its table's by default."""
        returned = tuple(statement.exported_columns)
        names: Sequence[str] | None = None
        if isinstance(statement, Insert):
            table: Any = statement.table
            names = parameters or [column.key for column in table.columns]
            names = None if statement.select is not None else names
            statement = statement if returned else statement.inline()
        self._statement = _Statement(statement, returned, names)

    def run(self, session: Session, **values: Any) -> list[Sequence[Any]]:
        """Run it once; the rows that it returns. Raises IntegrityError and others of SQLAlchemy's."""
        connection = connection_of(session)
        return list(self._statement.on(connection).run(connection, values, writes=True))

    def many(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Run it for each of `rows`, in one go."""
        if rows:
            self._statement.on(connection).run_many(connection, rows)


class _Compiled:
    """A statement for one kind of database."""

    def __init__(
        self, statement: Any, columns: Sequence[Any], parameters: Sequence[str] | None, dialect: Dialect
    ) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=parameters)
        self._text = str(compiled)
        self._error: type[Exception] = dialect.loaded_dbapi.Error
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}
        kinds = {name: parameter.type.dialect_impl(dialect) for name, parameter in compiled.binds.items()}
        binds = {name: _binder(kind, dialect) for name, kind in kinds.items()}
        order = compiled.positiontup if compiled.positional else None
        self._direct = None
        if dialect.name == "postgresql":
            from interlinker_shared.db.postgres.direct import direct, numbered  # noqa: PLC0415 - SQLite needs no driver

            self._direct = direct
            self._text, order = numbered(self._text)
        self._positional = order is not None
        self._binds = [(name, binds[name]) for name in (binds if order is None else order)]
        self._returns = bool(columns)
        processors = [(place, _processor(column.type, dialect)) for place, column in enumerate(columns)]
        self._results = [(place, processor) for place, processor in processors if processor]

    def run(self, connection: Connection, values: dict[str, Any], *, writes: bool = False) -> Iterable[Sequence[Any]]:
        rows = self.raw(connection, values, writes=writes)
        if not self._results or not rows:
            return rows
        columns: list[Sequence[Any]] = list(zip(*rows, strict=False))
        for place, process in self._results:
            columns[place] = [process(value) for value in columns[place]]
        return zip(*columns, strict=False)

    def raw(self, connection: Connection, values: dict[str, Any], *, writes: bool = False) -> Sequence[Sequence[Any]]:
        """The rows as the driver gives them."""
        if writes:
            count_write(connection)
        try:
            if self._direct is not None:
                return self._direct(connection).run(self._text, self._bound(values))
            driver: Any = connection.connection.driver_connection
            cursor = driver.execute(self._text, self._bound(values))
            return cursor.fetchall() if self._returns else ()
        except self._error as error:
            raise DBAPIError.instance(self._text, values, error, self._error) from error

    def cooked(self, row: Sequence[Any]) -> Sequence[Any]:
        """One row as the columns' types have it."""
        cells = list(row)
        for place, process in self._results:
            cells[place] = process(cells[place])
        return cells

    def run_many(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        count_write(connection)
        bound = [self._bound(row) for row in rows]
        try:
            if self._direct is not None:
                self._direct(connection).run_many(self._text, bound)
                return
            with contextlib.closing(connection.connection.cursor()) as cursor:
                cursor.executemany(self._text, bound)
        except self._error as error:
            raise DBAPIError.instance(self._text, rows, error, self._error) from error

    def _bound(self, values: dict[str, Any]) -> Any:
        given = self._fixed | values if self._fixed else values
        if self._positional:
            return [given[name] if bind is None else bind(given[name]) for name, bind in self._binds]
        return {name: given[name] if bind is None else bind(given[name]) for name, bind in self._binds}


def each(name: str, kind: type[TypeEngine[Any]]) -> ColumnElement[Any]:
    """A column with the values of the list that parameter `name` gets, one parameter however many there are.

    `column.in_(select(each("ids", Uuid)))` finds those of a list; an INSERT from a SELECT of it inserts one row for each.
    """
    # The name matters: SQLite's function has a column `value`, PostgreSQL's has one that is called as the function is.
    return _Each(bindparam(name, type_=_List(kind))).column_valued("value")


class _Each(FunctionElement[Any]):
    """A list as rows."""

    inherit_cache = True


@compiles(_Each, "sqlite")
def _json_each(element: _Each, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_Each, "postgresql")
def _unnest(element: _Each, compiler: SQLCompiler, **options: Any) -> str:
    return f"unnest({compiler.process(element.clauses, **options)})"


class _List(TypeDecorator[Sequence[Any]]):
    """A list as one parameter: an array where there are arrays, else JSON."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[TypeEngine[Any]]) -> None:
        super().__init__()
        self._kind = kind

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Arrays on PostgreSQL."""
        if dialect.name != "postgresql":
            return dialect.type_descriptor(Text())
        from sqlalchemy.dialects.postgresql import ARRAY  # noqa: PLC0415 - most run on SQLite

        return dialect.type_descriptor(ARRAY(self._kind))

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        """JSON of what each of them is to SQLite."""
        if dialect.name == "postgresql" or value is None:
            return value
        bind = self._kind().dialect_impl(dialect).bind_processor(dialect)
        return msgspec.json.encode([bind(one) for one in value] if bind else value).decode()


def wire(**columns: ColumnElement[Any] | InstrumentedAttribute[Any]) -> list[ColumnElement[Any]]:
    """Columns for `Hot.documents`: under the names and in the form that the wire has."""
    return [_on_the_wire(column).label(name) for name, column in columns.items()]


def _on_the_wire(column: Any) -> Any:
    found = next((way for kind, way in _WIRE.items() if isinstance(column.type, kind)), None)
    return column if found is None else type_coerce(column, found)


def _binder(kind: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    """SQLAlchemy's own way for the two commonest types takes three calls where one is enough."""
    if dialect.name == "sqlite":
        if isinstance(kind, Uuid):
            return _uuid_digits
        if isinstance(kind, UtcDateTime):
            return _sqlite_time
    return kind.bind_processor(dialect)


def _uuid_digits(value: UUID | None) -> str | None:
    return None if value is None else value.hex


def _sqlite_time(value: datetime | None) -> str | None:
    if value is None:
        return None
    return without_zone(value).isoformat(" ", "microseconds")


def _processor(kind: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _uuid(value: Any) -> str | None:
    """SQLite keeps the bare digits."""
    return value and f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"


def _time(value: Any) -> str | None:
    """`2026-11-24T09:00:00.120000Z`."""
    return value and f"{value[:10]}T{value[11:].removesuffix('.000000')}Z"


def _json(value: Any) -> Any:
    """Nothing is parsed."""
    return value and msgspec.Raw(value.encode())


class _Wire(UserDefinedType[Any]):
    """A column that is read in the form that the wire has, without an object of ours in between."""

    cache_ok = True

    def __init__(self, read: Processor) -> None:
        """`read` takes what SQLite gives."""
        self.read = read

    def result_processor(self, dialect: Dialect, _coltype: object) -> Processor | None:
        """PostgreSQL's driver gives objects that msgspec writes out in just this form, faster than anything here could."""
        return None if dialect.name == "postgresql" else self.read


_WIRE: dict[type[TypeEngine[Any]], TypeEngine[Any]] = {
    Uuid: _Wire(_uuid),
    UtcDateTime: _Wire(_time),
    JsonText: _Wire(_json),
}
