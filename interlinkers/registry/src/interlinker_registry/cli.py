"""The program `interlinker-registry`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from interlinker_registry.settings import RegistrySettings
from interlinker_shared.cli.service import service_cli
from interlinker_shared.services.join import HOURS, mint_join_token

NAME = "registry"


def main() -> None:
    """Run it."""
    program = service_cli(NAME, "interlinker_registry.app:create_app", RegistrySettings)
    program.command(name="join-token")(print_join_token)
    program()


def print_join_token(
    service: Annotated[str, typer.Option(help="Which service may join with it, such as forum.")],
    hours: Annotated[int, typer.Option(help="How long it is good.", min=1, max=24 * 30)] = HOURS,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the database, where the registry keeps its secret.")
    ] = None,
) -> None:
    """Print a token with which one instance of a service makes its key known to this registry, once."""
    settings = RegistrySettings(data_dir=data) if data else RegistrySettings()
    typer.echo(mint_join_token(settings.signing_secret(NAME), service, hours=hours))
