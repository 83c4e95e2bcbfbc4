"""Starts the family for the demo, and ends what it started."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from interlinker_shared.cli.up import installed_services

START_SECONDS = 60.0
STOP_SECONDS = 60.0  # supervisor gives each group of programs 15 seconds, then ends them itself


@contextlib.contextmanager
def family(var: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`interlinkers up` for as long as the block lasts."""
    program = str(Path(sys.executable).parent / "interlinkers")
    with (_log(var)).open("ab") as log:
        process = subprocess.Popen([program, "up", "--var", str(var)], stdout=log, stderr=log, start_new_session=True)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


async def until_ready(process: subprocess.Popen[bytes] | None = None) -> float:
    """Wait until every installed service is ready; seconds it took. TimeoutError says which one was not."""
    began = time.monotonic()
    async with httpx.AsyncClient(timeout=2) as client:
        for service in installed_services():
            while not await _is_ready(client, service.url):
                if process is not None and process.poll() is not None:
                    message = f"the services did not start: see var/log ({service.name} is not ready)"
                    raise RuntimeError(message)
                if time.monotonic() - began > START_SECONDS:
                    message = f"{service.name} is not ready at {service.url}: see var/log/{service.name}.log"
                    raise TimeoutError(message)
                await asyncio.sleep(0.1)
    return time.monotonic() - began


def secret_of(var: Path) -> str:
    """What the gateway signs with for itself: from the environment, or the one that it has made at its first start."""
    return os.environ.get("GATEWAY_SECRET") or (var / "gateway" / "gateway.secret").read_text().strip()


def gateway_url() -> str:
    """Where the gateway listens on this machine."""
    return next(service.url for service in installed_services() if service.name == "gateway")


async def _is_ready(client: httpx.AsyncClient, url: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return (await client.get(f"{url}/health/ready")).status_code == httpx.codes.OK
    return False


def _log(var: Path) -> Path:
    folder = var / "log"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "up.log"
