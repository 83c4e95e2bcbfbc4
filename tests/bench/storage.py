"""Where a block keeps its data while it is measured, and how to look there from outside."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import psycopg

from interlinker_shared.postgres_server import PostgresServer, find_programs
from interlinker_shared.testing import free_port
from tests.bench.processes import BenchError
from tests.bench.slow_disk import SlowDisk

NAMES = ("sqlite", "postgresql")


class Storage(Protocol):
    """The database of one running block."""

    @property
    def environment(self) -> Mapping[str, str]:
        """What the block's process needs in its environment to use it."""
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """The same as keyword arguments of the block's settings class."""
        ...

    @property
    def url(self) -> str:
        """How SQLAlchemy reaches its tables."""
        ...

    def count(self, table: str) -> int:
        """How many rows are committed in `table`."""
        ...


@dataclass(frozen=True)
class SqliteStorage:
    """The file that a block makes in its data folder when nobody tells it otherwise."""

    block: str
    data: Path
    disk: SlowDisk | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """A slow disk, if there is one: the block itself writes."""
        return self.disk.environment if self.disk else {}

    @property
    def settings(self) -> Mapping[str, Any]:
        """See Storage."""
        return {"data_dir": self.data}

    @property
    def url(self) -> str:
        """See Storage."""
        return f"sqlite:///{self.data / self.block}.sqlite3"

    def count(self, table: str) -> int:
        """See Storage."""
        file = f"file:{self.data / self.block}.sqlite3?mode=ro"
        with contextlib.closing(sqlite3.connect(file, uri=True)) as connection:
            counted: int = connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608 - our own name
            return counted


@dataclass(frozen=True)
class PostgresStorage:
    """A database of its own in a cluster that the benchmark runs; the block makes a schema named after it there."""

    block: str
    data: Path
    address: str

    @property
    def environment(self) -> Mapping[str, str]:
        """See Storage."""
        return {"DATABASE_URL": self.address}

    @property
    def settings(self) -> Mapping[str, Any]:
        """See Storage."""
        return {"data_dir": self.data, "database_url": self.address}

    @property
    def url(self) -> str:
        """See Storage."""
        return f"{self.address}?options=-csearch_path%3D{self.block}"

    def count(self, table: str) -> int:
        """See Storage."""
        with psycopg.connect(self.address) as connection:
            row = connection.execute(f'SELECT count(*) FROM "{self.block}"."{table}"').fetchone()  # noqa: S608 - our own names
            assert row is not None
            return int(row[0])


@dataclass
class Storages:
    """Opens storages; a cluster is started when the first block wants it, and serves all blocks with an equal disk."""

    _stack: contextlib.ExitStack
    _clusters: dict[float, PostgresServer] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)

    def open(self, name: str, block: str, data: Path, *, disk: SlowDisk | None = None) -> Storage:
        """A new and empty one of this kind for `block`, on a slow disk if one is given."""
        if name == "sqlite":
            return SqliteStorage(block, data, disk)
        cluster = self._cluster(disk)
        database = f"bench_{next(self._numbers)}"
        with psycopg.connect(cluster.url, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {database}")
        return PostgresStorage(block, data, cluster.url.replace("/postgres", f"/{database}"))

    def _cluster(self, disk: SlowDisk | None) -> PostgresServer:
        key = disk.milliseconds if disk else 0.0
        if key not in self._clusters:
            self._clusters[key] = self._stack.enter_context(durable_cluster(disk))
        return self._clusters[key]


@contextlib.contextmanager
def storages() -> Iterator[Storages]:
    """For as long as the block lasts."""
    with contextlib.ExitStack() as stack:
        yield Storages(stack)


@contextlib.contextmanager
def durable_cluster(disk: SlowDisk | None) -> Iterator[PostgresServer]:
    """A cluster that waits for the disk as an operator's would; BenchError where there is none or the slow disk has no effect."""
    try:
        find_programs()
    except RuntimeError as error:
        raise BenchError(str(error)) from error
    with tempfile.TemporaryDirectory(prefix="interlinkers-bench-", ignore_cleanup_errors=True) as folder:
        server = PostgresServer(Path(folder), free_port())
        with _in_environment(_reachable(disk, Path(folder)) if disk else {}):
            server.start()
        try:
            if disk is not None:
                disk.require_effect(milliseconds_per_commit(server.url))
            yield server
        finally:
            server.stop("immediate")


def milliseconds_per_commit(url: str, commits: int = 20) -> float:
    """How long a small transaction takes at least."""
    taken = []
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE probe (n int)")
        for number in range(commits):
            began = time.perf_counter()
            connection.execute("INSERT INTO probe VALUES (%s)", [number])
            taken.append(time.perf_counter() - began)
        connection.execute("DROP TABLE probe")
    return min(taken) * 1000


def _reachable(disk: SlowDisk, folder: Path) -> dict[str, str]:
    """The slow disk's environment with its library where the cluster's user may read it."""
    library = Path(shutil.copy(disk.library, folder / "slow_fsync.so"))
    library.chmod(0o755)
    return {**disk.environment, "LD_PRELOAD": str(library)}


@contextlib.contextmanager
def _in_environment(more: Mapping[str, str]) -> Iterator[None]:
    # The cluster's processes inherit ours; what is preloaded has no effect on a process that runs already.
    kept = dict(os.environ)
    os.environ.update(more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)
