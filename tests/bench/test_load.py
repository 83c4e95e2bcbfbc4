"""What counts as a measurement of load, and what is refused as one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bench.load import Load, read_load, request
from tests.bench.processes import BenchError
from tests.bench.read import GOALS, _checked
from tests.bench.rounds import Sample, Variant, figures_of, interleave
from tests.bench.slow_disk import SlowDisk
from tests.bench.write import P99, RATIO, SLOW_DISK_RATIO, Rows, check_stored
from tests.results import Figure, Goal


def create_load(per_second: float = 1000, *, p99: float = 5, bytes_each: float = 9000) -> Load:
    return Load(int(per_second), 1.0, p50_ms=2, p99_ms=p99, cpu_us=300, bytes_each=bytes_each)


def said(**changed: Any) -> str:
    found = {"requests": 3000, "microseconds": 1_500_000, "bytes": 900_000, "refused": 0, "broken": 0}
    return "Running 1s test\n" + json.dumps({**found, "p50": 2000, "p99": 9000, **changed}) + "\n"


def figures(load: Load, *, bare: float, ratio: Goal | None = None, p99: Goal | None = None) -> dict[str, Figure]:
    sample = Sample(load, create_load(bare), create_load(bare))
    return {one.name: one for one in figures_of("x", [sample], "how", ratio=ratio, p99=p99)}


def test_load_is_read_from_what_wrk_says_last() -> None:
    load = read_load(said(), cpu_seconds=0.9)
    assert (load.per_second, load.p50_ms, load.p99_ms, load.bytes_each) == (2000, 2, 9, 300)
    assert load.cpu_us == pytest.approx(300)


@pytest.mark.parametrize("wrong", [{"refused": 1}, {"broken": 1}, {"requests": 0}])
def test_errors_are_not_measured(wrong: dict[str, int]) -> None:
    with pytest.raises(BenchError, match="not measured"):
        read_load(said(**wrong), cpu_seconds=1)


def test_request_is_what_goes_over_the_wire() -> None:
    sent = request("POST", "/topics", body={"text": "ä"}, headers={"Authorization": "Bearer x"})
    head, _, body = sent.partition(b"\r\n\r\n")
    assert head.split(b"\r\n")[0] == b"POST /topics HTTP/1.1"
    assert f"Content-Length: {len(body)}".encode() in head.split(b"\r\n")
    assert json.loads(body) == {"text": "ä"}


def test_request_holds_no_byte_that_separates_requests() -> None:
    assert b"\0" not in request("POST", "/", body={"text": "a\0b"})


@pytest.mark.parametrize("kind", GOALS)
def test_slower_read_misses_its_goal(kind: str) -> None:
    goal = GOALS[kind]
    assert figures(create_load(goal.limit * 1000 + 1), bare=1000, ratio=goal)["x.ratio"].reached
    assert figures(create_load(goal.limit * 1000 - 1), bare=1000, ratio=goal)["x.ratio"].reached is False


@pytest.mark.parametrize("goal", [*RATIO.values(), SLOW_DISK_RATIO])
def test_slower_write_misses_its_goal(goal: Goal) -> None:
    assert figures(create_load(goal.limit * 1000 + 1), bare=1000, ratio=goal)["x.ratio"].reached
    assert figures(create_load(goal.limit * 1000 - 1), bare=1000, ratio=goal)["x.ratio"].reached is False


def test_longer_tail_misses_its_goal() -> None:
    assert figures(create_load(p99=14.9), bare=1000, p99=P99)["x.p99"].reached
    assert figures(create_load(p99=15.1), bare=1000, p99=P99)["x.p99"].reached is False


def test_ratio_is_to_the_mean_of_the_bare_server_before_and_after() -> None:
    assert Sample(create_load(300), create_load(2000), create_load(4000)).ratio == pytest.approx(0.1)


def test_ratio_in_processor_time_is_the_bare_servers_by_the_variants() -> None:
    cheap, dear = Load(1000, 1.0, 2, 5, 30, 9000), Load(100, 1.0, 2, 5, 300, 9000)
    assert Sample(dear, cheap, cheap).cpu_ratio == pytest.approx(0.1)


def test_middle_round_is_reported() -> None:
    samples = [Sample(create_load(rate), create_load(1000), create_load(1000)) for rate in (100, 900, 200)]
    assert figures_of("x", samples, "how", ratio=None)[0].value == pytest.approx(0.2)


def test_pages_where_304_was_asked_for_are_not_measured() -> None:
    assert _checked("not-modified", create_load(bytes_each=250)).bytes_each == 250
    with pytest.raises(BenchError, match="not-modified"):
        _checked("not-modified", create_load(bytes_each=9000))


def test_304_where_pages_were_asked_for_are_not_measured() -> None:
    assert _checked("cached", create_load(bytes_each=9000)).bytes_each == 9000
    with pytest.raises(BenchError, match="cached"):
        _checked("cached", create_load(bytes_each=250))


@pytest.mark.parametrize("stored", [Rows(100, 200), Rows(116, 232)])
def test_every_acknowledged_write_is_stored_with_its_events(stored: Rows) -> None:
    check_stored(100, connections=16, stored=stored, events_each=2)


@pytest.mark.parametrize(
    ("stored", "each"),
    [
        (Rows(99, 198), 2),  # one was acknowledged and is lost
        (Rows(117, 234), 2),  # more than can have been in flight: something else writes, or writes twice
        (Rows(100, 199), 2),  # an event is missing
        (Rows(100, 0), 0),  # no events at all
    ],
)
def test_writes_that_are_not_all_there_are_not_measured(stored: Rows, each: int) -> None:
    with pytest.raises(BenchError):
        check_stored(100, connections=16, stored=stored, events_each=each)


def test_slow_disk_without_effect_is_not_measured() -> None:
    SlowDisk(Path("x.so"), 5, plain=0.2).require_effect(5.3)
    with pytest.raises(BenchError, match="no effect"):
        SlowDisk(Path("x.so"), 5, plain=0.2).require_effect(0.3)
    with pytest.raises(BenchError, match="no effect"):
        SlowDisk(Path("x.so"), 5, plain=6.0).require_effect(6.1)  # the disk is slow by itself


def test_neighbours_share_the_bare_figure_between_them() -> None:
    asked: list[str] = []

    def bare() -> Load:
        asked.append("bare")
        return create_load()

    def run() -> Load:
        asked.append("run")
        return create_load()

    variants = [Variant(name, run, bare) for name in ("a", "b")]
    samples = interleave(variants, 2, lambda _text: None)
    assert asked == ["bare", "run", "bare", "run", "bare", "run", "bare", "run", "bare"]
    assert {name: len(found) for name, found in samples.items()} == {"a": 2, "b": 2}
