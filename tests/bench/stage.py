"""The stage of a run: its options, its folder, the bare server, and a block served as an operator serves it."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from interlinker_shared.testing import free_port, unlimited
from tests.bench.bare import Bare, bare_server
from tests.bench.blocks import SECRET, Api, Block
from tests.bench.load import Load, prepare, put_load_on, request
from tests.bench.processes import ROOT, Server, block_command, serving
from tests.bench.rounds import Say
from tests.bench.slow_disk import SlowDisk
from tests.bench.storage import NAMES, Storage, Storages, storages

WARM_UP_SECONDS = 1


@dataclass(frozen=True)
class Options:
    """How long and how often is measured, on which storages, and what is broken on purpose."""

    seconds: int = 2
    bare_seconds: int = 1
    rounds: int = 3
    storages: tuple[str, ...] = NAMES
    blocks: tuple[str, ...] = ()
    sabotage: str = ""
    sizes: tuple[int, int] = (1_000, 1_000_000)  # rows between which nothing may slow down


@dataclass(frozen=True)
class Running:
    """A block that is being served."""

    block: Block
    server: Server
    api: Api
    storage: Storage


@dataclass(frozen=True)
class Stage:
    """What every suite of measurements is handed."""

    options: Options
    folder: Path
    bare: Bare
    storages: Storages
    say: Say
    _names: Iterator[int] = field(default_factory=itertools.count)

    def new_folder(self, name: str) -> Path:
        """An empty folder of its own."""
        made = self.folder / f"{name}-{next(self._names)}"
        made.mkdir()
        return made

    def imitate(self, answer: httpx.Response) -> str:
        """The path under which the bare server gives the bytes of `answer`."""
        return self.bare.imitate(f"answer-{next(self._names)}", answer)

    def load_on_bare(self, path: str, *, connections: int, like: bytes | None = None) -> Load:
        """Load on the bare server: plain GETs, or requests with the body of `like`."""
        wanted = request("GET", path) if like is None else _sent_to(path, like)
        prepared = prepare(self.folder / "bare.requests", [wanted])
        return put_load_on(self.bare.server, prepared, connections=connections, seconds=self.options.bare_seconds)

    @contextlib.contextmanager
    def serve(self, block: Block, storage: str, *, disk: SlowDisk | None = None) -> Iterator[Running]:
        """A block by its real command, on the server's core, with nothing around it."""
        data, port = self.new_folder(block.name), free_port()
        kept = self.storages.open(storage, block.name, data, disk=disk)
        command = block_command(block.name, port, data)
        env = {f"{block.name.upper()}_SECRET": SECRET, **unlimited(block.name.upper()), **kept.environment}
        with (
            serving(command, port, log=data / "log", ready="/health/ready", env=env) as server,
            httpx.Client(base_url=server.url, timeout=30) as client,
        ):
            yield Running(block, server, Api(block.name, client), kept)


@contextlib.contextmanager
def stage(options: Options, say: Say) -> Iterator[Stage]:
    """Set it up on a real disk, below var/, and clear it away afterwards."""
    place = ROOT / "var"
    place.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=place))
    try:
        with bare_server(folder) as bare, storages() as opened:
            yield Stage(options, folder, bare, opened, say)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sent_to(path: str, like: bytes) -> bytes:
    method, _, rest = like.split(b" ", 2)
    return b" ".join((method, path.encode(), rest))
