"""Commands about the accounts of one service: the way in for its first owner."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from interlinker_shared.settings import ServiceSettings


def add_account_commands(program: typer.Typer, name: str, settings: Callable[..., ServiceSettings]) -> None:
    """Add `admin-link` to the program of service `name`."""

    @program.command(name="admin-link")
    def print_admin_link(
        data: Annotated[Path | None, typer.Option(help="Folder of the database.")] = None,
        port: Annotated[int | None, typer.Option(help="Port that `serve` was told to listen on.")] = None,
        url: Annotated[str | None, typer.Option(help="Address of the service, where it is another one.")] = None,
    ) -> None:
        """Print a link, good once and for an hour, that makes who opens it an owner: the first, or one who lost her way in."""
        from interlinker_shared.accounts.admin_link import mint  # noqa: PLC0415 - only this command needs it
        from interlinker_shared.accounts.paths import CONFIRM  # noqa: PLC0415 - as above

        own = settings(data_dir=data, port=port)
        address = (url or own.base_url).rstrip("/")
        typer.echo(f"{address}{CONFIRM}?token={mint(own.signing_secret(name), name)}")
