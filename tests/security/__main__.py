"""`make security`: every attack in full, one table of what was tried and what got through, and the same in var/results/security.json.

A part is a module of tests in this folder; it hands its figures to `tests.results.merge`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import pytest
import typer

from tests.results import RESULTS, Figure, Goal, show

FILE = RESULTS / "security.json"
HERE = Path(__file__).parent

program = typer.Typer(add_completion=False)


@program.command()
def main(only: Annotated[str, typer.Option(help="Part of the name of a module or a test.")] = "") -> None:
    """Try everything that must fail. Ends with 1 when something got through, or could not be tried."""
    os.environ["SECURITY"] = "full"
    if not only:
        FILE.unlink(missing_ok=True)  # else a part that breaks would show the figures of its last run
    failed = pytest.main(["-q", "-n", "0", "-p", "no:cacheprovider", str(HERE), *(["-k", only] if only else [])])
    figures = [_read(entry) for entry in json.loads(FILE.read_text())] if FILE.exists() else []
    show(figures, title="Attacks that must fail")
    sys.exit(bool(failed) or any(figure.reached is False for figure in figures) or not figures)


def _read(entry: dict[str, object]) -> Figure:
    sign, _, limit = str(entry["goal"] or "").partition(" ")
    goal = Goal(sign, float(limit)) if limit else None
    value = None if entry["value"] is None else float(str(entry["value"]))
    return Figure(name=str(entry["name"]), value=value, unit=str(entry["unit"]), how=str(entry["how"]), goal=goal)


if __name__ == "__main__":
    program()
