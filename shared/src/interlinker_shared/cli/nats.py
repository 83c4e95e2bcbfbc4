"""`interlinkers nats-keys` and `nats-prepare`: who may do what on NATS, and the stream that is there before the services are."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from interlinker_shared import nats_keys as keys
from interlinker_shared.nkey import Identity, UserKey

FOLDER = Path("nats-keys")


def nats_keys(
    out: Annotated[Path, typer.Option(help="Folder of the keys.")] = FOLDER,
    for_containers: Annotated[  # noqa: FBT002 - a flag of the command line
        bool, typer.Option(help="Let any user read a seed mounted into a container; only you may enter the folder.")
    ] = False,
) -> None:
    """Make a NATS key for each installed service and for the operator, and what lets them in; keeps what is there."""
    mode = keys.FOR_CONTAINERS if for_containers else keys.PRIVATE
    try:
        new = keys.write_keys(out, keys.declared(), mode=mode)
    except ValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    have = sorted(keys.read_services(out))
    typer.echo(f"{out}: keys of {', '.join([keys.OPERATOR, *have])}; new: {', '.join(new) or 'none'}")


def nats_prepare(
    folder: Annotated[Path, typer.Option("--keys", help="Folder with operator.nk and services.json.")] = FOLDER,
    url: Annotated[str, typer.Option(envvar="NATS_URL", help="The server.")] = "nats://127.0.0.1:4222",
    wait: Annotated[float, typer.Option(help="Seconds to wait for the server.", min=0)] = 30,
) -> None:
    """Make the stream and the consumer of each service, or bring them up to date: the services themselves may not."""
    from interlinker_shared.events.broker import NATS_ERRORS  # noqa: PLC0415 - it brings the database's library along
    from interlinker_shared.events.prepare import prepare  # noqa: PLC0415 - as above

    seed = keys.seed_file(folder, keys.OPERATOR)
    if not seed.is_file():
        typer.echo(f"{seed} is not there: run `interlinkers nats-keys --out {folder}`", err=True)
        raise typer.Exit(2)
    operator = Identity(keys.OPERATOR, UserKey(seed.read_text()))
    consumers = {one.name: one.listens for one in keys.read_services(folder).values() if one.listens}
    try:
        asyncio.run(prepare(url, operator, consumers, within=wait))
    except NATS_ERRORS as error:
        typer.echo(f"NATS at {url}: {str(error) or type(error).__name__}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"ready: the stream, and the consumers of {', '.join(consumers) or 'nobody'}")
