"""The whole family running for tests: started by its own command, on ports and in a folder that nobody else uses."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, TypeVar

from deploy.demo.services import family, secret_of, until_ready

T = TypeVar("T")

SERVICES = ("gateway", "registry", "forum", "survey", "ideation")
PORTS = 20


@dataclass(frozen=True)
class Family:
    """A running family: where it writes, and where its gateway is."""

    var: Path
    port_base: int

    @property
    def url(self) -> str:
        """The gateway's address."""
        return f"http://127.0.0.1:{self.port_base}"

    @property
    def secret(self) -> str:
        """What its gateway signs with for itself."""
        return secret_of(self.var)

    def secret_of(self, service: str) -> str:
        """What a service of the family signs with for itself."""
        return (self.var / service / f"{service}.secret").read_text().strip()

    def url_of(self, service: str) -> str:
        """A block's own address."""
        return f"http://127.0.0.1:{self.port_base + SERVICES.index(service)}"

    def kill(self, service: str) -> bool:
        """End a service as a power cut would; supervisor starts it again. False while it is not up from the last time."""
        program = str(Path(sys.executable).parent / "supervisorctl")
        command = [program, "-c", str(self.var / "supervisord.conf"), "pid", service]
        asked = subprocess.run(command, check=False, capture_output=True, text=True)
        if asked.returncode:
            return False
        os.kill(int(asked.stdout), signal.SIGKILL)
        return True


def finish(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end on a loop of its own: a browser under test may occupy that of this thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def missing() -> list[str]:
    """Which services are not installed here."""
    installed = {entry.name for entry in entry_points(group="interlinkers.services")}
    return [name for name in SERVICES if name not in installed]


@contextlib.contextmanager
def running(var: Path) -> Iterator[tuple[Family, subprocess.Popen[bytes]]]:
    """Start the family below `var`; end it with the block."""
    base = free_range()
    kept = {name: os.environ.get(name) for name in ("PORT_BASE", "NATS_URL", "GATEWAY_SECRET")}
    os.environ.update(PORT_BASE=str(base))
    os.environ.pop("NATS_URL", None)
    os.environ.pop("GATEWAY_SECRET", None)
    try:
        with family(var) as process:
            yield Family(var, base), process
    finally:
        for name, value in kept.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def free_range() -> int:
    """The first of twenty neighbouring ports that nobody listens on; each worker of the tests looks in a place of its own."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    bases = range(18_100 + 1_000 * worker, 30_000, 100)
    return next(base for base in bases if all(_is_free(base + offset) for offset in range(PORTS)))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


__all__ = ["Family", "finish", "missing", "running", "until_ready"]
