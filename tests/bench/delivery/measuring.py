"""Delivery: how long after a commit an event takes effect elsewhere, and how many a second get through."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import Any

from interlinker_shared.nats_server import find_program, write_config
from interlinker_shared.testing import free_port, wait_for_port
from tests.bench.delivery.peers import CONSUMER, PRODUCER
from tests.bench.processes import CLIENT_CORE, SERVER_CORE, BenchError, running
from tests.bench.stage import Stage
from tests.bench.storage import Storage
from tests.results import Figure, at_least, at_most

RATE = 200
MEASURED_SECONDS = 6
UNCOUNTED_SECONDS = 1
P50, P99 = at_most(5), at_most(25)
SUSTAINED = at_least(2000)
DRAINED = 12_000
MANY, LATENCY_AGGREGATES = 500, 100
PATIENCE = 15.0  # the time that draining may take: what has arrived until then is what counts
SETTLE_SECONDS = 1.0
MILLION = 1e6
SLOW_HANDLER = {"BENCH_SLOW_HANDLER_MS": "30"}


@dataclass(frozen=True)
class Effects:
    """When events took effect, in nanoseconds, by event id; `order` says aggregate and number of each."""

    stamps: Mapping[str, int]
    order: Mapping[str, tuple[str, int]]
    twice: int


def latencies(recorded: Mapping[str, int], effects: Effects, *, uncounted: int) -> list[float]:
    """Milliseconds from each commit to its effect but for the first so many; BenchError unless each had one effect, in order."""
    missing = len(recorded.keys() - effects.stamps.keys())
    if missing:
        raise BenchError(f"{missing} of {len(recorded)} events never took effect")
    require_sound(effects)
    counted = sorted(recorded, key=recorded.__getitem__)[uncounted:]
    return [(effects.stamps[event] - recorded[event]) / MILLION for event in counted]


def per_second(effects: Effects) -> float:
    """Effects per second from the first one to the last one; BenchError unless each took effect once and in order."""
    require_sound(effects)
    if len(effects.stamps) < 2:
        raise BenchError("hardly any event took effect")
    span = max(effects.stamps.values()) - min(effects.stamps.values())
    return (len(effects.stamps) - 1) / span * 1e9


def require_sound(effects: Effects) -> None:
    """BenchError when an event had two effects, or one of an aggregate overtook another."""
    if effects.twice:
        raise BenchError(f"{effects.twice} events took effect twice")
    last: dict[str, tuple[int, int]] = {}
    for event in sorted(effects.stamps, key=lambda one: (effects.stamps[one], effects.order[one][1])):
        aggregate, number = effects.order[event]
        if number < last.get(aggregate, (-1, 0))[0]:
            raise BenchError(f"event {number} of an aggregate took effect after event {last[aggregate][0]}")
        last[aggregate] = number, effects.stamps[event]


def latency_figures(name: str, found: Sequence[float], how: str) -> list[Figure]:
    """Median and tail."""
    cut = quantiles(found, n=100, method="inclusive")
    return [
        Figure(name=f"{name}.p50", value=cut[49], unit="ms", goal=P50, how=how),
        Figure(name=f"{name}.p99", value=cut[98], unit="ms", goal=P99, how=how),
    ]


def parts(stage: Stage, storage: str) -> list[Callable[[], list[Figure]]]:
    """What is measured of delivery between two services on this storage."""
    return [
        partial(_measure_latency, stage, storage),
        partial(_measure_drain, stage, storage, "many", MANY),
        partial(_measure_drain, stage, storage, "one-hot", 1),
    ]


def _measure_latency(stage: Stage, storage: str) -> list[Figure]:
    stage.say(f"events.{storage}: {RATE} a second for {UNCOUNTED_SECONDS + MEASURED_SECONDS} s")
    events = RATE * (UNCOUNTED_SECONDS + MEASURED_SECONDS)
    with _peers(stage, storage) as peers, peers.consuming(events, patience=MEASURED_SECONDS + PATIENCE) as consumed:
        recorded = peers.produce("record", events, LATENCY_AGGREGATES, rate=RATE)
        effects = read_effects(consumed())
    found = latencies(recorded["stamps"], effects, uncounted=RATE * UNCOUNTED_SECONDS)
    how = f"{len(found)} events at {RATE}/s over {LATENCY_AGGREGATES} aggregates, sync_interval always, two processes"
    return latency_figures(f"events.{storage}.commit-to-effect", found, how)


def _measure_drain(stage: Stage, storage: str, kind: str, aggregates: int) -> list[Figure]:
    stage.say(f"events.{storage}: {DRAINED} waiting events of {aggregates} aggregates")
    with _peers(stage, storage) as peers:
        peers.produce("record", DRAINED, aggregates, nats=False)
        with peers.consuming(DRAINED, patience=PATIENCE) as consumed:
            peers.produce("relay", DRAINED, aggregates)
            effects = read_effects(consumed())
    how = f"{len(effects.stamps)} effects of {DRAINED} waiting events, {aggregates} aggregates, sync_interval always"
    name, rate = f"events.{storage}.sustained.{kind}", per_second(effects)
    return [Figure(name=name, value=rate, unit="1/s", goal=SUSTAINED, how=how)]


@dataclass(frozen=True)
class Peers:
    """A broker, and where the two services keep their data."""

    stage: Stage
    folder: Path
    nats: str
    producer: Storage
    consumer: Storage

    def produce(self, role: str, events: int, aggregates: int, *, rate: float = 0, nats: bool = True) -> dict[str, Any]:
        """Run the producing service to its end; what it has found."""
        wanted = ["--events", str(events), "--aggregates", str(aggregates), "--rate", str(rate)]
        with self._peer(role, self.producer, [*wanted, *(["--nats", self.nats] if nats else [])], SERVER_CORE) as end:
            return end()

    @contextlib.contextmanager
    def consuming(self, events: int, patience: float) -> Iterator[Callable[[], dict[str, Any]]]:
        """The consuming service, from when it is ready; what is given waits for its end and says what it has found."""
        wanted = ["--events", str(events), "--nats", self.nats, "--patience", str(patience)]
        with self._peer("consume", self.consumer, wanted, CLIENT_CORE) as end:
            time.sleep(SETTLE_SECONDS)  # its subscription is bound a moment after it has started
            yield end

    @contextlib.contextmanager
    def _peer(
        self, role: str, storage: Storage, wanted: Sequence[str], core: int
    ) -> Iterator[Callable[[], dict[str, Any]]]:
        out = self.folder / f"{role}.json"
        settings = json.dumps({name: str(value) for name, value in storage.settings.items()})
        command = [sys.executable, "-m", "tests.bench.delivery.peers", role, "--out", str(out), "--settings", settings]
        env = SLOW_HANDLER if self.stage.options.sabotage == "slow-handler" else {}
        log = self.folder / f"{role}.log"
        with running([*command, *wanted], log=log, core=core, env=env) as process:
            yield lambda: _found(process, out, log)


def _found(process: subprocess.Popen[bytes], out: Path, log: Path) -> dict[str, Any]:
    try:
        process.wait(PATIENCE * 4)
    except subprocess.TimeoutExpired:
        raise BenchError(f"a peer did not end; its log: {log.read_text()[-500:]}") from None
    if process.returncode:
        raise BenchError(f"a peer failed; its log ends with:\n{log.read_text()[-1500:]}")
    found: dict[str, Any] = json.loads(out.read_text())
    return found


@contextlib.contextmanager
def _peers(stage: Stage, storage: str) -> Iterator[Peers]:
    folder, port = stage.new_folder("delivery"), free_port()
    config = write_config(folder / "nats", port)
    producer, consumer = (stage.storages.open(storage, name, stage.new_folder(name)) for name in (PRODUCER, CONSUMER))
    with running([find_program(), "-c", str(config)], log=folder / "nats.log"):
        wait_for_port(port)
        yield Peers(stage, folder, f"nats://127.0.0.1:{port}", producer, consumer)


def read_effects(found: Mapping[str, Any]) -> Effects:
    """What the consuming service has found, taken apart: its stamps are named `<event> <aggregate> <number>`."""
    stamps, order = {}, {}
    for name, stamp in found["stamps"].items():
        event, aggregate, number = name.split()
        stamps[event], order[event] = stamp, (aggregate, int(number))
    return Effects(stamps, order, found["twice"] + len(found["stamps"]) - len(stamps))
