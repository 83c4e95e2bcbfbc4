"""The benchmark itself, for a second each: real servers, real load, and everything it started is gone afterwards."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench import read, write
from tests.bench.blocks import Block, installed
from tests.bench.processes import ROOT
from tests.bench.slow_disk import make_slow_disk, milliseconds_per_fsync
from tests.bench.stage import Options, Stage, stage
from tests.results import Figure

needs_wrk = pytest.mark.skipif(shutil.which("wrk") is None, reason="there is no wrk here (apt install wrk)")
needs_cc = pytest.mark.skipif(
    shutil.which("cc") is None, reason="there is no C compiler here (apt install gcc libc6-dev)"
)


def create_options(**changed: str) -> Options:
    return Options(seconds=1, bare_seconds=1, rounds=1, **changed)  # type: ignore[arg-type]  # tests give texts only


@pytest.fixture
def quick() -> Iterator[Stage]:
    """A stage that measures for a second, once."""
    with stage(create_options(), lambda _text: None) as ready:
        yield ready


@pytest.fixture
def block() -> Block:
    """The smallest block that is here."""
    found = [one for one in installed() if one.name == "template"]
    return found[0] if found else pytest.skip("the template is not installed here")


def by_name(figures: list[Figure]) -> dict[str, Figure]:
    return {figure.name: figure for figure in figures}


@needs_wrk
@pytest.mark.slow
def test_reads_are_measured_beside_a_bare_server(quick: Stage, block: Block) -> None:
    figures = by_name(read.measure(quick, block, "sqlite"))
    ratio = figures["read.sqlite.template.uncached.ratio"]
    assert ratio.value is not None
    assert 0 < ratio.value < 1
    assert ratio.beside.startswith("bare ")


@needs_wrk
@pytest.mark.slow
def test_writes_are_measured_and_counted(quick: Stage, block: Block) -> None:
    figures = by_name(write.measure(quick, block, "sqlite"))
    assert {name for name in figures if name.endswith(".ratio")} == {
        "write.sqlite.pledge.16.ratio",
        "write.sqlite.pledge.32.ratio",
    }
    assert all(figure.value for figure in figures.values())


@needs_wrk
@pytest.mark.slow
@pytest.mark.postgres
def test_writes_are_measured_and_counted_on_postgresql(quick: Stage, block: Block, postgres: object) -> None:
    figures = by_name(write.measure(quick, block, "postgresql"))
    assert all(figure.value for figure in figures.values())


@needs_wrk
@needs_cc
@pytest.mark.slow
def test_slow_disk_shows_in_the_figures_of_writes(block: Block) -> None:
    with stage(create_options(sabotage="slow-disk"), lambda _text: None) as ready:
        figures = by_name(write.measure(ready, block, "sqlite"))
    assert figures["write.sqlite.pledge.16.ratio"].reached is False
    assert figures["write.sqlite.pledge.16.p99"].reached is False


@needs_cc
def test_slow_disk_makes_an_fsync_slower(tmp_path: Path) -> None:
    disk = make_slow_disk(tmp_path, 30)
    assert milliseconds_per_fsync(tmp_path, disk.environment) >= 30


def descendants(pid: int) -> set[int]:
    """The processes that `pid` has started and that still run."""
    found = {int(one) for task in Path(f"/proc/{pid}/task").glob("*/children") for one in task.read_text().split()}
    return found.union(*(descendants(one) for one in found))


def lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


@needs_wrk
@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_benchmark_leaves_nothing_running(how: signal.Signals, block: Block) -> None:
    command = [sys.executable, "-m", "tests.bench", "--only", "read", "--block", block.name, "--seconds", "20"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "round 1" in process.stderr.readline()
        started = descendants(process.pid)
        process.send_signal(how)
        process.communicate(timeout=30)
    assert len(started) >= 2  # the bare server and the block at least
    assert not [pid for pid in started if lives(pid)]
    assert process.returncode != 0
