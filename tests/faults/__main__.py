"""`make faults`: every fault in full, one table of kills, losses and duplicates, and the same in var/results/faults.json."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Annotated

import structlog
import typer
from rich.console import Console

from tests.faults.programme import FAULTS, Fault, Run
from tests.results import RESULTS, Figure, merge, missed, show, write

FILE = RESULTS / "faults.json"

program = typer.Typer(add_completion=False)


@program.command()
def main(
    only: Annotated[str, typer.Option(help=f"Part of a name: {', '.join(fault.name for fault in FAULTS)}.")] = "",
) -> None:
    """Let everything befall the services that they are to survive. Ends with 1 when a goal is not reached."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))  # each kill is in the logs
    wanted = [fault for fault in FAULTS if only in fault.name]
    figures = asyncio.run(_run_all(wanted))
    (merge if only else write)(FILE, figures)
    show(figures, title="Faults to survive")
    sys.exit(bool(missed(figures) or not figures))


async def _run_all(faults: list[Fault]) -> list[Figure]:
    console = Console(stderr=True)
    figures: list[Figure] = []
    for number, fault in enumerate(faults, 1):
        console.print(f"[{number}/{len(faults)}] {fault.name}: {fault.what} (about {fault.seconds} s) ...")
        began = time.monotonic()
        with _folder() as folder:
            found = [figure async for figure in _measured(fault, Run(folder))]
        figures += found
        verdict = "as it should be" if not missed(found) else f"NOT REACHED: {[one.name for one in missed(found)]}"
        console.print(f"    {time.monotonic() - began:.0f} s, {verdict}")
    return figures


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="interlinkers-faults-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        folder.chmod(0o755)  # PostgreSQL runs as another user than root
        yield folder


async def _measured(fault: Fault, run: Run) -> AsyncIterator[Figure]:
    """What the fault shows; a figure without a value when it could not be measured or took far too long."""
    try:
        async with asyncio.timeout(fault.seconds * 4):
            async for figure in fault.measure(run):
                yield figure
    except Exception as error:  # noqa: BLE001 - one that breaks must not keep the others from being measured
        reason = f"{type(error).__name__}: {error}"
        yield Figure(name=fault.name, value=None, unit="", how=reason, goal=fault.goal)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        program()
