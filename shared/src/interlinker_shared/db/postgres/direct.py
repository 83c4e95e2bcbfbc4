"""Prepared statements straight through libpq: a psycopg cursor costs three times as much as everything else about them."""

from __future__ import annotations

import contextlib
import re
import select
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import psycopg
from psycopg import errors, pq
from psycopg.adapt import PyFormat, Transformer
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

AT_ONCE = 256  # answers to so many statements fit into the system's buffers, so that neither side waits for the other
_KEY = "direct"
_DONE = {pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK}
_SLOT = re.compile(r"%\((\w+)\)s|%%")

Values = Sequence[Any]
_Prepared = tuple[bytes, Sequence[Any], Sequence[pq.Format] | None]  # results come as text, which is the default


class Direct:
    """One connection's prepared statements. The driver keeps its transaction and goes on to work beside it."""

    def __init__(self, driver: psycopg.Connection[Any]) -> None:
        """Nothing is prepared yet."""
        self._driver = driver
        self._pg = driver.pgconn
        self._transformer = Transformer(driver)
        self._gathered: list[_Prepared] | None = None
        self._names: dict[tuple[str, tuple[int, ...]], bytes] = {}
        self._poll = select.poll()
        self._poll.register(self._pg.socket, select.POLLIN)

    def run(self, text: str, values: Values) -> list[tuple[Any, ...]]:
        """Run one statement, with parameters `$1` and so on; its rows. Raises psycopg.Error."""
        self._send_gathered()
        if self._in_transaction():
            found = self._pg.exec_prepared(*self._prepared(text, values))
            _check(found)
        else:
            found = self._send([self._beginning(), self._prepared(text, values)])[-1]
        self._transformer.set_pgresult(found)
        return self._transformer.load_rows(0, found.ntuples, tuple)

    def run_many(self, text: str, rows: Iterable[Values]) -> None:
        """Run one statement for each of `rows` in a few round trips; what they return is dropped. Later, where it may be."""
        if not self._in_transaction():
            self._send([self._beginning()])
        if self._gathered is not None:
            self._gathered += [self._prepared(text, values) for values in rows]
            return
        waiting = iter(rows)
        while some := list(islice(waiting, AT_ONCE)):
            prepared = [self._prepared(text, values) for values in some]
            if len(prepared) == 1:
                _check(self._pg.exec_prepared(*prepared[0]))
            else:
                self._send(prepared)

    def roll_back(self) -> None:
        """End what was only read, for less than it costs the driver."""
        if self._pg.transaction_status in (pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR):
            self._pg.exec_(b"ROLLBACK")

    @contextlib.contextmanager
    def gather(self) -> Iterator[None]:
        """Within the block, what many rows are written with may wait for the next statement that answers, or for the end."""
        self._gathered = []
        try:
            yield
            self._send_gathered()
        finally:
            self._gathered = None

    def _send_gathered(self) -> None:
        if self._gathered:
            gathered, self._gathered = self._gathered, []
            for first in range(0, len(gathered), AT_ONCE):
                self._send(gathered[first : first + AT_ONCE])

    def _send(self, prepared: Sequence[_Prepared]) -> list[pq.abc.PGresult]:
        """Their results, one each, after one round trip."""
        self._pg.enter_pipeline_mode()
        try:
            for one in prepared:
                self._pg.send_query_prepared(*one)
            self._pg.pipeline_sync()
            results = list(self._results())
        finally:
            self._pg.exit_pipeline_mode()
        for result in results:
            _check(result)  # the first that failed, of which those after it only say that they were skipped
        return results

    def _results(self) -> Iterator[pq.abc.PGresult]:
        """All up to the end of the pipeline; between two there is a None each."""
        while True:
            result = self._next()
            if result is None:
                continue
            if result.status == pq.ExecStatus.PIPELINE_SYNC:
                return
            yield result

    def _next(self) -> pq.abc.PGresult | None:
        while self._pg.flush():
            self._poll.poll(1)
            self._pg.consume_input()
        while self._pg.is_busy():
            self._poll.poll()  # without holding up the other threads, which reading the result would
            self._pg.consume_input()
        return self._pg.get_result()

    def _prepared(self, text: str, values: Values) -> _Prepared:
        bound = self._transformer.dump_sequence(values, (PyFormat.AUTO,) * len(values))
        return self._name(text), bound, self._transformer.formats

    def _name(self, text: str) -> bytes:
        """The name of the statement for parameters of the types that were bound last."""
        types = tuple(self._transformer.types or ())
        name = self._names.get((text, types))
        if name is None:
            name = b"direct_%d" % len(self._names)
            _check(self._pg.prepare(name, text.encode(), types))
            self._names[text, types] = name
        return name

    def _in_transaction(self) -> bool:
        return self._driver.autocommit or self._pg.transaction_status != pq.TransactionStatus.IDLE

    def _beginning(self) -> _Prepared:
        level = self._driver.isolation_level
        isolation = f" ISOLATION LEVEL {level.name.replace('_', ' ')}" if level is not None else ""
        return self._prepared(f"BEGIN{isolation}", ())


def direct(connection: Connection) -> Direct:
    """The one of this connection."""
    found = connection.info.get(_KEY)
    if found is None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)  # noqa: S101 - narrows the type
        found = connection.info[_KEY] = Direct(driver)
    made: Direct = found
    return made


def run(connection: Connection, text: str, values: Values) -> list[tuple[Any, ...]]:
    """Run a statement of one's own; its rows. Raises DBAPIError and its kinds."""
    with _explained(text, values):
        return direct(connection).run(text, values)


@contextlib.contextmanager
def gathered(connection: Connection) -> Iterator[None]:
    """See Direct.gather. Raises DBAPIError and its kinds."""
    with _explained("what was gathered", ()), direct(connection).gather():
        yield


@contextlib.contextmanager
def _explained(text: str, values: Values) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise DBAPIError.instance(text, values, error, psycopg.Error) from error


def numbered(text: str) -> tuple[str, list[str]]:
    """A statement in the driver's form, `%(name)s`, with numbered parameters instead, and their names in order."""
    names: list[str] = []

    def slot(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            return "%"
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    return _SLOT.sub(slot, text), names


def _check(result: pq.abc.PGresult) -> None:
    if result.status not in _DONE:
        raise _error(result)


def _error(result: pq.abc.PGresult) -> psycopg.Error:
    if result.error_field(pq.DiagnosticField.SQLSTATE) is None:  # libpq itself speaks: the server is away
        return psycopg.OperationalError(result.error_message.decode(errors="replace"))
    return errors.error_from_result(result)
