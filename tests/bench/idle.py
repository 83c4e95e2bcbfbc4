"""What a service costs while nobody uses it: seconds until it is healthy, memory, and processor time at rest."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from interlinker_shared.services.join import mint_join_token
from interlinker_shared.testing import SECRET, free_port, nats_server

MEBIBYTE_IN_KB = 1024
PATIENCE_SECONDS = 60.0
LOOK_AGAIN_SECONDS = 0.005
SETTLE_SECONDS = 3.0
"""After it is healthy a service connects, registers and does its first housekeeping: that is start, not rest."""

NOT_ITS_OWN = ("NATS_URL", "REGISTRY_URL", "REGISTRY_SECRET", "PYTHONDONTWRITEBYTECODE")
"""Left out of its environment: who is around, and that Python shall compile anew what pip has compiled once."""


@dataclass(frozen=True)
class Start:
    """One start: `healthy` seconds until `/health/ready` answered 200, `work` seconds of processor time up to then."""

    healthy: float
    work: float


@dataclass(frozen=True)
class Idle:
    """What was measured. `first` made the tables, `start` found them there, as every later start does.

    `rss` counts every page of the process in MiB, `pss` those it shares by their share. `cpu` is per cent of one core at rest.
    """

    service: str
    first: Start
    start: Start
    rss: float
    pss: float
    cpu: float


def measure_idle(service: str, *, extra_env: Mapping[str, str], seconds: float) -> Idle:
    """Start `service` twice on an empty folder, leave it alone for `seconds`, and end it.

    `extra_env` says who is around, such as `with family_around() as environment` gives; without, it stands alone.
    Raises RuntimeError when it ends or is not healthy within a minute.
    """
    with tempfile.TemporaryDirectory() as folder:
        with _running(service, Path(folder), extra_env) as (_, first):
            pass
        with _running(service, Path(folder), extra_env) as (pid, start):
            time.sleep(SETTLE_SECONDS)
            cpu = _share_of_a_core(pid, seconds)
            rss, pss = memory_of(pid)
    return Idle(service, first, start, rss, pss, cpu)


@contextlib.contextmanager
def family_around() -> Iterator[dict[str, str]]:
    """A nats-server and a registry for as long as the block lasts; the environment that leads a service to them."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        with nats_server(Path(folder) / "nats", port):
            environment = {"NATS_URL": f"nats://127.0.0.1:{port}", "REGISTRY_SECRET": SECRET}
            own_port = free_port()
            with _running("registry", Path(folder), environment, own_port):
                yield environment | {"REGISTRY_URL": f"http://127.0.0.1:{own_port}"}


def memory_of(pid: int) -> tuple[float, float]:
    """Resident and proportional set size of a process, in MiB (proc(5), smaps_rollup)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    sizes = {name: int(value.split()[0]) for name, _, value in (line.partition(":") for line in lines)}
    return sizes["Rss"] / MEBIBYTE_IN_KB, sizes["Pss"] / MEBIBYTE_IN_KB


def work_of(pid: int) -> float:
    """Seconds of processor time that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def _running(
    service: str, folder: Path, extra_env: Mapping[str, str], port: int | None = None
) -> Iterator[tuple[int, Start]]:
    port = port or free_port()
    program = Path(sys.executable).parent / f"interlinker-{service}"
    alone = {name: value for name, value in os.environ.items() if name not in NOT_ITS_OWN}
    if "REGISTRY_URL" in extra_env:
        alone["JOIN_TOKEN"] = mint_join_token(SECRET, service)
    began = time.monotonic()
    process = subprocess.Popen(
        [program, "serve", "--port", str(port)], cwd=folder, env=alone | dict(extra_env), stderr=subprocess.DEVNULL
    )
    try:
        _until_healthy(process, port)
        yield process.pid, Start(time.monotonic() - began, work_of(process.pid))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)


def _until_healthy(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _is_healthy(port):
        if process.poll() is not None or time.monotonic() > deadline:
            message = f"{process.args!r} is not healthy (it ended with {process.poll()})"
            raise RuntimeError(message)
        time.sleep(LOOK_AGAIN_SECONDS)


def _is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.client.OK
    return False


def _share_of_a_core(pid: int, seconds: float) -> float:
    before, began = work_of(pid), time.monotonic()
    time.sleep(seconds)
    return 100 * (work_of(pid) - before) / (time.monotonic() - began)
