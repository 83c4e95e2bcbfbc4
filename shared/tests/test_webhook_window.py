"""What a channel may send next, without a network: lanes, back-off, and the failure that lasted longest."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

from shared.tests.boxes import MOMENT

from interlinker_shared.ids import new_id
from interlinker_shared.webhooks.channel import LONGEST_DELAY, Window, delay_after
from interlinker_shared.webhooks.store import Target, Waiting

TARGET = Target(id=new_id(), version=1, url="", types=(), cursor=4, secret="")


def events(*aggregates: str) -> list[Waiting]:
    """Events 5, 6, 7 ... of these aggregates."""
    return [Waiting(number, new_id(), aggregate, "{}") for number, aggregate in enumerate(aggregates, 5)]


def lanes(window: Window, clock: float) -> list[list[int]]:
    return [[event.id for event in lane] for lane in window.due_lanes(clock)]


def test_events_of_an_aggregate_form_a_lane() -> None:
    window = Window(TARGET)
    window.add(events("a", "b", "a"), 9)
    assert lanes(window, 0.0) == [[5, 7], [6]]


def test_a_lane_that_failed_waits_until_it_is_due() -> None:
    window = Window(TARGET)
    window.add(events("a", "b", "a"), 9)
    window.failed(events("a")[0], MOMENT).due = 10.0
    assert lanes(window, 9.9) == [[6]]
    assert lanes(window, 10.0) == [[5, 7], [6]]


def test_the_cursor_stays_before_what_is_undelivered() -> None:
    window = Window(TARGET)
    first, second = events("a", "b")
    window.add([first, second], 9)
    window.delivered(second)
    assert window.cursor == 4
    window.delivered(first)
    assert window.cursor == 9


def test_a_failure_that_was_noted_is_gone_on_with_after_a_restart() -> None:
    window = Window(replace(TARGET, failing_id=6, failing_since=MOMENT, failures=3))
    window.add(events("a", "b"), 9)
    trouble = window.failed(events("a", "b")[1], MOMENT + timedelta(hours=1))
    assert (trouble.since, trouble.tries) == (MOMENT, 4)


def test_the_failure_that_lasted_longest_is_told() -> None:
    window = Window(TARGET)
    first, second = events("a", "b")
    window.add([first, second], 9)
    window.failed(second, MOMENT)
    window.failed(first, MOMENT + timedelta(seconds=1))
    assert window.oldest_trouble is window.troubles["b"]
    window.delivered(second)
    assert window.oldest_trouble is window.troubles["a"]


def test_tries_become_rarer_and_never_stop() -> None:
    rng = random.Random(1)
    for tries, most in ((1, 1.0), (2, 2.0), (5, 16.0), (20, LONGEST_DELAY), (5000, LONGEST_DELAY)):
        delays = [delay_after(tries, rng) for _ in range(100)]
        assert most / 2 <= min(delays) < max(delays) <= most
