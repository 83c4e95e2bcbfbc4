"""A slow disk: a small library that is compiled here and delays every fsync of what is started with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.bench.processes import BenchError

SOURCE = Path(__file__).parent / "slow_fsync.c"
MILLISECONDS = 5.0
PROBES = 5
PROBE = """
import os, sys, time
file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
began = time.perf_counter()
for _ in range(int(sys.argv[2])):
    os.pwrite(file, b"x" * 512, 0)
    os.fdatasync(file)
print((time.perf_counter() - began) / int(sys.argv[2]) * 1000)
"""


def slow_disk(folder: Path, milliseconds: float = MILLISECONDS) -> dict[str, str]:
    """The environment that makes every fsync take so much longer; BenchError where it cannot be had or has no effect."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise BenchError(
            "there is no C compiler to make the slow disk; on Debian and Ubuntu: apt install gcc libc6-dev"
        )
    library = folder / "slow_fsync.so"
    command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl"]
    compiled = subprocess.run(command, check=False, capture_output=True, text=True)
    if compiled.returncode:
        raise BenchError(f"the slow disk does not compile: {compiled.stderr.strip()[-300:]}")
    slow = {"LD_PRELOAD": str(library), "BENCH_FSYNC_MS": str(milliseconds)}
    require_slower(milliseconds_per_fsync(folder, {}), milliseconds_per_fsync(folder, slow), milliseconds)
    return slow


def milliseconds_per_fsync(folder: Path, env: dict[str, str]) -> float:
    """How long a process with this environment waits for an fsync of a small write in `folder`."""
    command = [sys.executable, "-c", PROBE, str(folder / "probe"), str(PROBES)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **env})
    return float(said.stdout)


def require_slower(plain: float, slowed: float, milliseconds: float) -> None:
    """BenchError unless an fsync of `plain` milliseconds became one of about `milliseconds` more."""
    if slowed < milliseconds or slowed < plain + milliseconds / 2:
        raise BenchError(
            f"an fsync takes {slowed:.1f} ms with the slow disk and {plain:.1f} ms without: it has no effect"
        )
