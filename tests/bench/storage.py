"""Where a block keeps its data while it is measured, and how to look there from outside."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


class Storage(Protocol):
    """The database of one running block."""

    @property
    def environment(self) -> Mapping[str, str]:
        """Settings that make the block use it."""
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """The same as keyword arguments of the block's settings class."""
        ...

    @property
    def url(self) -> str:
        """How SQLAlchemy reaches it."""
        ...

    def count(self, table: str) -> int:
        """How many rows are committed in `table`."""
        ...


@dataclass(frozen=True)
class SqliteStorage:
    """The file that a block makes in its data folder when nobody tells it otherwise."""

    block: str
    data: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """None is needed."""
        return {}

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


@contextlib.contextmanager
def sqlite_storage(block: str, folder: Path) -> Iterator[SqliteStorage]:
    """A file below `folder`."""
    yield SqliteStorage(block, folder)


STORAGES = {"sqlite": sqlite_storage}
