"""The family's NATS as it is shipped: deploy/nats.conf, and keys for every service that is installed here."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from interlinker_shared import nats_keys
from interlinker_shared.events.prepare import prepare
from interlinker_shared.nats_keys import OPERATOR, Declared
from interlinker_shared.nats_server import find_program
from interlinker_shared.nkey import Identity, UserKey
from interlinker_shared.testing import free_port, wait_for_port
from tests.family import Family
from tests.security.siege import Siege

CONFIG = Path(__file__).resolve().parents[2] / "deploy" / "nats.conf"
START_SECONDS = 20


@dataclass(frozen=True)
class Guarded:
    """A server that lets in whom `users.conf` names, and the keys of all of them."""

    url: str
    keys: Path
    services: list[Declared]

    def identity(self, name: str) -> Identity:
        """A service, or the operator, as the server knows it."""
        return Identity(name, UserKey(nats_keys.seed_file(self.keys, name).read_text()))

    @property
    def consumers(self) -> dict[str, tuple[str, ...]]:
        """The subjects that each consumer takes."""
        return {one.name: one.listens for one in self.services if one.listens}


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """The server, with the stream and the consumers that the operator has made."""
    folder, port, services = tmp_path_factory.mktemp("guarded"), free_port(), nats_keys.declared()
    nats_keys.write_keys(folder, services)
    config = folder / CONFIG.name
    config.write_text(moved(CONFIG.read_text(), folder / "data", free_port()))
    place = ["--addr", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen([find_program(), "--config", str(config), *place], stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        found = Guarded(f"nats://127.0.0.1:{port}", folder, services)
        asyncio.run(prepare(found.url, found.identity(OPERATOR), found.consumers, within=START_SECONDS))
        yield found
    finally:
        server.terminate()
        server.wait(START_SECONDS)


def moved(config: str, data: Path, monitoring: int) -> str:
    """The configuration as it is shipped, but for the places that only a container has."""
    for ours, theirs in (("store_dir: /data", f'store_dir: "{data}"'), ("127.0.0.1:8222", f"127.0.0.1:{monitoring}")):
        assert config.count(ours) == 1
        config = config.replace(ours, theirs)
    return config


@pytest.fixture(scope="session")
def siege(family: Family) -> Iterator[Siege]:
    """The family running behind its gateway, and somebody who means it no good."""
    with httpx.Client(timeout=20) as client:
        yield Siege(family, client)
