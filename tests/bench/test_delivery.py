"""How delivery is judged: what is lost, doubled or out of order is no measurement, what is slow misses its goal."""

from __future__ import annotations

import pytest

from tests.bench.delivery.measuring import SUSTAINED, Effects, latencies, latency_figures, per_second, read_effects
from tests.bench.processes import BenchError
from tests.results import Figure

MILLISECOND = 1_000_000


def create_effects(*, delay_ms: float = 4, count: int = 300, every_ms: float = 5, twice: int = 0) -> Effects:
    stamps = {str(n): round((n * every_ms + delay_ms) * MILLISECOND) for n in range(count)}
    return Effects(stamps, {str(n): ("one", n) for n in range(count)}, twice)


def recorded(count: int = 300, every_ms: float = 5) -> dict[str, int]:
    return {str(n): round(n * every_ms * MILLISECOND) for n in range(count)}


def figures(found: list[float]) -> dict[str, bool | None]:
    return {figure.name: figure.reached for figure in latency_figures("x", found, "how")}


def test_latency_is_from_commit_to_effect() -> None:
    assert latencies(recorded(), create_effects(), uncounted=100) == pytest.approx([4.0] * 200)


def test_slow_events_of_the_beginning_are_not_counted() -> None:
    effects = create_effects()
    late = {**effects.stamps, "0": effects.stamps["0"] + MILLISECOND}
    assert max(latencies(recorded(), Effects(late, effects.order, 0), uncounted=1)) == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("found", "p50", "p99"),
    [
        ([4.0] * 100, True, True),
        ([6.0] * 100, False, True),  # as with a handler that takes its time: --sabotage slow-handler
        ([4.0] * 90 + [40.0] * 10, True, False),
    ],
)
def test_slower_delivery_misses_its_goal(found: list[float], *, p50: bool, p99: bool) -> None:
    assert figures(found) == {"x.p50": p50, "x.p99": p99}


@pytest.mark.parametrize(("every_ms", "reached"), [(0.4, True), (0.6, False)])
def test_fewer_events_a_second_miss_the_goal(every_ms: float, *, reached: bool) -> None:
    rate = per_second(create_effects(every_ms=every_ms))
    assert rate == pytest.approx(1000 / every_ms)
    assert Figure(name="x", value=rate, unit="1/s", goal=SUSTAINED, how="").reached is reached


def test_lost_event_is_no_measurement() -> None:
    with pytest.raises(BenchError, match="1 of 301 events never took effect"):
        latencies(recorded(301), create_effects(count=300), uncounted=0)


def test_second_effect_is_no_measurement() -> None:
    with pytest.raises(BenchError, match="twice"):
        per_second(create_effects(twice=1))


def test_event_that_overtakes_is_no_measurement() -> None:
    effects = create_effects()
    swapped = {**effects.order, "7": ("one", 8), "8": ("one", 7)}
    with pytest.raises(BenchError, match="after event 8"):
        per_second(Effects(effects.stamps, swapped, 0))


def test_events_of_one_commit_have_no_order_among_them() -> None:
    effects = create_effects()
    together = {**effects.stamps, "8": effects.stamps["7"]}
    swapped = {**effects.order, "7": ("one", 8), "8": ("one", 7)}
    assert per_second(Effects(together, swapped, 0)) > 0


def test_event_that_the_consumer_stamped_under_two_names_took_effect_twice() -> None:
    found = {"stamps": {"event one 1": 5, "event one 2": 6}, "twice": 0}
    assert read_effects(found).twice == 1
