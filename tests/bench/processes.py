"""Processes that the benchmark starts: each on a core of its own, each ended by its own pid however the run ends."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30.0
STOP_SECONDS = 15.0
TICKS = os.sysconf("SC_CLK_TCK")
MEGABYTE = 1_000_000


class BenchError(Exception):
    """A measurement that must not be reported: what was measured is not what was meant."""


def two_cores() -> tuple[int, int]:
    """One core for what is measured and another for who measures it; the same one twice where there is only one."""
    cores = sorted(os.sched_getaffinity(0))
    return cores[0], cores[1 % len(cores)]


SERVER_CORE, CLIENT_CORE = two_cores()


@contextlib.contextmanager
def running(
    command: Sequence[str],
    *,
    log: Path,
    core: int | None = None,
    env: Mapping[str, str] | None = None,
    stdin: int | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A process for as long as the block lasts. Its output goes to `log`; it runs on `core` only, if one is named."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**_inherited(), **(env or {})},
            stdin=stdin or subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C goes to us alone; we end it in our order
        )
    try:
        if core is not None:
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(process.pid, {core})  # before it has threads: they inherit it
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to stop; make it stop when it does not."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    url: str
    pid: int
    started_after: float  # seconds from its start until it was ready

    @property
    def cpu_seconds(self) -> float:
        """Processor time it has used so far, user and system."""
        return cpu_seconds(self.pid)


@contextlib.contextmanager
def serving(
    command: Sequence[str],
    port: int,
    *,
    log: Path,
    ready: str = "/",
    core: int | None = SERVER_CORE,
    env: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """A server on `port`, from when `ready` answers 200; BenchError with the end of its log when it does not."""
    began = time.monotonic()
    with running(command, log=log, core=core, env=env) as process:
        url = f"http://127.0.0.1:{port}"
        _until_ready(process, url + ready, log)
        yield Server(url, process.pid, time.monotonic() - began)


def block_command(name: str, port: int, data: Path) -> list[str]:
    """What an operator types to run one block."""
    program = Path(sys.executable).parent / f"interlinker-{name}"
    return [str(program), "serve", "--port", str(port), "--data", str(data)]


def cpu_seconds(pid: int) -> float:
    """Processor time of a process, user and system, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _inherited() -> dict[str, str]:
    # What an operator has set for a family that runs here must not leak into what is measured.
    ours = (
        "INTERLINKER",
        "NATS_URL",
        "DATABASE_URL",
        "REGISTRY_",
        "TEMPLATE_",
        "FORUM_",
        "SURVEY_",
        "IDEATION_",
        "GATEWAY_",
    )
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def _until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(timeout=2) as client:
        while not _is_ready(client, url):
            if process.poll() is not None or time.monotonic() > deadline:
                tail = log.read_text(errors="replace")[-1500:]
                raise BenchError(f"{url} never answered; its log ends with:\n{tail}")
            time.sleep(0.01)


def _is_ready(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
