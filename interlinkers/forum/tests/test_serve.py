"""The program alone: no broker, no registry, no gateway."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from interlinker_shared.testing import free_port, wait_for_port

PROGRAM = [sys.executable, "-c", "from interlinker_forum.cli import main; main()"]
LONGEST_START = 2.0
PATIENCE = 30.0
MOST_OF_LIBRARIES = 3.2  # 2.2 to 2.7 were measured, the latter beside other work


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in {"NATS_URL", "REGISTRY_URL"}}


@contextlib.contextmanager
def running(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A forum that listens, started in an empty folder."""
    process = subprocess.Popen([*PROGRAM, "serve", "--port", str(port)], cwd=folder, env=environment())
    try:
        wait_on_a_busy_machine(port)
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE)


def wait_on_a_busy_machine(port: int) -> None:
    for _ in range(2):
        with contextlib.suppress(TimeoutError):
            wait_for_port(port)
            return
    wait_for_port(port)


def work_of(pid: int) -> float:
    """Processor seconds of a process: what its start takes however busy the machine is."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def work_of_libraries() -> float:
    """Processor seconds that Python needs for the three largest libraries alone, on this machine, right now."""
    script = "import time, fastapi, sqlalchemy.orm, alembic.command; print(time.process_time())"
    return float(subprocess.run([sys.executable, "-c", script], check=True, capture_output=True).stdout)


def token(folder: Path) -> str:
    printed = subprocess.run([*PROGRAM, "token"], cwd=folder, env=environment(), check=True, capture_output=True)
    return printed.stdout.decode().strip()


def test_the_first_post_needs_nothing_but_this_program(tmp_path: Path) -> None:
    port = free_port()
    headers = {"Authorization": f"Bearer {token(tmp_path)}"}
    address = f"http://127.0.0.1:{port}"
    with running(tmp_path, port), httpx.Client(base_url=address, headers=headers, timeout=PATIENCE) as client:
        board = client.post("/boards", json={"title": "Our pool"}).json()["id"]
        assert client.post(f"/boards/{board}/open").status_code == 200
        topic = client.post(f"/boards/{board}/topics", json={"title": "Hours", "text": "Until ten?"}).json()["id"]
        post = client.post(f"/topics/{topic}/posts", json={"text": "Until *nine*"})
        assert (post.status_code, post.json()["html"]) == (201, "<p>Until <em>nine</em></p>\n")


@pytest.mark.slow  # wall-clock: it means something only on a machine that does nothing else
def test_it_is_healthy_within_two_seconds(tmp_path: Path) -> None:
    port, began = free_port(), time.monotonic()
    with running(tmp_path, port):
        assert httpx.get(f"http://127.0.0.1:{port}/health/ready").status_code == 200
        assert time.monotonic() - began < LONGEST_START


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processor time is read from /proc")
def test_its_start_costs_little_beside_what_its_libraries_cost(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path, port) as process:
        assert work_of(process.pid) < MOST_OF_LIBRARIES * work_of_libraries()
