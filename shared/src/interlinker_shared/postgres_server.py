"""A PostgreSQL for tests: a cluster of its own below a folder, from the programs that Debian installs."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

INSTALL = "PostgreSQL is missing. On Debian and Ubuntu: apt install postgresql"
NOT_ROOT = ("postgres", "nobody")
START_SECONDS = "30"


class PostgresServer:
    """One cluster, reached over TCP on the loopback address."""

    def __init__(self, folder: Path, port: int, *, durable: bool = True) -> None:
        """Make the cluster below `folder`; nothing runs yet. RuntimeError where PostgreSQL is not installed.

        Another user than root must be able to reach `folder`. Without `durable` it does not wait for the disk.
        """
        self._fsync = "on" if durable else "off"
        self._programs = find_programs()
        self._data = folder / "data"
        self._log = folder / "log"
        self.port = port
        folder.mkdir(parents=True, exist_ok=True)
        self._user = _other_user() if os.geteuid() == 0 else None
        if self._user is not None:
            shutil.chown(folder, self._user.pw_name)
        self._run("initdb", "-D", str(self._data), "-U", "interlinkers", "-A", "trust", "-E", "UTF8", "--locale=C")

    @property
    def url(self) -> str:
        """The address of its one database."""
        return f"postgresql://interlinkers@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories='' -c max_connections=200"
        )
        options += f" -c fsync={self._fsync}"
        self._run(
            "pg_ctl", "-D", str(self._data), "-l", str(self._log), "-o", options, "-w", "-t", START_SECONDS, "start"
        )

    def stop(self, mode: str = "fast") -> None:
        """Stop it; `immediate` is a crash."""
        self._run("pg_ctl", "-D", str(self._data), "-m", mode, "-w", "-t", START_SECONDS, "stop")

    def _run(self, program: str, *arguments: str) -> None:
        who = None if self._user is None else self._user.pw_uid
        command = [str(self._programs / program), *arguments]
        done = subprocess.run(  # noqa: S603 - Debian's own programs
            command, check=False, user=who, capture_output=True, text=True, cwd="/", env=_environment()
        )
        if done.returncode:
            message = f"{program} failed: {(done.stderr or done.stdout).strip()}"
            raise RuntimeError(message)


def find_programs() -> Path:
    """The folder of `initdb` and `pg_ctl`, of the newest version here; RuntimeError where there is none."""
    found = shutil.which("initdb")
    folders: Sequence[Path] = [Path(found).resolve().parent] if found else []
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    folders = [*folders, *(path.parent for path in reversed(debian))]
    if not folders:
        raise RuntimeError(INSTALL)
    return folders[0]


@contextlib.contextmanager
def running_postgres(port: int, *, durable: bool = True) -> Iterator[PostgresServer]:
    """A cluster that runs, and exists, for as long as the block."""
    with tempfile.TemporaryDirectory(prefix="interlinkers-postgres-", ignore_cleanup_errors=True) as folder:
        server = PostgresServer(Path(folder), port, durable=durable)
        server.start()
        try:
            yield server
        finally:
            with contextlib.suppress(RuntimeError):  # stopped by the test itself
                server.stop("immediate")


def _other_user() -> pwd.struct_passwd:
    for name in NOT_ROOT:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    message = f"PostgreSQL refuses to run as root, and there is none of the users {', '.join(NOT_ROOT)}."
    raise RuntimeError(message)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}
