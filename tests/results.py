"""Figures that `make bench`, `make faults` and their like measure: one shape, one table, one file under `var/results`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).resolve().parents[1] / "var" / "results"
WIDTH = 200  # of a table that goes into a file or a pipe
SIGNIFICANT = 4


@dataclass(frozen=True)
class Goal:
    """What a figure has to come to: at least or at most so much."""

    sign: str
    limit: float

    def met_by(self, value: float) -> bool:
        """Whether `value` is good enough; exactly the limit is."""
        return value >= self.limit if self.sign == ">=" else value <= self.limit

    def __str__(self) -> str:
        return f"{self.sign} {self.limit:g}"


def at_least(limit: float) -> Goal:
    """A goal that more is better for."""
    return Goal(">=", limit)


def at_most(limit: float) -> Goal:
    """A goal that less is better for."""
    return Goal("<=", limit)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured figure. `name` reads from the general to the special: `write.forum.sqlite.16.ratio`.

    `value` is None where it could not be measured, and `how` then says why: such a goal is not reached. Without a goal
    the figure is there to be read. `beside` is what it has to be seen next to, such as the bare server of the same run.
    """

    name: str
    value: float | None
    unit: str
    how: str
    goal: Goal | None = None
    beside: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the goal is met; None without a goal."""
        if self.goal is None:
            return None
        return self.value is not None and self.goal.met_by(self.value)

    def as_json(self) -> dict[str, Any]:
        """The figure as it stands in the file."""
        return {
            "name": self.name,
            "value": None if self.value is None else _rounded(self.value),
            "unit": self.unit,
            "goal": None if self.goal is None else str(self.goal),
            "reached": self.reached,
            "how": f"{self.how}; beside: {self.beside}" if self.beside else self.how,
        }


def missed(figures: Iterable[Figure]) -> list[Figure]:
    """Those whose goal is not reached."""
    return [figure for figure in figures if figure.reached is False]


def write(path: Path, figures: Iterable[Figure]) -> None:
    """Make `path` hold `figures` and nothing else: after a run of everything."""
    _replace(path, [figure.as_json() for figure in figures])


def merge(path: Path, figures: Iterable[Figure]) -> None:
    """Put `figures` into `path` in place of those of the same name, the others stay: after a run of a part."""
    kept = {entry["name"]: entry for entry in json.loads(path.read_text())} if path.exists() else {}
    _replace(path, list((kept | {figure.name: figure.as_json() for figure in figures}).values()))


def show(figures: Sequence[Figure], *, title: str, console: Console | None = None) -> None:
    """Print one aligned table, wide enough also where there is no terminal."""
    console = console or Console()
    if not console.is_terminal:
        console.width = WIDTH
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1))
    for heading in ("figure", "value", "unit", "goal", "reached", "beside", "how"):
        table.add_column(heading, justify="right" if heading == "value" else "left", overflow="fold")
    for figure in figures:
        table.add_row(*_cells(figure))
    console.print(table, highlight=False, markup=False)


def _cells(figure: Figure) -> tuple[str, ...]:
    value = "-" if figure.value is None else f"{_rounded(figure.value):,}".replace(",", " ")
    said = {True: "yes", False: "NO", None: ""}[figure.reached]
    return (figure.name, value, figure.unit, str(figure.goal or ""), said, figure.beside, figure.how)


def _rounded(value: float) -> float:
    rounded = float(f"{value:.{SIGNIFICANT}g}")
    return int(rounded) if rounded.is_integer() else rounded


def _replace(path: Path, entries: Sequence[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(json.dumps(entries, indent=2, ensure_ascii=False) + "\n")
        draft.replace(path)  # who reads meanwhile sees the old file or the new one, never half of one
    finally:
        draft.unlink(missing_ok=True)
