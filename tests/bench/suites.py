"""The suites of `make bench`, by the name that `--only` takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.bench import read, write
from tests.bench.blocks import Block, installed
from tests.bench.stage import Stage
from tests.results import Figure

Suite = Callable[[Stage], Iterator[Figure]]
SLOW_DISK_BLOCKS = ("pledge", "post")  # a slow disk is slow for everybody: two of the four say it


def _blocks(stage: Stage) -> list[Block]:
    chosen = stage.options.blocks
    return [block for block in installed() if not chosen or block.name in chosen]


def _read(stage: Stage) -> Iterator[Figure]:
    for storage in stage.options.storages:
        for block in _blocks(stage):
            if block.fill_page is not None:
                yield from read.measure(stage, block, storage)


def _write(stage: Stage) -> Iterator[Figure]:
    for storage in stage.options.storages:
        for block in _blocks(stage):
            yield from write.measure(stage, block, storage)


def _slow_disk(stage: Stage) -> Iterator[Figure]:
    for storage in stage.options.storages:
        for block in _blocks(stage):
            if block.contribution_name in SLOW_DISK_BLOCKS:
                yield from write.measure_on_slow_disk(stage, block, storage)


SUITES: dict[str, Suite] = {"read": _read, "write": _write, "slow-disk": _slow_disk}

# What can be broken on purpose, to see the figures notice; each test of a suite says which.
SABOTAGES = {
    "no-cache": "read: the cached page is asked for with a token, so that no cache may answer",
    "slow-disk": "write, slow-disk: 100 ms added to every fsync",
}
