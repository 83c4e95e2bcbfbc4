"""The program alone: no broker, no registry, no gateway."""

from __future__ import annotations

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
PATIENCE = 15.0


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in {"NATS_URL", "REGISTRY_URL"}}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, float]]:
    """The address of a forum just started in an empty folder, and the seconds until it was healthy."""
    port = free_port()
    began = time.monotonic()
    process = subprocess.Popen([*PROGRAM, "serve", "--port", str(port)], cwd=tmp_path, env=environment())
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for_port(port)
        assert httpx.get(f"{address}/health/ready").status_code == 200
        yield address, time.monotonic() - began
    finally:
        process.terminate()
        assert process.wait(PATIENCE) == 0


def token(folder: Path) -> str:
    printed = subprocess.run([*PROGRAM, "token"], cwd=folder, env=environment(), check=True, capture_output=True)
    return printed.stdout.decode().strip()


def test_the_first_post_needs_nothing_but_this_program(served: tuple[str, float], tmp_path: Path) -> None:
    address, _ = served
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token(tmp_path)}"}) as client:
        board = client.post("/boards", json={"title": "Our pool"}).json()["id"]
        assert client.post(f"/boards/{board}/open").status_code == 200
        topic = client.post(f"/boards/{board}/topics", json={"title": "Hours", "text": "Until ten?"}).json()["id"]
        post = client.post(f"/topics/{topic}/posts", json={"text": "Until *nine*"})
        assert (post.status_code, post.json()["html"]) == (201, "<p>Until <em>nine</em></p>\n")


def test_it_is_healthy_within_two_seconds(served: tuple[str, float]) -> None:
    _, seconds = served
    assert seconds < LONGEST_START
