"""`make demo`: a whole co-production process with simulated citizens, and then the services stay up to look at."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.demo import ending as endings
from deploy.demo import services
from deploy.demo.citizens import settle
from deploy.demo.front import Front
from deploy.demo.story import Story
from interlinker_shared.cli.up import installed_services

console = Console()


def main(
    citizens: Annotated[int, typer.Option(min=24, help="How many people take part.")] = 240,
    exit_: Annotated[bool, typer.Option("--exit", help="End everything afterwards.")] = False,  # noqa: FBT002 - a flag of the command line
    url: Annotated[str | None, typer.Option(help="Play against a gateway that runs already.")] = None,
    var: Annotated[Path, typer.Option(help="Where everything that runs writes.")] = Path("var"),
    summary: Annotated[Path | None, typer.Option(help="Write the final state there as JSON.")] = None,
) -> None:
    """Play `neighbourhood-budget` from the first question to the last feedback."""
    with contextlib.ExitStack() as stack:
        process = None if url else stack.enter_context(services.family(var))
        faults = asyncio.run(_play(citizens, url, var, summary, process))
        if faults:
            raise typer.Exit(1)
        if process is not None and not exit_:
            _stay(process)


async def _play(
    citizens: int, url: str | None, var: Path, summary: Path | None, process: subprocess.Popen[bytes] | None
) -> list[str]:
    if url is None:
        seconds = await services.until_ready(process)
        console.print(f"all services ready after {seconds:.1f} s")
    front = Front(url or services.gateway_url(), services.secret_of(var))
    try:
        return await _tell(front, citizens, summary)
    finally:
        await front.close()


async def _tell(front: Front, citizens: int, summary: Path | None) -> list[str]:
    columns = (TextColumn("{task.description:<22}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        story = Story(front, settle(citizens), progress)
        await story.play()
    ending = await endings.gather(story)
    endings.show(console, story, ending)
    faults = endings.faults(story, ending)
    for fault in faults:
        console.print(f"[red]off:[/red] {fault}")
    if summary is not None:
        _keep(summary, ending)
    console.print(f"process page: {front.url}/processes/{story.process}/view")
    return faults


def _keep(path: Path, ending: endings.Ending) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(ending.summary(), indent=2, ensure_ascii=False))


def _stay(process: subprocess.Popen[bytes]) -> None:
    for service in installed_services():
        console.print(f"{service.name:<10} {service.url}")
    console.print("The services stay up. Ctrl-C ends them.")
    with contextlib.suppress(KeyboardInterrupt):
        process.wait()


if __name__ == "__main__":
    typer.run(main)
