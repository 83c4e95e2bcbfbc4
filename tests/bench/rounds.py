"""Interleaved rounds: the bare server right before and right after each variant, medians over the rounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from tests.bench.load import Load
from tests.results import Figure, Goal

Say = Callable[[str], None]


@dataclass(frozen=True)
class Variant:
    """Something to measure, and the bare server that gives the same bytes."""

    name: str
    run: Callable[[], Load]
    bare: Callable[[], Load]


@dataclass(frozen=True)
class Sample:
    """One variant in one round, with the bare server before and after it."""

    load: Load
    before: Load
    after: Load

    @property
    def bare_per_second(self) -> float:
        """The mean of the two."""
        return (self.before.per_second + self.after.per_second) / 2

    @property
    def ratio(self) -> float:
        """The variant's share of the bare server."""
        return self.load.per_second / self.bare_per_second

    @property
    def cpu_ratio(self) -> float:
        """The same in processor time per request, which neighbours on the machine disturb least."""
        return (self.before.cpu_us + self.after.cpu_us) / 2 / self.load.cpu_us


def interleave(variants: Sequence[Variant], rounds: int, say: Say) -> dict[str, list[Sample]]:
    """Measure every variant once per round. Between two variants with one bare server it is measured once, for both."""
    samples: dict[str, list[Sample]] = {variant.name: [] for variant in variants}
    last: tuple[Callable[[], Load], Load] | None = None
    for number in range(1, rounds + 1):
        for variant in variants:
            say(f"{variant.name}, round {number} of {rounds}")
            before = last[1] if last and last[0] is variant.bare else variant.bare()
            load = variant.run()
            last = variant.bare, variant.bare()
            samples[variant.name].append(Sample(load, before, last[1]))
    return samples


def figures_of(
    name: str, samples: Sequence[Sample], how: str, *, ratio: Goal | None, p99: Goal | None = None
) -> list[Figure]:
    """What the rounds of one variant came to: ratio to the bare server, rate, latency, processor time.

    Where the two ratios differ much, something else was running on the machine: then the one in processor time is right.
    """
    bare = f"bare {median(sample.bare_per_second for sample in samples):.0f}/s"
    bare_cpu = f"bare {median(sample.before.cpu_us for sample in samples):.0f} us"
    bare_p99 = f"bare {median(sample.before.p99_ms for sample in samples):.1f} ms"

    def middle(value: Callable[[Load], float]) -> float:
        return median(value(sample.load) for sample in samples)

    return [
        Figure(name=f"{name}.ratio", value=median(sample.ratio for sample in samples), unit="of bare", how=how, goal=ratio, beside=bare),
        Figure(name=f"{name}.rate", value=middle(lambda load: load.per_second), unit="1/s", how=how, beside=bare),
        Figure(name=f"{name}.p50", value=middle(lambda load: load.p50_ms), unit="ms", how=how),
        Figure(name=f"{name}.p99", value=middle(lambda load: load.p99_ms), unit="ms", how=how, goal=p99, beside=bare_p99),
        Figure(name=f"{name}.cpu-ratio", value=median(sample.cpu_ratio for sample in samples), unit="of bare", how=how, beside=bare_cpu),
        Figure(name=f"{name}.cpu", value=middle(lambda load: load.cpu_us), unit="us/request", how=how, beside=bare_cpu),
    ]  # fmt: skip


def unmeasured(name: str, unit: str, goal: Goal | None, why: str) -> Figure:
    """The figure of something that could not be measured."""
    return Figure(name=name, value=None, unit=unit, how=f"not measured: {why}", goal=goal)
