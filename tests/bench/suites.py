"""The suites of `make bench`, by the name that `--only` takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.bench import read, rest, write
from tests.bench.blocks import Block, installed
from tests.bench.delivery import measuring as delivery
from tests.bench.processes import BenchError
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


def _growth(stage: Stage) -> Iterator[Figure]:
    if "forum" not in {block.name for block in installed()}:
        raise BenchError("growth is measured on the forum, which is not installed here")
    from tests.bench.growth.measuring import measure  # noqa: PLC0415 - it imports the forum

    for storage in stage.options.storages:
        yield from measure(stage, storage)


def _events(stage: Stage) -> Iterator[Figure]:
    for storage in stage.options.storages:
        yield from delivery.measure(stage, storage)


SUITES: dict[str, Suite] = {
    "read": _read,
    "write": _write,
    "slow-disk": _slow_disk,
    "events": _events,
    "growth": _growth,
    "idle": rest.measure,
}

# What can be broken on purpose, to see the figures notice; each test of a suite says which.
SABOTAGES = {
    "no-cache": "read: the cached page is asked for with a token, so that no cache may answer",
    "slow-disk": "write, slow-disk: 100 ms added to every fsync",
    "slow-handler": "events: every handler takes 30 ms",
    "no-index": "growth: indexes that no key needs are dropped",
}
