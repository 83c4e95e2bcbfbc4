"""Load: `wrk` on its own core sends prepared requests, and what came back is checked before it counts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.bench.processes import CLIENT_CORE, BenchError, Server

SCRIPT = Path(__file__).parent / "wrk.lua"
HOST = "bench"
SLACK_SECONDS = 30


@dataclass(frozen=True)
class Load:
    """What one run of `wrk` found; `cpu_us` are microseconds of the server's processor time per request."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    bytes_each: float

    @property
    def per_second(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


def require_wrk() -> str:
    """The path of `wrk`; BenchError says how to install it."""
    found = shutil.which("wrk")
    if found is None:
        raise BenchError("wrk is missing; on Debian and Ubuntu: apt install wrk")
    return found


def request(method: str, path: str, *, body: object = None, headers: Mapping[str, str] | None = None) -> bytes:
    """One HTTP/1.1 request as it goes over the wire."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {HOST}",
        *(f"{key}: {value}" for key, value in (headers or {}).items()),
    ]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join([*lines, "", ""]).encode() + content


def prepare(file: Path, requests: Iterable[bytes]) -> Path:
    """Write requests where `wrk` finds them."""
    file.write_bytes(b"\0".join(requests))
    return file


def put_load_on(server: Server, prepared: Path, *, connections: int, seconds: int) -> Load:
    """Send prepared requests over so many connections; BenchError when a single one was refused or broke off."""
    command = [require_wrk(), "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
    command += ["-s", str(SCRIPT), server.url, "--", str(prepared)]
    before = server.cpu_seconds
    said = _run_on(CLIENT_CORE, command, seconds + SLACK_SECONDS)
    return read_load(said, server.cpu_seconds - before)


def read_load(said: str, cpu_seconds: float) -> Load:
    """The load from what the script printed last."""
    found = json.loads(said.strip().rpartition("\n")[2])
    if not found["requests"] or found["refused"] or found["broken"]:
        raise BenchError(
            f"of {found['requests']} answers {found['refused']} were errors and {found['broken']} broke off: not measured"
        )
    return Load(
        requests=found["requests"],
        seconds=found["microseconds"] / 1e6,
        p50_ms=found["p50"] / 1e3,
        p99_ms=found["p99"] / 1e3,
        cpu_us=cpu_seconds / found["requests"] * 1e6,
        bytes_each=found["bytes"] / found["requests"],
    )


def _run_on(core: int, command: list[str], timeout: float) -> str:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        os.sched_setaffinity(process.pid, {core})
        said, _ = process.communicate(timeout=timeout)
    finally:
        process.kill()  # nothing when it has ended by itself
        process.wait()
    if process.returncode:
        raise BenchError(f"wrk failed: {said.strip()}")
    return said
