"""A slow disk: a small library that is compiled here and delays every fsync of what is started with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.bench.processes import BenchError

SOURCE = Path(__file__).parent / "slow_fsync.c"
MILLISECONDS = 5.0
PROBES = 20
PROBE = """
import os, sys, time
file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
taken = []
for _ in range(int(sys.argv[2])):
    os.pwrite(file, b"x" * 512, 0)
    began = time.perf_counter()
    os.fdatasync(file)
    taken.append(time.perf_counter() - began)
print(min(taken) * 1000)
"""


@dataclass(frozen=True)
class SlowDisk:
    """`milliseconds` more for every fsync; `plain` is how many one takes without."""

    library: Path
    milliseconds: float
    plain: float

    @property
    def environment(self) -> dict[str, str]:
        """What a process has to be started with."""
        return {"LD_PRELOAD": str(self.library), "BENCH_FSYNC_MS": str(self.milliseconds)}

    def require_effect(self, slowed: float) -> None:
        """BenchError unless something that waits for one fsync takes so much longer: `slowed` milliseconds."""
        if slowed < self.milliseconds or slowed < self.plain + self.milliseconds / 2:
            raise BenchError(
                f"an fsync takes {slowed:.1f} ms with the slow disk and {self.plain:.1f} ms without: it has no effect"
            )


def make_slow_disk(folder: Path, milliseconds: float = MILLISECONDS) -> SlowDisk:
    """Compile it below `folder`; BenchError where that cannot be done or where it has no effect."""
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
    disk = SlowDisk(library, milliseconds, milliseconds_per_fsync(folder, {}))
    disk.require_effect(milliseconds_per_fsync(folder, disk.environment))
    return disk


def milliseconds_per_fsync(folder: Path, env: Mapping[str, str]) -> float:
    """How long a process with this environment waits at least for an fsync of a small write in `folder`: neighbours only add."""
    command = [sys.executable, "-c", PROBE, str(folder / "probe"), str(PROBES)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **env})
    return float(said.stdout)
