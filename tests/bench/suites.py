"""The suites of `make bench`, by the name that `--only` takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from tests.bench import exports, methods, read, rest, write
from tests.bench.blocks import Block, installed
from tests.bench.delivery import measuring as delivery
from tests.bench.processes import BenchError
from tests.bench.stage import Stage
from tests.results import Figure

Part = Callable[[], list[Figure]]
Suite = Callable[[Stage], Iterator[Part]]

# On SQLite every block is measured; what differs on PostgreSQL or a slow disk is the same for all, so that some stand for them.
ON_POSTGRES = ("template", "forum")
ON_SLOW_DISK = ("template",)


def _blocks(stage: Stage, storage: str, default: tuple[str, ...] = ()) -> list[Block]:
    """The blocks to measure: those asked for, otherwise those that stand for all."""
    some = default or (ON_POSTGRES if storage == "postgresql" else ())
    chosen = stage.options.blocks or some
    return [block for block in installed() if not chosen or block.name in chosen]


def _read(stage: Stage) -> Iterator[Part]:
    for storage in stage.options.storages:
        for block in _blocks(stage, storage):
            if block.fill_page is not None:
                yield partial(read.measure, stage, block, storage)


def _write(stage: Stage) -> Iterator[Part]:
    yield partial(write.measure_disk, stage)
    for storage in stage.options.storages:
        for block in _blocks(stage, storage):
            yield partial(write.measure, stage, block, storage)


def _slow_disk(stage: Stage) -> Iterator[Part]:
    for storage in stage.options.storages:
        for block in _blocks(stage, storage, ON_SLOW_DISK):
            yield partial(write.measure_on_slow_disk, stage, block, storage)


def _events(stage: Stage) -> Iterator[Part]:
    for storage in stage.options.storages:
        yield from delivery.parts(stage, storage)


def _growth(stage: Stage) -> Iterator[Part]:
    for storage in stage.options.storages:
        yield partial(_measure_growth, stage, storage)


def _methods(stage: Stage) -> Iterator[Part]:
    if "ideation" in {block.name for block in installed()}:
        yield from methods.parts(stage)


def _exports(stage: Stage) -> Iterator[Part]:
    if "survey" in {block.name for block in installed()}:
        yield from exports.parts(stage)


def _measure_growth(stage: Stage, storage: str) -> list[Figure]:
    if "forum" not in {block.name for block in installed()}:
        raise BenchError("it is measured on the forum, which is not installed here")
    from tests.bench.growth.measuring import measure  # noqa: PLC0415 - it imports the forum

    return measure(stage, storage)


SUITES: dict[str, Suite] = {
    "read": _read,
    "write": _write,
    "slow-disk": _slow_disk,
    "events": _events,
    "growth": _growth,
    "idle": rest.parts,
    "methods": _methods,
    "exports": _exports,
}

# What can be broken on purpose, to see the figures notice; each test of a suite says which.
SABOTAGES = {
    "no-cache": "read: the cached page is asked for with a token, so that no cache may answer",
    "slow-disk": "write, slow-disk: 100 ms added to every fsync",
    "slow-handler": "events: every handler takes 30 ms",
    "no-index": "growth: indexes that no key needs are dropped",
}
