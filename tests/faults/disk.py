"""A disk so small that a test can fill it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg

from interlinker_shared.postgres_server import PostgresServer

BLOCK = 64 * 1024
NOT_ROOT = "NOT RUN: only root may mount a small disk (CI is root)"


def may_mount() -> bool:
    """Whether this process may; where it may not, nobody can say what a full disk does."""
    return os.geteuid() == 0


class SmallDisk:
    """A disk in memory, mounted."""

    def __init__(self, folder: Path) -> None:
        """It is mounted at `folder`."""
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Leave no room."""
        with contextlib.suppress(OSError), self._ballast.open("ab", buffering=0) as file:
            while True:
                file.write(bytes(BLOCK))

    def free(self) -> None:
        """Take away what filled it."""
        self._ballast.unlink(missing_ok=True)


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """A disk at `folder` for as long as the block; needs root."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], check=True)
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextlib.contextmanager
def database_on(disk: SmallDisk, server: PostgresServer) -> Iterator[str]:
    """The address of a database whose tables are on `disk`; the server's own files and its log are elsewhere."""
    with psycopg.connect(server.url, autocommit=True) as admin:
        row = admin.execute("SHOW data_directory").fetchone()
        assert row is not None
        space = disk.folder / "space"
        space.mkdir()
        shutil.chown(space, Path(row[0]).stat().st_uid)
        admin.execute(f"CREATE TABLESPACE small LOCATION '{space}'".encode())
        admin.execute("CREATE DATABASE small TABLESPACE small")
        yield server.url.removesuffix("/postgres") + "/small"
        admin.execute("DROP DATABASE small WITH (FORCE)")
        admin.execute("DROP TABLESPACE small")
