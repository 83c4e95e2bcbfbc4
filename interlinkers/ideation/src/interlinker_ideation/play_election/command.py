"""The command itself: reads the file, finds the secret, plays, prints, and ends 0 only if everything is equal."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from interlinker_ideation.formats.pabulib import Election, PabulibError, parse
from interlinker_ideation.play_election.compare import Comparison, as_table, compare, rule_notice
from interlinker_ideation.play_election.run import AT_ONCE, FrontDoor, Played, PlayError, play
from interlinker_shared.auth import Role, mint_token
from interlinker_shared.cli.secret import find_secret

TOKEN_SECONDS = 3600
SHOWN_ERRORS = 20
UNUSABLE = 2
"""Exit code for a file or a set-up that cannot be played."""


def play_election(
    file: Annotated[
        Path, typer.Argument(help="A Pabulib .pb file with approval ballots.", exists=True, dir_okay=False)
    ],
    url: Annotated[str, typer.Option(help="Address of the front door.")] = "http://127.0.0.1:8000",
    secret: Annotated[
        str | None, typer.Option(envvar="GATEWAY_SECRET", help="The gateway's secret; default: what `make up` keeps.")
    ] = None,
) -> None:
    """Play a real election against the running services and compare the result with its official figures."""
    console = Console()
    election = _read(file, console)
    token = mint_token(_secret(secret), subject="play-election", role=Role.OWNER, audience="gateway", ttl=TOKEN_SECONDS)
    try:
        played = asyncio.run(_play(election, url, token, console))
    except PlayError as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(UNUSABLE) from error
    comparison = compare(election, played)
    _print(election, played, comparison, console)
    if not comparison.holds:
        raise typer.Exit(1)


def _read(file: Path, console: Console) -> Election:
    try:
        return parse(file.read_bytes())
    except PabulibError as error:
        console.print(f"{file} is not a valid .pb file:", style="red", markup=False)
        for wrong in error.fields[:SHOWN_ERRORS]:
            console.print(f"  {wrong.message}", markup=False, highlight=False, soft_wrap=True)
        if len(error.fields) > SHOWN_ERRORS:
            console.print(f"  and {len(error.fields) - SHOWN_ERRORS} more")
        raise typer.Exit(UNUSABLE) from error


def _secret(given: str | None) -> str:
    secret = given or find_secret("gateway")
    if secret is None:
        raise typer.BadParameter("Give --secret, set GATEWAY_SECRET, or start from the folder that holds var/gateway.")
    return secret


async def _play(election: Election, url: str, token: str, console: Console) -> Played:
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE, keepalive_expiry=4)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    async with httpx.AsyncClient(
        base_url=f"{url.rstrip('/')}/i/ideation",
        headers={"Authorization": f"Bearer {token}"},
        limits=limits,
        timeout=30,
    ) as client:
        with Progress(*columns, console=console) as progress:
            return await play(election, FrontDoor(client), progress)


def _print(election: Election, played: Played, comparison: Comparison, console: Console) -> None:
    console.print(as_table(comparison))
    for refusal in played.refusals[:SHOWN_ERRORS]:
        console.print(refusal, style="red", markup=False)
    for line in rule_notice(election, comparison, played.result["counts"]["rule"]):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    rate = comparison.accepted / played.seconds
    console.print(
        f"ballots accepted: {comparison.accepted} of {comparison.ballots}, counted: {comparison.counted}; "
        f"{played.seconds:.1f} s in all ({rate:,.0f} ballots/s)",
        highlight=False,
        soft_wrap=True,
    )
    console.print(f"counts equal: {comparison.equal} of {len(comparison.rows)}", highlight=False)
    equal, official = comparison.winners
    if official:
        console.print(f"winners equal: {equal} of {official}", highlight=False)
