"""The shape of measured figures, whoever measures them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console

from tests.results import Figure, Goal, at_least, at_most, merge, missed, show, write


def create_figure(value: float | None = 1.0, goal: Goal | None = None, *, name: str = "write.forum.ratio") -> Figure:
    return Figure(name=name, value=value, unit="of bare", goal=goal, how="16 connections", beside="bare 30000/s")


@pytest.mark.parametrize(
    ("goal", "value", "reached"),
    [
        (at_least(0.8), 0.79, False),
        (at_least(0.8), 0.8, True),
        (at_least(0.8), 0.9, True),
        (at_most(15), 15.1, False),
        (at_most(15), 15, True),
        (at_most(15), 3, True),
    ],
)
def test_goal_is_compared_the_right_way_round(goal: Goal, value: float, *, reached: bool) -> None:
    assert create_figure(value, goal).reached is reached


def test_figure_without_a_goal_is_neither_reached_nor_missed() -> None:
    assert create_figure().reached is None
    assert missed([create_figure()]) == []


def test_what_could_not_be_measured_is_not_reached() -> None:
    unmeasured = create_figure(None, at_most(1))
    assert unmeasured.reached is False
    assert missed([unmeasured, create_figure(0.5, at_most(1))]) == [unmeasured]


def test_file_holds_the_six_fields_of_each_figure(tmp_path: Path) -> None:
    write(tmp_path / "results" / "bench.json", [create_figure(0.123456, at_least(0.11))])
    assert json.loads((tmp_path / "results" / "bench.json").read_text()) == [
        {
            "name": "write.forum.ratio",
            "value": 0.1235,
            "unit": "of bare",
            "goal": ">= 0.11",
            "reached": True,
            "how": "16 connections; beside: bare 30000/s",
        }
    ]


def test_rounding_makes_no_figure_reach_its_goal() -> None:
    entry = create_figure(0.799_999, at_least(0.8)).as_json()
    assert (entry["value"], entry["reached"]) == (0.8, False)


def test_partial_run_keeps_the_other_figures(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    write(path, [create_figure(1, name="a"), create_figure(2, name="b")])
    merge(path, [create_figure(3, name="b"), create_figure(4, name="c")])
    assert [(entry["name"], entry["value"]) for entry in json.loads(path.read_text())] == [("a", 1), ("b", 3), ("c", 4)]
    assert [entry.name for entry in tmp_path.iterdir()] == ["bench.json"]


def test_whole_run_forgets_figures_that_nobody_measures_any_more(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    write(path, [create_figure(1, name="a")])
    write(path, [create_figure(2, name="b")])
    assert [entry["name"] for entry in json.loads(path.read_text())] == ["b"]


def test_table_says_what_was_not_reached() -> None:
    console = Console(record=True, width=200, quiet=False)
    show([create_figure(12_345.6, at_most(15)), create_figure(None)], title="Bench", console=console)
    text = console.export_text()
    assert "Bench" in text
    assert " 12 350 " in text
    assert " <= 15 " in text
    assert " NO " in text
    assert "bare 30000/s" in text
