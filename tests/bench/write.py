"""Writes of one contribution with its outbox rows, durable; on a disk as it is and on one made slow."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice

from tests.bench.blocks import Api, Block, Contribution
from tests.bench.load import Load, prepare, put_load_on, request
from tests.bench.processes import BenchError
from tests.bench.rounds import Variant, figures_of, interleave, unmeasured
from tests.bench.slow_disk import MILLISECONDS, PROBES, SlowDisk, make_slow_disk, milliseconds_per_fsync
from tests.bench.stage import WARM_UP_SECONDS, Running, Stage
from tests.results import Figure, Goal, at_least, at_most

CONNECTIONS = (16, 32)
RATIO = {"sqlite": at_least(0.11), "postgresql": at_least(0.05)}
SLOW_DISK_RATIO = at_least(0.05)
P99 = at_most(15)
FASTEST = 9000  # contributions per second that there are people for
SETTLE_SECONDS = 10
SABOTAGED_MILLISECONDS = 100.0
OUTBOX = "outbox"


@dataclass(frozen=True)
class Rows:
    """How many rows there are of a contribution and in the outbox."""

    contributions: int
    events: int

    def __sub__(self, other: Rows) -> Rows:
        return Rows(self.contributions - other.contributions, self.events - other.events)


def check_stored(answered: int, *, connections: int, stored: Rows, events_each: int) -> None:
    """BenchError unless every answer stands for a row, and every row has its events.

    A load generator that stops leaves up to one request per connection that is stored and not counted as answered.
    """
    if not answered <= stored.contributions <= answered + connections:
        raise BenchError(f"{answered} were acknowledged and {stored.contributions} are stored")
    if events_each < 1 or stored.events != stored.contributions * events_each:
        raise BenchError(
            f"{stored.contributions} contributions left {stored.events} events, {events_each} each expected"
        )


@dataclass(frozen=True)
class Writing:
    """Contributions to one running block."""

    stage: Stage
    running: Running
    connections: int

    def load(self) -> Load:
        """As many contributions to a new asset as go, each counted afterwards."""
        contribution = self.running.block.contribute(self.running.api)
        each = self._first(contribution)
        before = self._rows(contribution)
        load = self._put_load(contribution, self.stage.options.seconds)
        stored = self._settled(contribution, before, load.requests) - before
        check_stored(load.requests, connections=self.connections, stored=stored, events_each=each.events)
        return load

    def warm_up(self) -> None:
        """The same for a moment, uncounted."""
        self._put_load(self.running.block.contribute(self.running.api), WARM_UP_SECONDS)

    def _put_load(self, contribution: Contribution, seconds: int) -> Load:
        file = prepare(self.stage.folder / "contributions", _requests(self.running.api, contribution, seconds))
        return put_load_on(self.running.server, file, connections=self.connections, seconds=seconds)

    def _first(self, contribution: Contribution) -> Rows:
        """What a single contribution leaves behind."""
        before = self._rows(contribution)
        self.running.api.send(contribution.method, contribution.path, contribution.body(0), who="the-first")
        left = self._rows(contribution) - before
        if left.contributions != 1:
            raise BenchError(f"one contribution left {left.contributions} rows in {contribution.table}")
        return left

    def _rows(self, contribution: Contribution) -> Rows:
        return Rows(self.running.storage.count(contribution.table), self.running.storage.count(OUTBOX))

    def _settled(self, contribution: Contribution, before: Rows, answered: int) -> Rows:
        # What was in flight when the load ended is still being written: count again until nothing comes any more.
        deadline, last = time.monotonic() + SETTLE_SECONDS, before
        while (now := self._rows(contribution)) != last or (now - before).contributions < answered:
            if time.monotonic() > deadline:
                break
            last = now
            time.sleep(0.05)
        return now


def measure_disk(stage: Stage) -> list[Figure]:
    """What the disk can do: no durable write is faster than an fsync."""
    found = milliseconds_per_fsync(stage.folder, {})
    return [Figure(name="machine.fsync", value=found, unit="ms", how=f"512 bytes and fdatasync, best of {PROBES}")]


def measure(stage: Stage, block: Block, storage: str) -> list[Figure]:
    """The figures of one block's contribution on a disk as it is."""
    name = f"write.{storage}.{block.contribution_name}"
    disk = make_slow_disk(stage.folder, SABOTAGED_MILLISECONDS) if stage.options.sabotage == "slow-disk" else None
    return _measure(stage, block, storage, name, ratio=RATIO[storage], p99=P99, disk=disk)


def measure_on_slow_disk(stage: Stage, block: Block, storage: str) -> list[Figure]:
    """The same where every fsync takes 5 ms more."""
    name = f"write-slow-disk.{storage}.{block.contribution_name}"
    sabotaged = stage.options.sabotage == "slow-disk"
    milliseconds = SABOTAGED_MILLISECONDS if sabotaged else MILLISECONDS
    try:
        disk = make_slow_disk(stage.folder, milliseconds)
    except BenchError as error:
        return [
            unmeasured(f"{name}.{connections}.ratio", "of bare", SLOW_DISK_RATIO, str(error))
            for connections in CONNECTIONS
        ]
    how = f"{milliseconds:g} ms added to every fsync (checked); "
    return _measure(stage, block, storage, name, ratio=SLOW_DISK_RATIO, p99=None, disk=disk, how=how)


def _measure(
    stage: Stage,
    block: Block,
    storage: str,
    name: str,
    *,
    ratio: Goal,
    p99: Goal | None,
    disk: SlowDisk | None = None,
    how: str = "",
) -> list[Figure]:
    with stage.serve(block, storage, disk=disk) as running:
        bare_path, like = _bare_copy(stage, running)
        variants = [_variant(stage, running, connections, bare_path, like, name) for connections in CONNECTIONS]
        samples = interleave(variants, stage.options.rounds, stage.say)
    text = f"{like.split(b' ', 1)[0].decode()} with its outbox rows, all counted in the database; {how}"
    return [
        figure
        for variant, connections in zip(variants, CONNECTIONS, strict=True)
        for figure in figures_of(
            f"{name}.{connections}", samples[variant.name], f"{text}{connections} connections", ratio=ratio, p99=p99
        )
    ]


def _bare_copy(stage: Stage, running: Running) -> tuple[str, bytes]:
    """The bare server's copy of an answer, and a request for it that is as long as a real one."""
    contribution = running.block.contribute(running.api)
    body = contribution.body(0)
    answer = running.api.send(contribution.method, contribution.path, body, who="the-first")
    headers = running.api.headers("the-first")
    return stage.imitate(answer), request(contribution.method, contribution.path, body=body, headers=headers)


def _variant(stage: Stage, running: Running, connections: int, bare_path: str, like: bytes, name: str) -> Variant:
    writing = Writing(stage, running, connections)
    writing.warm_up()
    return Variant(
        f"{name} {connections} connections",
        writing.load,
        lambda: stage.load_on_bare(bare_path, connections=connections, like=like),
    )


def _requests(api: Api, contribution: Contribution, seconds: int) -> Iterator[bytes]:
    for number, person in islice(enumerate(_people(contribution)), FASTEST * seconds):
        headers = api.headers(f"person-{person}")
        yield request(contribution.method, contribution.path, body=contribution.body(number), headers=headers)


def _people(contribution: Contribution) -> Iterable[int]:
    return range(2**31) if contribution.people is None else cycle(range(contribution.people))
