"""`make bench`: measures what issue "The ground" promises, prints one table and writes `var/results/bench.json`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from types import FrameType

from tests import results
from tests.bench.load import require_wrk
from tests.bench.processes import CLIENT_CORE, SERVER_CORE, BenchError
from tests.bench.stage import Options, Stage, stage
from tests.bench.storage import NAMES
from tests.bench.suites import SABOTAGES, SUITES
from tests.results import Figure

FILE = results.RESULTS / "bench.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, show and keep. A missed goal ends it with 1 under --strict only; what could not be measured ends it with 2."""
    given = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _leave)  # so that what was started is ended then, too
    figures: list[Figure] = []
    failures: list[str] = []
    try:
        require_wrk()
        with stage(_options(given), _Clock().say) as ready:
            for name in given.only:
                _measure(ready, name, figures, failures)
    except BenchError as error:
        failures.append(str(error))
    if figures:
        results.show(figures, title=f"Bench: {_machine()}")
        _keep(figures, given, whole=not failures)
    missed = results.missed(figures)
    print(f"{len(missed)} of {sum(figure.goal is not None for figure in figures)} goals are missed")
    for failure in failures:
        print(f"bench: {failure}", file=sys.stderr)
    return 2 if failures else int(bool(missed) and given.strict)


def _measure(ready: Stage, name: str, figures: list[Figure], failures: list[str]) -> None:
    """Add what a suite finds; a part that cannot be measured does not keep the others from it."""
    began = time.monotonic()
    for part in SUITES[name](ready):
        try:
            figures += part()
        except (BenchError, RuntimeError, OSError) as error:  # the last two: what is measured does not even start
            failures.append(f"{name}: {error}")
    ready.say(f"{name} took {time.monotonic() - began:.0f} s")


def _keep(figures: Sequence[Figure], given: argparse.Namespace, *, whole: bool) -> None:
    if given.sabotage:
        print(f"sabotaged ({SABOTAGES[given.sabotage]}): {FILE.name} stays as it is")
        return
    whole = whole and given.only == list(SUITES) and not given.block and given.storage == list(NAMES)
    (results.write if whole else results.merge)(FILE, figures)
    print(f"written to {FILE.relative_to(results.RESULTS.parents[1])}")


def _options(given: argparse.Namespace) -> Options:
    return Options(
        seconds=given.seconds,
        bare_seconds=given.bare_seconds,
        rounds=given.rounds,
        storages=tuple(given.storage),
        blocks=tuple(given.block),
        sabotage=given.sabotage,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    add = parser.add_argument
    add("--only", type=_some_of(SUITES), default=list(SUITES), metavar="A,B", help=f"suites: {', '.join(SUITES)}")
    add("--storage", type=_some_of(NAMES), default=list(NAMES), metavar="A,B", help=", ".join(NAMES))
    add("--block", type=lambda text: text.split(","), default=[], metavar="A,B", help="template, forum, ...")
    add("--seconds", type=int, default=2, help="of load for each variant and round")
    add("--bare-seconds", type=int, default=1, help="of load on the bare server before and after")
    add("--rounds", type=int, default=3, help="the median of so many is reported")
    add("--sabotage", default="", choices=["", *SABOTAGES], help="break something, to see the figures notice")
    add("--strict", action="store_true", help="end with 1 when a goal is missed")
    return parser


def _some_of(known: Iterable[str]) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        names = text.split(",")
        unknown = sorted(set(names) - set(known))
        if unknown:
            raise argparse.ArgumentTypeError(f"there is no {', '.join(unknown)}, only {', '.join(known)}")
        return [name for name in known if name in names]

    return read


class _Clock:
    """Says what is being measured, with the time since the beginning."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        print(f"[{minutes:d}:{seconds:02d}] {text}", file=sys.stderr, flush=True)


def _machine() -> str:
    cores = (
        "one core for server and load"
        if SERVER_CORE == CLIENT_CORE
        else f"server on core {SERVER_CORE}, load on core {CLIENT_CORE}"
    )
    return f"{cores} of {os.cpu_count()}; load average {os.getloadavg()[0]:.1f}; {time.strftime('%Y-%m-%d %H:%M')}"


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
